//! `--url`, and what may go wrong on the way to the database.

use laneway_pgconfig::Config;
use laneway_postgres::{Deployed, Layout, Release};

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

/// `--release`, for commands that make a database a store.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct ReleaseArgs {
    /// The release of the DMS whose tables an empty database gets: 0.7, or 0.6 to rehearse with a store as it is where that
    /// release runs.
    #[arg(long, value_name = "NUMBER", value_parser = release, default_value = Release::DEPLOYED.number())]
    release: Release,
}

fn release(number: &str) -> Result<Release, String> {
    Release::of(number).ok_or_else(|| format!("name {}", Release::ALL.map(Release::number).join(" or ")))
}

/// Makes the database a store of that release, or leaves one as it is; the text returned is which.
pub(crate) async fn deploy_as(config: &Config, ReleaseArgs { release }: ReleaseArgs) -> Result<String, Failure> {
    let Deployed { found, added } = laneway_postgres::deploy_as(config, release)
        .await
        .map_err(|error| Failure::database(chain(&error), "Nothing was changed."))?;
    Ok(match (found, added.as_slice()) {
        (Layout::Empty, added) => format!("deployed ({} parts)", added.len()),
        (Layout::Document(Release::DEPLOYED), []) => "a store already; nothing was changed".to_owned(),
        (Layout::Document(Release::DEPLOYED), added) => format!("its tables were there; added {}", added.join(", ")),
        // The last two are refused.
        (Layout::Document(_) | Layout::Relational | Layout::Unknown { .. }, _) => {
            "a store of an older release; nothing was changed".to_owned()
        }
    })
}
