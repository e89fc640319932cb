//! `laneway plugin compile`: schemas in, components out.

mod keygen;
mod sign;

use std::path::PathBuf;
use std::time::Instant;

use crate::console;
use crate::failure::{Exit, Failure};
use crate::plugins;

/// Plugins: what knows how documents identify themselves and what they refer to.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    /// Compiles ApiSchema files into plugins, one WebAssembly component for each resource.
    Compile(CompileArgs),
    Keygen(keygen::Args),
    Sign(sign::Args),
}

/// What to compile, and where to.
#[derive(clap::Args, Debug)]
pub(crate) struct CompileArgs {
    /// ApiSchema files: the core project's and any extensions'.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The folder for the components and plugins.json; made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Compile(args) => args.run(),
            Self::Keygen(args) => args.run(),
            Self::Sign(args) => args.run(),
        }
    }
}

impl CompileArgs {
    fn run(self) -> Result<Exit, Failure> {
        let args = self;
        let started = Instant::now();
        let compiled = plugins::compile(&args.files, laneway_schema::Layout::PerResource)?;
        plugins::write(&args.output, &compiled)?;
        console::result(format_args!(
            "{} plugins in {} ({:.1} MB, {:.1} s)",
            compiled.len(),
            args.output.display(),
            compiled.iter().map(|plugin| plugin.wasm.len()).sum::<usize>() as f64 / 1e6,
            started.elapsed().as_secs_f64(),
        ));
        Ok(Exit::Success)
    }
}
