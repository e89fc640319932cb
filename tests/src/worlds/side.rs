//! A store that worlds run in, whatever it is kept in.

use std::time::Duration;

use laneway_core::store::Store;
use laneway_embedded::Database;
use laneway_memory::{DocumentContent, MemoryStore, Referenced};
use laneway_model::DocumentUuid;
use laneway_postgres::{PostgresStore, StoreOptions};
use laneway_postgres_tools::{Deletion, Permission, Scratch};

use super::content::of_store;
use crate::need;
use crate::release::deploy;

/// A store that can be emptied and read.
pub trait Side {
    /// What an executor writes to.
    type Store: Store + Clone;

    /// Whether it takes one transaction at a time, so that none meets another.
    const IS_SERIAL: bool;

    /// That store.
    fn store(&self) -> Self::Store;
    /// Takes everything away.
    fn empty(&self) -> impl Future<Output = ()>;
    /// Deletes a document as a plain DELETE does.
    fn delete(&self, uuid: DocumentUuid) -> impl Future<Output = Deletion>;
    /// What it holds, as sorted lines.
    fn content(&self) -> impl Future<Output = Vec<String>>;
}

/// In PostgreSQL.
pub struct InPostgres {
    _database: Database,
    store: PostgresStore,
    pub(super) scratch: Scratch,
}

impl InPostgres {
    /// An empty store. `None`, after saying so, where there is no server.
    pub(super) async fn open() -> Option<Self> {
        let server = need::server()?;
        let database = server.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        // Worlds wait for each other's locks, for long on a busy machine, and nothing tries again what was set aside.
        let options = StoreOptions { lock_timeout: Duration::from_secs(20), ..StoreOptions::default() };
        let store = PostgresStore::open(database.config(), options).await.expect("a store");
        let scratch = Scratch::open(database.config(), Permission::OnlyIfMarked).await.expect("a scratch store");
        Some(Self { _database: database, store, scratch })
    }
}

impl Side for InPostgres {
    type Store = PostgresStore;

    const IS_SERIAL: bool = false;

    fn store(&self) -> PostgresStore {
        self.store.clone()
    }

    async fn empty(&self) {
        self.scratch.empty().await.expect("empty tables");
    }

    async fn delete(&self, uuid: DocumentUuid) -> Deletion {
        self.scratch.delete(uuid).await.expect("a delete")
    }

    async fn content(&self) -> Vec<String> {
        let documents = self.scratch.documents().await.expect("documents").into_iter();
        let content = |row: laneway_postgres_tools::StoredRow| DocumentContent {
            uuid: row.uuid,
            body: row.body,
            trace_id: row.trace_id,
            partition_key: row.partition_key,
            touched: row.touched,
        };
        of_store(self.scratch.lines().await.expect("lines"), documents.map(content).collect())
    }
}

impl Side for MemoryStore {
    type Store = Self;

    const IS_SERIAL: bool = true;

    fn store(&self) -> Self {
        self.clone()
    }

    async fn empty(&self) {
        MemoryStore::empty(self).await;
    }

    async fn delete(&self, uuid: DocumentUuid) -> Deletion {
        MemoryStore::delete(self, uuid).await.map_or_else(|Referenced| Deletion::Referenced, |()| Deletion::Gone)
    }

    async fn content(&self) -> Vec<String> {
        of_store(self.lines().await, self.documents().await)
    }
}
