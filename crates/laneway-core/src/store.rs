//! The store as the executor sees it: it answers one request a flush and takes one set of changes.
//! Two implementations: PostgreSQL (laneway-postgres) and models in tests. No SQL here.

use std::collections::BTreeMap;

use laneway_model::{Association, DocumentUuid, Operation, PersonKind, ReferentialId, SqlState};
use rustc_hash::FxHashMap;

use crate::changes::Changes;
use crate::failpoints::Faults;

/// The primary key of a `Document` row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentKey {
    /// The partition key.
    pub partition: i16,
    /// The row's id.
    pub id: i64,
}

/// How a person, or the hierarchy, is locked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LockMode {
    /// By who reads arrays or ancestors.
    Shared,
    /// By who changes them.
    Exclusive,
}

/// What one flush wants to know, and the locks under which it wants to know it.
#[derive(Debug)]
pub struct ResolveRequest<'a> {
    /// The operations, in batch order; no identity twice.
    pub operations: Vec<&'a Operation>,
    /// The distinct identities that the operations refer to, in key order.
    pub references: Vec<ReferentialId>,
    /// The persons that the new documents name, by kind, with the strongest lock that each needs.
    pub persons: BTreeMap<PersonKind, BTreeMap<String, LockMode>>,
    /// How the hierarchy is to be locked, if at all.
    pub hierarchy: Option<LockMode>,
    /// The organizations whose ancestors are wanted.
    pub organizations: Vec<i64>,
    /// Also look for the operations' candidate DocumentUuids: after a collision.
    pub thorough: bool,
    /// What a test has left out; nothing in any other build.
    pub faults: Faults,
}

/// What the store holds under one operation's identity.
#[derive(Clone, Debug)]
pub enum Found {
    /// A document.
    Stored(StoredDocument),
    /// Nothing: the ids that a new document is to have.
    Nothing(NewIds),
}

/// A document that is there and locked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredDocument {
    /// Its key.
    pub key: DocumentKey,
    /// Its id for callers.
    pub uuid: DocumentUuid,
    /// Its `_etag`, when that is a string.
    pub etag: Option<String>,
    /// The persons of its securable rows.
    pub securable: BTreeMap<PersonKind, String>,
    /// For an association, its sides as the triggers read them from the stored body.
    pub association: Option<Association<String>>,
}

/// Fresh row ids.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct NewIds {
    /// Of the `Document` row.
    pub document: i64,
    /// Of its `Alias` row.
    pub alias: i64,
    /// Of its superclass's `Alias` row; 0 when there is no superclass.
    pub superclass_alias: i64,
    /// Of its hierarchy row; 0 when it is no organization.
    pub hierarchy: i64,
}

/// A stored alias.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoredAlias {
    /// The row's id; its partition follows from the ReferentialId.
    pub id: i64,
    /// The document that it names.
    pub document: DocumentKey,
}

/// A row of the hierarchy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organization {
    /// The row's id.
    pub row: i64,
    /// The organization and everything above it, from itself upwards.
    pub ancestors: Vec<i64>,
    /// Whether the way upwards comes back to where it was (a store that held a cycle already).
    pub cyclic: bool,
}

/// The authorization arrays of one person, as JSON texts; `None`: no row.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Arrays {
    /// Through school associations (student), student associations (contact), or employment and assignment (staff).
    pub main: Option<String>,
    /// Through responsibility (student only).
    pub responsibility: Option<String>,
}

/// What the store answers: one snapshot, read under all locks.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// For each operation, what stands under its identity.
    pub documents: Vec<Found>,
    /// The aliases of the request's references and of the operations' superclass identities that are there.
    pub aliases: FxHashMap<ReferentialId, StoredAlias>,
    /// The arrays of the request's persons; absent: none.
    pub arrays: BTreeMap<PersonKind, FxHashMap<String, Arrays>>,
    /// The organizations that are there.
    pub organizations: FxHashMap<i64, Organization>,
    /// The operations (by place) whose candidate DocumentUuid is taken; only when thorough.
    pub uuids_taken: Vec<usize>,
}

/// What kind of failure a store reports, and so what the executor does next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ErrorClass {
    /// Serialization failure, deadlock, a lock or a statement that took too long: the same again, then halves.
    Retry,
    /// Somebody else was faster (unique or foreign key violation, persons changed under way): resolve again.
    LostRace,
    /// The connection is gone, nothing was committed: the same again on another.
    Connection,
    /// The lock table is full: halves.
    OutOfLocks,
    /// The server cannot take writes now (disk full, too many connections, read only): everything fails.
    Resource,
    /// The connection was lost at commit, and whether it took place could not be found out.
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

    /// Writes the changes and commits. On an error nothing was written (or the class says *in doubt*).
    fn apply(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes the changes' documents, as `apply` would, and rolls back: whether the database takes them.
    fn probe(&mut self, changes: &Changes<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the transaction; nothing was written.
    fn rollback(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How often the session has waited for the server so far.
    fn round_trips(&self) -> u64;
}
