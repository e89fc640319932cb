//! `laneway plugin compile`: schemas in, components out.

use std::path::PathBuf;
use std::time::Instant;

use laneway_schema::{Layout, Options, Plugin};

use crate::console;
use crate::failure::{Exit, Failure};
use crate::plugins;

/// How many of the largest components are shown one by one.
const SHOWN_MAX: usize = 5;

/// Compiles ApiSchema files into plugins, one WebAssembly component per resource. The same schemas give the same bytes
/// on every machine.
///
/// Exit codes: 0 the plugins are written, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// ApiSchema files: the core project's and any extensions'.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Folder for the components and plugins.json; created if it does not exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Only this resource, named as in URLs: students or ed-fi/students. Can be given several times.
    #[arg(long, value_name = "ENDPOINT", num_args = 1..)]
    only: Vec<String>,
    /// One component per project instead: loads faster and is smaller in total, but can only be replaced as a whole.
    #[arg(long)]
    bundle: bool,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let started = Instant::now();
        let layout = if self.bundle { Layout::PerProject } else { Layout::PerResource };
        let options = Options { layout, only: self.only, ..Options::default() };
        let compiled = plugins::compile_with(&self.files, &options)?;
        let seconds = started.elapsed().as_secs_f64();
        plugins::write(&self.output, &compiled)?;
        print(&compiled, &self.output.display().to_string(), seconds);
        Ok(Exit::Success)
    }
}

/// What the components cost.
fn print(compiled: &[Plugin], folder: &str, seconds: f64) {
    let bytes: usize = compiled.iter().map(|plugin| plugin.wasm.len()).sum();
    console::result(format_args!(
        "{} plugins in {folder} ({:.1} MB, compiled in {seconds:.2} s, {:.1} ms each; {:.1} KiB each on average)",
        compiled.len(),
        bytes as f64 / 1e6,
        seconds * 1e3 / compiled.len().max(1) as f64,
        bytes as f64 / 1024.0 / compiled.len().max(1) as f64,
    ));
    let mut largest: Vec<&Plugin> = compiled.iter().collect();
    largest.sort_by_key(|plugin| std::cmp::Reverse(plugin.wasm.len()));
    for plugin in largest.iter().take(SHOWN_MAX) {
        console::result(format_args!("  {:>8.1} KiB  {}", plugin.wasm.len() as f64 / 1024.0, plugin.name));
    }
    if largest.len() > SHOWN_MAX {
        console::result(format_args!("  and {} smaller ones: laneway plugin list {folder}", largest.len() - SHOWN_MAX));
    }
}
