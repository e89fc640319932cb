//! `laneway plugin`: makes components from a schema or a project, and everything to find out about them.

mod bench;
mod check;
mod compile;
mod diff;
mod inspect;
mod keygen;
mod list;
mod new;
mod pack;
mod sign;

use super::extract;
use crate::failure::{Exit, Failure};

/// Makes, inspects, checks and signs plugins, which know how documents are identified and what they refer to.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    Compile(compile::Args),
    New(new::Args),
    #[command(visible_alias = "add")]
    Pack(pack::Args),
    List(list::Args),
    Inspect(inspect::Args),
    Extract(extract::Args),
    Check(check::Args),
    Diff(diff::Args),
    Bench(bench::Args),
    Keygen(keygen::Args),
    Sign(sign::Args),
}

impl Command {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Compile(args) => args.run(),
            Self::New(args) => args.run(),
            Self::Pack(args) => args.run(),
            Self::List(args) => args.run(),
            Self::Inspect(args) => args.run(),
            Self::Extract(args) => args.run(),
            Self::Check(args) => args.run(),
            Self::Diff(args) => args.run().await,
            Self::Bench(args) => args.run(),
            Self::Keygen(args) => args.run(),
            Self::Sign(args) => args.run(),
        }
    }
}
