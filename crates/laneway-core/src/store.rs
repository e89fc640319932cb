//! The store as the executor sees it: it answers one request a flush and takes one set of changes.
//! Two implementations: PostgreSQL (laneway-postgres) and models in tests. No SQL here.

use laneway_model::SqlState;

use crate::changes::Changes;
pub use crate::snapshot::{
    Arrays, DocumentKey, Found, LockMode, NewIds, Organization, ResolveRequest, Snapshot, StoredAlias, StoredDocument,
};

/// What kind of failure a store reports, and so what the executor does next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ErrorClass {
    /// Serialization failure, deadlock, a lock or a statement that took too long: the same again, then halves.
    Retry,
    /// Another transaction was faster (foreign key violation, persons changed under way): resolve again.
    LostRace,
    /// As [`Self::LostRace`], a unique key. Where that is met again in an insert that stands alone, another document
    /// holds the identity.
    UniqueViolation,
    /// The connection is gone, nothing was committed: the same again on another.
    Connection,
    /// The lock table is full: halves.
    OutOfLocks,
    /// The server cannot take writes now (disk full, too many connections, read only): everything fails.
    Resource,
    /// The connection was lost at commit, and whether the transaction was committed could not be found out.
    InDoubt,
    /// The database refuses something that the batch holds: halves until the offender stands alone.
    Data,
}

/// A failure of the store.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}{}", .sqlstate.map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default())]
pub struct StoreError {
    /// What to do about it.
    pub class: ErrorClass,
    /// The database's code, where it was the database.
    pub sqlstate: Option<SqlState>,
    /// What happened, for people; never a secret.
    pub message: String,
}

/// A database.
pub trait Store: Send + Sync + 'static {
    /// What one flush talks to.
    type Session: Session;

    /// A session without an open transaction.
    fn session(&self) -> impl Future<Output = Result<Self::Session, StoreError>> + Send;
}

/// One flush's conversation: resolve, then apply or roll back. Dropped in between, it leaves nothing behind.
pub trait Session: Send {
    /// Begins a transaction, takes the locks, answers. On an error the transaction is over.
    fn resolve(&mut self, request: &ResolveRequest<'_>) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Writes the changes and commits. On an error nothing was written (or the class is *in doubt*).
    fn apply(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes the changes' documents, as `apply` would, and rolls back: whether the database takes them.
    fn probe(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the transaction; nothing was written.
    fn rollback(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How often the session has waited for the server so far.
    fn round_trips(&self) -> u64;
}
