//! `laneway store …`: looking into a store that is in use.

mod check;
mod inspect;

use crate::failure::{Exit, Failure};

/// Looks into a store that is in use: whether its rows are right, and what the database is like.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    Check(Box<check::Args>),
    Inspect(inspect::Args),
}

impl Command {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Check(args) => args.run().await,
            Self::Inspect(args) => args.run().await,
        }
    }
}
