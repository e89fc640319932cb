//! Why a store was not deployed.

use laneway_pgconfig::{Config, ConnectError, chain};
use tokio_postgres::error::SqlState;

/// A deployment that failed; the database is as it was.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DeployError(#[from] Cause);

/// Why a deployment failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DeployErrorKind {
    /// The database cannot be reached.
    Connection,
    /// The database holds something other than a store.
    UnknownLayout,
    /// The database refused a statement.
    Refused,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Connect(ConnectError),
    #[error(
        "schema dms of {target} holds something other than a document store: {found}. \
         Nothing was changed; name another database, or move that schema away"
    )]
    Unknown { target: String, found: String },
    #[error("deploying ({step}): {}{}", chain(source), hint(source))]
    Database { step: String, source: tokio_postgres::Error },
}

impl DeployError {
    /// Why.
    #[must_use]
    pub fn kind(&self) -> DeployErrorKind {
        match self.0 {
            Cause::Connect(_) => DeployErrorKind::Connection,
            Cause::Unknown { .. } => DeployErrorKind::UnknownLayout,
            Cause::Database { .. } => DeployErrorKind::Refused,
        }
    }

    pub(super) fn unknown(config: &Config, found: &str) -> Self {
        Cause::Unknown { target: config.to_string(), found: found.to_owned() }.into()
    }

    pub(super) fn database(step: &str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Cause::Database { step: step.to_owned(), source }.into()
    }
}

impl From<ConnectError> for DeployError {
    fn from(error: ConnectError) -> Self {
        Cause::Connect(error).into()
    }
}

/// The next step, where the server's code suggests one.
fn hint(error: &tokio_postgres::Error) -> &'static str {
    match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            "; deploying needs the right to create in the database, and to own its tables"
        }
        Some(&SqlState::OUT_OF_MEMORY) => {
            "; the lock table is full: raise max_locks_per_transaction, or deploy when less is going on"
        }
        Some(&SqlState::UNIQUE_VIOLATION | &SqlState::FOREIGN_KEY_VIOLATION) => {
            "; rows that are there break a key that is missing: mend them first"
        }
        _ => "",
    }
}
