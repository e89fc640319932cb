//! The store as the executor sees it: it answers one request a flush and takes one set of changes.
//! Two implementations: PostgreSQL (laneway-postgres) and models in tests. No SQL here.

use laneway_model::SqlState;

use crate::changes::Changes;
pub use crate::snapshot::{
    Arrays, DocumentKey, Found, LockMode, NewIds, Organization, ResolveRequest, Snapshot, StoredAlias, StoredDocument,
};

/// What kind of failure a store reports, and so what the executor does next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum StoreErrorKind {
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
    kind: StoreErrorKind,
    sqlstate: Option<SqlState>,
    message: String,
}

impl StoreError {
    /// `message` says what happened, for people; never a secret.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, sqlstate: None, message: message.into() }
    }

    /// The same with the database's code, where it was the database.
    #[must_use]
    pub fn with_sqlstate(self, sqlstate: Option<SqlState>) -> Self {
        Self { sqlstate, ..self }
    }

    /// The same, seen as another kind.
    #[must_use]
    pub fn with_kind(self, kind: StoreErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The database's code, where it was the database.
    #[must_use]
    pub fn sqlstate(&self) -> Option<SqlState> {
        self.sqlstate
    }

    /// What happened, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
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

    /// Writes the changes and commits. On an error nothing was written (or the kind is *in doubt*).
    fn apply(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes the changes' documents, as `apply` would, and rolls back: whether the database takes them.
    fn probe(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the transaction; nothing was written.
    fn rollback(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How often the session has waited for the server so far.
    fn round_trips(&self) -> u64;
}
