//! What one flush asks of the store, and the snapshot that it gets: values only.

use std::collections::BTreeMap;

use laneway_model::{Association, DocumentUuid, Operation, PersonKind, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};

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
    /// The operations, in batch order; of each identity the first.
    pub operations: Vec<&'a Operation>,
    /// The distinct identities that the operations refer to, in key order.
    pub references: Vec<ReferentialId>,
    /// The persons that the new documents name, by kind, with the strongest lock that each needs.
    pub persons: BTreeMap<PersonKind, BTreeMap<String, LockMode>>,
    /// How the hierarchy is to be locked, if at all.
    pub hierarchy: Option<LockMode>,
    /// The organizations whose ancestors are wanted.
    pub organizations: Vec<i64>,
    /// The candidate DocumentUuids to look for: those of all operations after a collision, otherwise none.
    pub uuids: Vec<DocumentUuid>,
}

/// The primary key of a `Document` row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentKey {
    /// The partition key.
    pub partition: i16,
    /// The row's id.
    pub id: i64,
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

/// What the store returns: one snapshot, read under all locks.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What stands under each identity of the request's operations.
    pub documents: FxHashMap<ReferentialId, Found>,
    /// The aliases of the request's references and of the operations' superclass identities that are there.
    pub aliases: FxHashMap<ReferentialId, StoredAlias>,
    /// The arrays of the request's persons; absent: none.
    pub arrays: BTreeMap<PersonKind, FxHashMap<String, Arrays>>,
    /// The organizations that are there.
    pub organizations: FxHashMap<i64, Organization>,
    /// Those of the request's DocumentUuids that are taken.
    pub uuids_taken: FxHashSet<DocumentUuid>,
}
