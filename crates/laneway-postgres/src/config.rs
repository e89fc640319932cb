//! Where a database is: a parsed connection string that never shows its password.
//! Opens single connections; pools are made where they are used.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, NoTls};

/// A database's address: a URL (`postgres://user@host:port/database`) or libpq's `key=value` form.
#[derive(Clone)]
pub struct Config {
    text: String,
    parsed: tokio_postgres::Config,
}

/// A connection string that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database address cannot be read: {cause}; it looks like postgres://user:password@host:5432/database \
     or host=… user=… dbname=…"
)]
pub struct ConfigError {
    cause: String,
}

/// A connection that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {target}: {}", describe(source))]
pub struct ConnectError {
    target: String,
    source: tokio_postgres::Error,
}

impl ConnectError {
    /// What the server answered, if it answered.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.source.code().map(tokio_postgres::error::SqlState::code)
    }
}

impl Config {
    /// Reads a connection string.
    ///
    /// # Errors
    /// When it is not one, or names no host.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let parsed = tokio_postgres::Config::from_str(text).map_err(|error| ConfigError { cause: chain(&error) })?;
        if parsed.get_hosts().is_empty() && parsed.get_hostaddrs().is_empty() {
            return Err(ConfigError { cause: "it names no host".to_owned() });
        }
        Ok(Self { text: text.to_owned(), parsed })
    }

    /// The same server, user and settings with another database.
    ///
    /// # Errors
    /// When the changed text is no connection string any more (a name that cannot stand in one).
    pub fn with_database(&self, name: &str) -> Result<Self, ConfigError> {
        Self::parse(&replace_database(&self.text, name))
    }

    /// The connection string as it was given, password included: for handing on, not for showing.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.text
    }

    /// The database's name; PostgreSQL takes the user's when there is none.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.parsed.get_dbname()
    }

    /// The connection settings, for a pool.
    #[must_use]
    pub fn settings(&self) -> &tokio_postgres::Config {
        &self.parsed
    }

    /// Opens one connection; its task ends with the client.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn connect(&self) -> Result<Client, ConnectError> {
        let (client, connection) =
            self.parsed.connect(NoTls).await.map_err(|source| ConnectError { target: self.to_string(), source })?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a database connection ended");
            }
        });
        Ok(client)
    }
}

/// Host, port and database, without user and password.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.parsed.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => self.parsed.get_hostaddrs().first().map_or_else(String::new, ToString::to_string),
        };
        let port = self.parsed.get_ports().first().copied().unwrap_or(5432);
        let database = self.database().or_else(|| self.parsed.get_user()).unwrap_or("?");
        write!(f, "database {database} at {host}:{port}")
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({self})")
    }
}

/// An error with its causes: tokio-postgres says only "db error" by itself.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What a connection attempt failed of, with the next step where one is known.
fn describe(error: &tokio_postgres::Error) -> String {
    let hint = match error.code().map(tokio_postgres::error::SqlState::code) {
        Some("28P01" | "28000") => "; check user and password",
        Some("3D000") => "; create the database first",
        Some("53300") => "; the server has no connection left: raise max_connections or ask for fewer",
        Some(_) => "",
        None => "; check host and port, and that the server runs",
    };
    format!("{}{hint}", chain(error))
}

/// The connection string with the database replaced. In the key form the last `dbname` wins, so it is appended;
/// in a URL the path is replaced and a `dbname` among the parameters dropped.
fn replace_database(text: &str, name: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
        return format!("{text} dbname='{quoted}'");
    };
    let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = location.split_once('/').map_or(location, |(authority, _)| authority);
    let kept: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && !p.starts_with("dbname=")).collect();
    let question = if kept.is_empty() { "" } else { "?" };
    format!("{scheme}://{authority}/{}{question}{}", percent_encoded(name), kept.join("&"))
}

/// `text` for a URL's path: everything but RFC 3986's unreserved characters encoded.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_database_in_both_forms() {
        for (text, replaced) in [
            ("postgres://u:p@h:1/a", "postgres://u:p@h:1/b%20c"),
            ("postgresql://h", "postgresql://h/b%20c"),
            ("postgres://u@%2Ftmp%2Fx/a?connect_timeout=3", "postgres://u@%2Ftmp%2Fx/b%20c?connect_timeout=3"),
            ("postgres://h?dbname=a&application_name=x", "postgres://h/b%20c?application_name=x"),
            ("host=h dbname=a", "host=h dbname=a dbname='b c'"),
        ] {
            assert_eq!(replace_database(text, "b c"), replaced);
            let config = Config::parse(text).unwrap().with_database("b c").unwrap();
            assert_eq!(config.database(), Some("b c"), "{text}");
        }
    }

    #[test]
    fn shows_no_password() {
        let config = Config::parse("postgres://someone:secret@example:5433/data").unwrap();
        assert_eq!(config.to_string(), "database data at example:5433");
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn names_what_is_wrong() {
        for (text, said) in [("postgres:///data", "names no host"), ("host=h port=x", "port"), ("nonsense", "cannot")] {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
