//! `laneway plugin new`: a project that is a plugin already, with a test, and the SDK beside it.

use std::path::{Path, PathBuf};

use crate::console;
use crate::failure::{Exit, Failure};

/// What a project consists of, beside the SDK: path and content, with blanks to fill in.
const TEMPLATE: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    (".cargo/config.toml", include_str!("template/config.toml.txt")),
    (".gitignore", include_str!("template/gitignore.txt")),
    ("README.md", include_str!("template/README.md.txt")),
    ("src/lib.rs", include_str!("template/lib.rs.txt")),
];

/// Where a project has the SDK.
const SDK_FOLDER: &str = "laneway-plugin-sdk";

macro_rules! sdk_files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../../plugins/sdk/", $path)))),*]
    };
}

/// The SDK that fits this program.
const SDK: &[(&str, &str)] = sdk_files![
    "Cargo.toml",
    "src/abi.rs",
    "src/answer.rs",
    "src/document.rs",
    "src/export.rs",
    "src/guest.rs",
    "src/json.rs",
    "src/lib.rs",
    "src/manifest.rs",
    "src/path.rs",
    "src/plugin.rs",
    "src/refusal.rs",
    "src/search.rs",
    "src/testing.rs",
    "src/unescape.rs",
    "src/value.rs",
];

/// Creates the project of a plugin in Rust, which compiles, has a test, and contains the SDK of this version.
///
/// Exit codes: 0 the project is written, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Name of the project and its folder: lower-case letters, digits and hyphens.
    name: String,
    /// Folder in which to create it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
    /// Use the SDK in this folder instead of a copy in the project.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        check_name(&self.name)?;
        let folder = self.into.join(&self.name);
        if folder.exists() {
            return Err(Failure::usage(
                format_args!("{} exists already", folder.display()),
                "Give the plugin another name, or remove the folder. Nothing was written.",
            ));
        }
        let sdk = match &self.sdk {
            Some(sdk) => std::path::absolute(sdk)
                .ok()
                .filter(|sdk| sdk.join("Cargo.toml").is_file())
                .ok_or_else(|| {
                    Failure::usage(
                        format_args!("there is no SDK in {}", sdk.display()),
                        "Name the folder plugins/sdk of Laneway's sources, or leave --sdk out.",
                    )
                })?
                .display()
                .to_string(),
            None => SDK_FOLDER.to_owned(),
        };
        let filled = |text: &str| {
            let (name, crate_name) = (&self.name, self.name.replace('-', "_"));
            text.replace("{{name}}", name).replace("{{crate}}", &crate_name).replace("{{sdk}}", &sdk)
        };
        for (path, text) in TEMPLATE {
            write(&folder.join(path), &filled(text))?;
        }
        if self.sdk.is_none() {
            for (path, text) in SDK {
                write(&folder.join(SDK_FOLDER).join(path), text)?;
            }
        }
        console::result(format_args!(
            "{} is a plugin. Next:\n  cd {0} && cargo test\n  cargo build --release --target wasm32-unknown-unknown\n  \
             laneway plugin pack target/wasm32-unknown-unknown/release/{}.wasm -o plugins",
            folder.display(),
            self.name.replace('-', "_"),
        ));
        Ok(Exit::Success)
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if name.starts_with(|character: char| character.is_ascii_lowercase())
        && name.chars().all(plain)
        && name != SDK_FOLDER
    {
        return Ok(());
    }
    Err(Failure::usage(
        format_args!("{name:?} is not a name for a plugin"),
        "Use lower-case letters, digits and hyphens, with a letter first: room-keys.",
    ))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| Failure::file("write", path, &error, "Name a folder (--into) that may be written."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_gets_the_whole_sdk() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/sdk/src");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("src/{}", entry.unwrap().file_name().into_string().unwrap()))
            .collect();
        there.push("Cargo.toml".to_owned());
        there.sort();
        let mut given: Vec<&str> = SDK.iter().map(|(path, _)| *path).collect();
        given.sort_unstable();
        assert_eq!(given, there, "the list in new.rs and the folder plugins/sdk differ");
    }

    #[test]
    fn names_are_those_of_crates() {
        assert!(check_name("room-keys2").is_ok());
        for name in ["", "Rooms", "2rooms", "../rooms", "a b", "-a", "laneway-plugin-sdk"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
