//! The store as the executor sees it: it answers one request a flush and takes one set of changes.
//! Two implementations: PostgreSQL (laneway-postgres) and models in tests. No SQL here.

use std::time::Duration;

use laneway_model::{LimitError, Limits};

use crate::changes::Changes;
pub use crate::snapshot::{
    Arrays, DocumentKey, Found, LockMode, NewIds, Organization, ResolveRequest, Snapshot, StoredAlias, StoredDocument,
};
pub use crate::store_error::{StoreError, StoreErrorKind};
use crate::wait::Wait;

/// A database.
pub trait Store: Send + Sync + 'static {
    /// What one flush talks to.
    type Session: Session;

    /// A session without an open transaction.
    fn session(&self) -> impl Future<Output = Result<Self::Session, StoreError>> + Send;

    /// Takes the bounds under which sessions are asked for from now on.
    ///
    /// # Errors
    /// When it may not give as many sessions at a time.
    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        let _ = limits;
        Ok(())
    }

    /// What its sessions wait for now, other than their turn; `None`: nothing is known.
    fn wait(&self) -> Option<Wait> {
        None
    }
}

/// One flush's conversation: resolve, then apply or roll back. Dropped in between, it leaves nothing behind.
pub trait Session: Send {
    /// Begins a transaction, takes the locks, answers. On an error the transaction is over.
    fn resolve(&mut self, request: &ResolveRequest<'_>) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Whether each of the units, given by what it would ask for alone, needs a lock that another transaction holds now.
    /// Begins a transaction of its own and ends it.
    fn held(&mut self, units: &[ResolveRequest<'_>]) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send;

    /// Writes the changes and commits. On an error nothing was written, unless it is of the kind *in doubt*; `patience`:
    /// how long to go on finding out about a commit whose connection was lost.
    fn apply(
        &mut self,
        changes: &Changes<'_>,
        patience: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes the changes' documents, as `apply` would, and rolls back: whether the database takes them.
    fn probe(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the transaction; nothing was written.
    fn rollback(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How often the session has waited for the server so far.
    fn round_trips(&self) -> u64;

    /// How long the last `apply` waited for the answer to its COMMIT alone; zero where that is not known.
    fn commit_time(&self) -> Duration {
        Duration::ZERO
    }
}
