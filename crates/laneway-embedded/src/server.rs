//! A server to create throw-away databases on: the one that `LANEWAY_DATABASE_URL` names, or one of our own.

use laneway_pgconfig::Config;

use crate::Database;
use crate::error::{Cause, EmbeddedError};
use crate::settings::{Kept, Settings};

/// How many letters a database's random name has: 36^12, so that no two ever meet.
const NAME_LETTERS: usize = 12;

/// A PostgreSQL server on which databases may be created. One of our own ends when this is dropped, at the latest
/// with the process.
#[derive(Debug)]
pub struct Server {
    location: Location,
}

#[derive(Debug)]
enum Location {
    Named(Box<Config>),
    #[cfg(unix)]
    Own(Box<crate::process::OwnServer>),
}

impl Server {
    /// The server named by `LANEWAY_DATABASE_URL`, else one started for us. Blocks for as long as the start takes,
    /// about a second.
    ///
    /// # Errors
    /// When the URL is none, or no server can be started here; the message names a remedy.
    pub fn start(settings: &Settings) -> Result<Self, EmbeddedError> {
        match std::env::var("LANEWAY_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Self::named(&url),
            _ => Self::own(settings),
        }
    }

    /// The server that `url` names; the URL's own database is never written.
    ///
    /// # Errors
    /// When it is no URL.
    pub fn named(url: &str) -> Result<Self, EmbeddedError> {
        Ok(Self { location: Location::Named(Box::new(Config::parse(url).map_err(Cause::Url)?)) })
    }

    /// A server of our own, whatever the environment names.
    ///
    /// # Errors
    /// When no binaries are found, or they do not start.
    #[cfg(unix)]
    pub fn own(settings: &Settings) -> Result<Self, EmbeddedError> {
        Ok(Self { location: Location::Own(Box::new(crate::process::OwnServer::start(settings)?)) })
    }

    /// A server of our own: not on this system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(unix))]
    pub fn own(_settings: &Settings) -> Result<Self, EmbeddedError> {
        Err(Cause::Unsupported.into())
    }

    /// Where the server is.
    #[must_use]
    pub fn config(&self) -> &Config {
        match &self.location {
            Location::Named(config) => config,
            #[cfg(unix)]
            Location::Own(server) => server.config(),
        }
    }

    /// Where the server is for clients that know no Unix sockets.
    #[must_use]
    pub fn tcp_config(&self) -> &Config {
        match &self.location {
            Location::Named(config) => config,
            #[cfg(unix)]
            Location::Own(server) => server.tcp(),
        }
    }

    /// Whether the server was started for us.
    #[must_use]
    pub fn is_own(&self) -> bool {
        !matches!(self.location, Location::Named(_))
    }

    /// Lets a server of our own run on when this process ends; `None` for a named one, which does so anyway.
    ///
    /// # Errors
    /// When the server's watchdog cannot be reached.
    pub fn keep(self) -> Result<Option<Kept>, EmbeddedError> {
        match self.location {
            Location::Named(_) => Ok(None),
            #[cfg(unix)]
            Location::Own(server) => server.keep().map(Some),
        }
    }

    /// Creates an empty database named `<prefix>_<random>`, such as `laneway_test_4k2…`.
    ///
    /// # Errors
    /// When the server cannot be reached, or its role may not create databases.
    pub async fn create_database(&self, prefix: &str) -> Result<Database, EmbeddedError> {
        Database::create(self.config(), random_name(prefix)).await
    }

    /// Creates a database that holds what `template` does, to which no session may be connected.
    ///
    /// # Errors
    /// As of [`Self::create_database`].
    pub async fn copy_database(&self, template: &Database, prefix: &str) -> Result<Database, EmbeddedError> {
        Database::create_from(self.config(), random_name(prefix), template.name()).await
    }
}

fn random_name(prefix: &str) -> String {
    let random: String = (0..NAME_LETTERS).map(|_| fastrand::alphanumeric().to_ascii_lowercase()).collect();
    format!("{prefix}_{random}")
}
