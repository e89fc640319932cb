//! The tables as a store for the executor: one transaction after another, each whole or not at all. What it reads and writes is
//! what the database's statements do, set by set; what fires behind them is the model's.

mod apply;
mod resolve;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use laneway_core::changes::Changes;
use laneway_core::store::{ResolveRequest, Session, Snapshot, Store, StoreError, StoreErrorKind};
use laneway_model::{DocumentUuid, ReferentialId, SqlState};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::content::{DocumentContent, Line};
use crate::delete::Referenced;
use crate::refusal::Refusal;
use crate::tables::Model;

/// The tables with the row ids that flushes name rows by.
#[derive(Clone, Default, Debug)]
struct Tables {
    model: Model,
    last_id: i64,
    alias_ids: BTreeMap<ReferentialId, i64>,
    /// Of the hierarchy, by organization.
    row_ids: BTreeMap<i64, i64>,
}

impl Tables {
    fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }
}

/// A database in memory. Clones are the same one.
#[derive(Clone, Default, Debug)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

impl MemoryStore {
    /// Takes everything away.
    pub async fn empty(&self) {
        *self.tables.lock().await = Tables::default();
    }

    /// Deletes a document as a plain DELETE does.
    ///
    /// # Errors
    /// When another document refers to it.
    pub async fn delete(&self, document_uuid: DocumentUuid) -> Result<(), Referenced> {
        let mut tables = self.tables.lock().await;
        tables.model.delete(document_uuid)?;
        let Tables { model, alias_ids, .. } = &mut *tables;
        alias_ids.retain(|id, _| model.contains(*id));
        Ok(())
    }

    /// The canonical lines of all tables, sorted.
    pub async fn lines(&self) -> Vec<Line> {
        self.tables.lock().await.model.lines()
    }

    /// The documents, by id.
    pub async fn documents(&self) -> Vec<DocumentContent> {
        self.tables.lock().await.model.documents()
    }
}

impl Store for MemoryStore {
    type Session = MemorySession;

    async fn session(&self) -> Result<MemorySession, StoreError> {
        Ok(MemorySession { store: self.clone(), open: None })
    }
}

/// One flush's conversation: between resolve and apply it has the tables to itself.
#[derive(Debug)]
pub struct MemorySession {
    store: MemoryStore,
    open: Option<OwnedMutexGuard<Tables>>,
}

impl Session for MemorySession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        let mut tables = Arc::clone(&self.store.tables).lock_owned().await;
        let snapshot = tables.resolve(request).map_err(error)?;
        self.open = Some(tables);
        Ok(snapshot)
    }

    async fn held(&mut self, units: &[ResolveRequest<'_>]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; units.len()])
    }

    async fn apply(&mut self, changes: &Changes<'_>, _: Duration) -> Result<(), StoreError> {
        let Some(mut tables) = self.open.take() else {
            return Err(StoreError::new(StoreErrorKind::Connection, "there is no transaction"));
        };
        let before = tables.clone();
        tables.apply(changes).map_err(|refusal| {
            *tables = before;
            error(refusal)
        })
    }

    async fn probe(&mut self, changes: &Changes<'_>) -> Result<(), StoreError> {
        let Some(tables) = self.open.take() else { return Ok(()) };
        tables.clone().apply(changes).map_err(error)
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        self.open = None;
        Ok(())
    }

    fn round_trips(&self) -> u64 {
        0
    }
}

fn error(refusal: Refusal) -> StoreError {
    let (kind, code) = match refusal {
        Refusal::Unique => (StoreErrorKind::UniqueViolation, "23505"),
        Refusal::Sql(code) => (StoreErrorKind::Document, code),
        // The rules are the executor's: tables do not refuse by them.
        Refusal::Outcome(_) => (StoreErrorKind::Permanent, "XX000"),
    };
    StoreError::new(kind, "the tables refuse").with_sqlstate(SqlState::new(code))
}
