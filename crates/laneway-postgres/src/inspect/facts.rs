//! What is read of a database for an inspection. Values only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A constraint or an index.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(super) struct StoredObject {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) is_valid: bool,
}

/// A trigger that is no foreign key's own.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(super) struct StoredTrigger {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) is_enabled: bool,
}

/// Constraints, indexes and triggers.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
pub(super) struct Objects {
    pub(super) constraints: Vec<StoredObject>,
    pub(super) indexes: Vec<StoredObject>,
    pub(super) triggers: Vec<StoredTrigger>,
}

/// The server as the session sees it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize, Serialize)]
pub struct Server {
    /// Its version.
    pub version: String,
    /// The database.
    pub database: String,
    /// The role.
    pub role: String,
    /// Settings that matter to a store.
    pub settings: BTreeMap<String, String>,
    /// Sessions of clients.
    pub sessions: u64,
    /// Partitions of `Document` that hold rows and have no statistics of their key.
    pub ungathered: u64,
    /// Tables that are published without the whole old row.
    pub not_full: Vec<String>,
    /// Tables that the publication of the service covers.
    pub published: Vec<String>,
    /// Replication slots.
    pub slots: Vec<Slot>,
}

/// A replication slot.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Whether someone reads from it.
    pub is_active: bool,
    /// The WAL that is kept for it, in bytes, where that is known.
    pub kept_bytes: Option<i64>,
}

/// A table with all its partitions.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize, Serialize)]
pub struct TableSize {
    /// Its name, without the schema.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u64,
    /// About how many rows.
    pub rows: u64,
    /// About how many rows that no one sees any more.
    pub dead: u64,
    /// Its size on disk.
    pub bytes: u64,
    /// That of its indexes.
    pub index_bytes: u64,
    /// When a part of it was vacuumed last.
    pub vacuumed: Option<String>,
}

impl Server {
    /// A setting; an unknown one is empty.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.setting(name).parse().unwrap_or_default()
    }

    /// How many locks on objects the server's lock table has room for.
    #[must_use]
    pub fn locks_max(&self) -> u64 {
        let transactions = self.number("max_connections") + self.number("max_prepared_transactions");
        self.number("max_locks_per_transaction") * transactions
    }
}
