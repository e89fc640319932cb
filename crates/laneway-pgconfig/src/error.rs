//! What is wrong with a connection string or a connection, with the next step where one is known.

use tokio_postgres::error::SqlState;

/// A connection string that cannot be used. The message shows no value of the string, which may be a password.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database address cannot be used: {cause}; it looks like postgres://user:password@host:5432/database \
     or host=… user=… dbname=…"
)]
pub struct ConfigError {
    cause: String,
}

impl ConfigError {
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into() }
    }

    /// The same error with the file or setting that it is about in front.
    pub(crate) fn within(self, context: impl std::fmt::Display) -> Self {
        Self { cause: format!("{context}: {}", self.cause) }
    }
}

/// A connection that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {target}: {}", describe(source))]
pub struct ConnectError {
    pub(crate) target: String,
    pub(crate) source: tokio_postgres::Error,
}

impl ConnectError {
    /// The SQLSTATE with which the server refused, if it answered.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.source.code().map(SqlState::code)
    }

    /// The driver's error.
    #[must_use]
    pub fn into_driver_error(self) -> tokio_postgres::Error {
        self.source
    }
}

/// An error with its causes, separated by colons: tokio-postgres' own message is no more than "db error".
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Why a connection attempt failed, with the next step where one is known.
fn describe(error: &tokio_postgres::Error) -> String {
    let text = chain(error);
    let hint = match error.code() {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            "; check user and password"
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => "; create the database first",
        Some(&SqlState::TOO_MANY_CONNECTIONS) => {
            "; the server has no connection left: raise max_connections or ask for fewer"
        }
        Some(_) => "",
        // The driver distinguishes these by its text only.
        None if text.contains("password missing") => {
            "; give one in the address, by PGPASSWORD, or in the password file (~/.pgpass)"
        }
        None if text.contains("does not support TLS") => "; turn ssl on in the server, or use sslmode=disable",
        None if text.contains("TLS") => "; check sslmode, and whether sslrootcert is the authority of this server",
        None => "; check host and port, and that the server runs",
    };
    format!("{text}{hint}")
}
