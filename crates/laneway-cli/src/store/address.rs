//! `--url`, and what may go wrong on the way to the database.

use laneway_pgconfig::Config;
use laneway_postgres::{Deployed, Layout};

use crate::failure::{Failure, chain};

/// The option that names the database.
#[derive(clap::Args)]
pub(crate) struct DatabaseArgs {
    /// Connection string of the database: postgres://user@host:5432/database, libpq's key=value form, or
    /// Npgsql's Word=value;… form.
    #[arg(long, value_name = "URL")]
    url: String,
}

impl std::fmt::Debug for DatabaseArgs {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseArgs")
    }
}

impl DatabaseArgs {
    /// The address.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        Config::parse(&self.url).map_err(|error| Failure::usage(format_args!("--url: {error}"), "Nothing was changed."))
    }
}

/// Makes the database a store, or leaves one as it is; the text returned is which.
pub(crate) async fn deploy(config: &Config) -> Result<String, Failure> {
    let Deployed { found, added } = laneway_postgres::deploy(config)
        .await
        .map_err(|error| Failure::database(chain(&error), "Nothing was changed."))?;
    Ok(match (found, added.as_slice()) {
        (Layout::Empty, added) => format!("deployed ({} parts)", added.len()),
        (Layout::Current, []) => "a store already; nothing was changed".to_owned(),
        (Layout::Current, added) => format!("its tables were there; added {}", added.join(", ")),
        // The last two are refused.
        (Layout::Older | Layout::Relational | Layout::Unknown { .. }, _) => {
            "a store of the older layout; nothing was changed".to_owned()
        }
    })
}
