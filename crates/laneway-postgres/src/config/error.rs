//! What is wrong with an address or a connection, with the next step where one is known.

/// A connection string that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database address cannot be used: {cause}; it looks like postgres://user:password@host:5432/database \
     or host=… user=… dbname=…"
)]
pub struct ConfigError {
    pub(super) cause: String,
}

/// A connection that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {target}: {}", describe(source))]
pub struct ConnectError {
    pub(super) target: String,
    pub(super) source: tokio_postgres::Error,
}

impl ConnectError {
    /// What the server answered, if it answered.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.source.code().map(tokio_postgres::error::SqlState::code)
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
    let text = chain(error);
    let hint = match error.code().map(tokio_postgres::error::SqlState::code) {
        Some("28P01" | "28000") => "; check user and password",
        Some("3D000") => "; create the database first",
        Some("53300") => "; the server has no connection left: raise max_connections or ask for fewer",
        Some(_) => "",
        // The driver tells these apart by its text only.
        None if text.contains("password missing") => {
            "; give one in the address, by PGPASSWORD, or in the password file (~/.pgpass)"
        }
        None if text.contains("does not support TLS") => "; turn ssl on in the server, or say sslmode=disable",
        None if text.contains("TLS") => "; check sslmode, and whether sslrootcert is the authority of this server",
        None => "; check host and port, and that the server runs",
    };
    format!("{text}{hint}")
}
