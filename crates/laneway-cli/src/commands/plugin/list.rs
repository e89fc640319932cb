//! `laneway plugin list`: a set of plugins as a table.

use std::path::PathBuf;

use laneway_plugin::{Description, PluginFile, PluginSettings};
use laneway_schema::Layout;

use crate::console;
use crate::failure::{Exit, Failure};
use crate::plugins::{self, sha256};

/// Lists plugins with the number of their resources, their size, the time to compile them, and their memory.
///
/// Exit codes: 0 a host takes all of them, 1 it refuses some, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A folder of plugins, components (*.wasm), or ApiSchema files.
    #[arg(value_name = "PLUGINS", required = true)]
    plugins: Vec<PathBuf>,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let set = plugins::open(&self.plugins, Layout::PerResource)?;
        // Nothing is taken from the code cache: how long compiling takes is part of what is shown.
        let settings = PluginSettings::default();
        let width = set.iter().map(|file| file.name.len()).max().unwrap_or(0).max(4);
        console::result(format_args!(
            "{:width$}  {:<10}  {:<8}  {:>9}  {:>9}  {:>10}  {:>10}  SHA-256",
            "NAME", "VERSION", "DIALECT", "RESOURCES", "SIZE KiB", "COMPILE ms", "MEMORY KiB"
        ));
        let mut refused = 0;
        for file @ PluginFile { name, wasm, .. } in &set {
            let size = wasm.len() as f64 / 1024.0;
            match Description::of(file, &settings) {
                Ok(description) => console::result(format_args!(
                    "{name:width$}  {:<10}  {:<8}  {:>9}  {size:>9.1}  {:>10.1}  {:>10}  {}",
                    description.version,
                    description.dialect,
                    description.resources.len(),
                    description.compile_time.as_secs_f64() * 1e3,
                    description.memory_bytes / 1024,
                    &sha256(wasm)[..12],
                )),
                Err(error) => {
                    refused += 1;
                    console::result(format_args!("{name:width$}  refused: {error}"));
                }
            }
        }
        let bytes: usize = set.iter().map(|file| file.wasm.len()).sum();
        console::result(format_args!("{} plugins, {:.1} MB, {refused} refused", set.len(), bytes as f64 / 1e6));
        Ok(if refused == 0 { Exit::Success } else { Exit::SomeFailed })
    }
}
