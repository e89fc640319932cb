//! `laneway deploy`: makes an empty database a store, or completes one whose tables are there.

use crate::console;
use crate::failure::{Exit, Failure};
use crate::store;

/// Creates the store's tables and triggers in a database, or adds what is missing; does nothing where all are there.
///
/// Exit codes: 0 the store is complete, 2 wrong usage, 3 database error.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    database: store::DatabaseArgs,
    #[command(flatten)]
    release: store::ReleaseArgs,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let config = self.database.config()?;
        let deployed = store::deploy_as(&config, self.release).await?;
        console::result(format_args!("{config}: {deployed}"));
        Ok(Exit::Success)
    }
}
