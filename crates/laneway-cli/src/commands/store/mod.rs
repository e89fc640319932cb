//! `laneway store …`: looking into a store that is in use.

mod check;

use crate::failure::{Exit, Failure};

/// Checks whole stores: their rows, and what they are like.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    Check(Box<check::Args>),
}

impl Command {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Check(args) => args.run().await,
        }
    }
}
