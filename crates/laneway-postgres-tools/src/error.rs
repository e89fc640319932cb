//! A request to a database that was not answered.

use laneway_pgconfig::{Config, ConnectError, chain};

/// A database that cannot be reached, or that refused. The message names the database and what was being done.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct QueryError(#[from] Kind);

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error(transparent)]
    Connect(ConnectError),
    #[error("{doing} on {target}: {cause}")]
    Refused { doing: &'static str, target: String, cause: String },
}

impl QueryError {
    /// What turns a driver's error into one that names the database and what was being done.
    pub(crate) fn of<'a>(
        doing: &'static str,
        config: &'a Config,
    ) -> impl Fn(tokio_postgres::Error) -> Self + Copy + 'a {
        move |error| Kind::Refused { doing, target: config.to_string(), cause: chain(&error) }.into()
    }
}

impl From<ConnectError> for QueryError {
    fn from(error: ConnectError) -> Self {
        Kind::Connect(error).into()
    }
}
