//! A request to a database that was not answered.

use laneway_pgconfig::{Config, ConnectError, chain};

/// A database that cannot be reached, or that refused. The message names the database and what was being done.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct QueryError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Connect(ConnectError),
    #[error("{doing} on {target}: {}", chain(source))]
    Refused { doing: &'static str, target: String, source: tokio_postgres::Error },
}

impl QueryError {
    /// What turns a driver's error into one that names the database and what was being done.
    pub(crate) fn of<'a>(
        doing: &'static str,
        config: &'a Config,
    ) -> impl Fn(tokio_postgres::Error) -> Self + Copy + 'a {
        move |source| Cause::Refused { doing, target: config.to_string(), source }.into()
    }
}

impl From<ConnectError> for QueryError {
    fn from(error: ConnectError) -> Self {
        Cause::Connect(error).into()
    }
}
