//! `laneway plugin pack`: turns an author's module into a component, and checks it as a publish would.

use std::path::{Path, PathBuf};

use laneway_plugin::{Description, PluginSettings};

use crate::console;
use crate::failure::{Exit, Failure, chain};
use crate::plugins;

/// Turns a module that was built with the SDK into a component that a host can load. Needs no other tool.
///
/// Exit codes: 0 the component is written, 2 wrong usage, or a module that is no plugin.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The output of `cargo build --release --target wasm32-unknown-unknown`.
    #[arg(value_name = "MODULE.wasm")]
    module: PathBuf,
    /// File for the component, named *.wasm, or a folder of plugins to add it to (replaces a plugin of the same name).
    #[arg(short, long, value_name = "FILE|DIR")]
    output: PathBuf,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let next = "Name what was built with: cargo build --release --target wasm32-unknown-unknown";
        let module = std::fs::read(&self.module).map_err(|error| Failure::file("read", &self.module, &error, next))?;
        let refused = |what: &dyn std::fmt::Display| {
            Failure::usage(
                format_args!("{}: {what}", self.module.display()),
                format_args!("Nothing was written.\n{next}"),
            )
        };
        let wasm = laneway_schema::pack(&module).map_err(|error| refused(&chain(&error)))?;
        let name = self.module.display().to_string();
        let description =
            Description::of(&name, &wasm, &PluginSettings::default()).map_err(|error| refused(&chain(&error)))?;
        let written = write(&self.output, &description.name, &wasm)?;
        console::result(format_args!(
            "{} {} ({:.1} KiB): {}",
            description.name,
            description.version,
            wasm.len() as f64 / 1024.0,
            written.display()
        ));
        for resource in &description.resources {
            console::result(format_args!("  serves {}/{}", resource.project_endpoint, resource.endpoint));
        }
        Ok(Exit::Success)
    }
}

/// Writes a single file, or adds to a folder.
fn write(output: &Path, name: &str, wasm: &[u8]) -> Result<PathBuf, Failure> {
    if output.extension().is_some_and(|extension| extension == "wasm") {
        let next = "Name a file (-o FILE.wasm) in a folder that may be written.";
        std::fs::write(output, wasm).map_err(|error| Failure::file("write", output, &error, next))?;
        return Ok(output.to_owned());
    }
    plugins::add(output, name, wasm)
}
