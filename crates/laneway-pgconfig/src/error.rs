//! What is wrong with a connection string or a connection, with the next step where one is known. Knows what may be shown.

use std::time::Duration;

use tokio_postgres::error::SqlState;

/// A connection string that cannot be used. The message shows no value of the string, which may be a password.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database address cannot be used: {cause}; it looks like postgres://user:password@host:5432/database, \
     host=… user=… dbname=…, or Host=…;Username=…;Database=…"
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

/// A name or path as messages show it. One of unusual characters may be a setting that ended up in the wrong place, with
/// a password in it, so it is not shown.
pub(crate) fn shown(value: &str) -> String {
    let is_usual =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '\\' | ':' | '~' | '$' | '%' | '+');
    // C:\ has one colon; two slashes behind it are a URL.
    let is_plain = value.chars().all(is_usual) && !value.contains("://");
    if is_plain { value.to_owned() } else { "(not shown)".to_owned() }
}

/// Why a server was not connected to.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It could not be reached, or refused.
    #[error("{}", describe(.0))]
    Driver(tokio_postgres::Error),
    /// It did not answer in time.
    #[error("no answer within {}; check host and port, or raise connect_timeout", seconds(*.0))]
    Silent(Duration),
    /// Its name was not found.
    #[error("its name is not found: {0}; check the host")]
    Unresolved(std::io::Error),
    /// It is a standby, which cannot be written to; another server is the primary, or it becomes one.
    #[error("it is a standby, which cannot be written to; name the primary, or all servers as host=a,b")]
    Standby,
    /// It is no standby, and its settings forbid writing; the text is the statement that mends it.
    #[error("its transactions are read-only (default_transaction_read_only); {0}")]
    ReadOnly(String),
}

/// A connection that could not be opened: why each of the servers was refused.
pub struct ConnectError {
    pub(crate) target: String,
    /// With its name; at least one.
    pub(crate) refusals: Vec<(String, Refusal)>,
    /// What a server's message must not repeat.
    pub(crate) hidden: Vec<String>,
}

/// As it is displayed: names are hidden here as well.
impl std::fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ConnectError").field(&self.to_string()).finish()
    }
}

impl ConnectError {
    /// Why each of the servers was not connected to, in the order in which they were tried.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.refusals.iter().map(|(_, refusal)| refusal)
    }

    /// The SQLSTATE with which a server refused, if one answered.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.driver_error()?.code().map(SqlState::code)
    }

    /// The driver's error, of the last server that has one.
    #[must_use]
    pub fn driver_error(&self) -> Option<&tokio_postgres::Error> {
        let of_driver = self.refusals().filter_map(|refusal| match refusal {
            Refusal::Driver(error) => Some(error),
            _ => None,
        });
        of_driver.last()
    }
}

impl std::error::Error for ConnectError {}

impl std::fmt::Display for ConnectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |refusal: &Refusal| {
            let text = refusal.to_string();
            self.hidden.iter().fold(text, |text, hidden| text.replace(hidden.as_str(), "(not shown)"))
        };
        write!(f, "cannot connect to {}: ", self.target)?;
        match self.refusals.as_slice() {
            [(_, refusal)] => f.write_str(&text(refusal)),
            refusals => {
                let each = refusals.iter().map(|(server, refusal)| format!("{server}: {}", text(refusal)));
                f.write_str(&each.collect::<Vec<_>>().join(" | "))
            }
        }
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
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
        None if text.contains("certificate expired") || text.contains("certificate not valid yet") => {
            "; renew the certificate: the server's, or that of its authority in sslrootcert"
        }
        None if text.contains("TLS") => "; check sslmode, and whether sslrootcert is the authority of this server",
        None => "; check host and port, and that the server runs",
    };
    format!("{text}{hint}")
}
