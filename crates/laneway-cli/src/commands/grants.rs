//! `laneway grants`: the rights that a role needs, as the statements that grant them.

use crate::console;
use crate::failure::{Exit, Failure};

/// Prints the statements that give a role the rights to write to a store, and no others; the tables' owner runs them.
///
/// Exit codes: 0 the statements are printed, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The role that documents are to be written as.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    role: String,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        for statement in laneway_postgres::grants(&self.role) {
            console::result(statement);
        }
        Ok(Exit::Success)
    }
}
