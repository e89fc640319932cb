//! Why the baseline does not run on a database.

use laneway_pgconfig::{ConnectError, chain};
use tokio_postgres::error::SqlState;

/// A database that the baseline cannot run on.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BaselineError(#[from] pub(super) Cause);

#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("cannot read the catalog: {}", chain(.0))]
    Catalog(#[source] tokio_postgres::Error),
    #[error("cannot set up a session of the baseline: {}", chain(.0))]
    Session(#[source] tokio_postgres::Error),
    #[error("the baseline needs a document store; run laneway deploy first")]
    Layout,
}

impl BaselineError {
    /// The SQLSTATE with which the server refused, if it answered.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match &self.0 {
            Cause::Connect(error) => error.sqlstate(),
            Cause::Catalog(error) | Cause::Session(error) => error.code().map(SqlState::code),
            Cause::Layout => None,
        }
    }
}
