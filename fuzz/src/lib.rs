//! Fuzz targets: functions that take any bytes, do with them what Laneway does with what others hand over, and panic where a
//! promise is broken. Knows what is promised; refuses to know who makes the bytes.

#[path = "../../crates/laneway-ffi/fuzz/calls/mod.rs"]
mod calls;
mod documents;
#[path = "../../crates/laneway-cli/src/failure.rs"]
#[allow(dead_code, reason = "the program's; its readers of documents name it")]
mod failure;
mod mutator;
mod targets;

use std::path::{Path, PathBuf};

pub use mutator::{Dictionary, Mutator};

/// One kind of input.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// As on the command line, and the name of its corpus and its dictionary.
    pub name: &'static str,
    /// Panics where a promise is broken.
    pub run: fn(&[u8]),
    /// How many times in a plain test, which takes some seconds: what one run costs differs by a factor of a hundred.
    pub test_runs: usize,
}

/// All of them.
pub const TARGETS: [Target; 11] = [
    Target { name: "json", run: targets::json::run, test_runs: 60_000 },
    Target { name: "body", run: targets::body::run, test_runs: 20_000 },
    Target { name: "schema", run: targets::schema::run, test_runs: 1_000 },
    Target { name: "scanner", run: targets::scanner::run, test_runs: 10_000 },
    Target { name: "output", run: targets::output::run, test_runs: 20_000 },
    Target { name: "component", run: targets::component::run, test_runs: 300 },
    Target { name: "plugin_set", run: targets::plugin_set::run, test_runs: 5_000 },
    Target { name: "settings", run: targets::settings::run, test_runs: 1_000 },
    Target { name: "passwords", run: targets::passwords::run, test_runs: 1_000 },
    Target { name: "documents", run: documents::run, test_runs: 10_000 },
    Target { name: "calls", run: calls::run, test_runs: 300 },
];

impl Target {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }

    /// The inputs that the repository has for it, by name.
    ///
    /// # Errors
    /// When the folder or a file cannot be read.
    pub fn corpus(&self) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let folder = folder().join("corpus").join(self.name);
        let mut paths =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        paths.into_iter().map(|path| Ok((path.clone(), std::fs::read(path)?))).collect()
    }

    /// The words that its inputs are made of; none where it has no such file.
    ///
    /// # Panics
    /// When the file is not in libFuzzer's form.
    #[must_use]
    pub fn dictionary(&self) -> Dictionary {
        let file = folder().join("dictionaries").join(format!("{}.dict", self.name));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        Dictionary::parse(&text).expect("a dictionary")
    }
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
