//! The model store behind the seam that the executor implements: each batch is one transaction, or one for each
//! operation on the single path.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::MemoryStore;
use crate::{Accepted, Batch, Flush, FlushInfo, FlushStats, Flushed, Mode, Report};

/// Writes batches into a [`MemoryStore`] that it shares with its clones.
#[derive(Clone, Default, Debug)]
pub struct MemoryFlush {
    store: Arc<Mutex<MemoryStore>>,
    sequence: Arc<AtomicU64>,
}

impl MemoryFlush {
    /// The store, locked.
    pub fn store(&self) -> MutexGuard<'_, MemoryStore> {
        // A store whose holder panicked is as good as before: it changes in whole transactions only.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes operations in one transaction.
    #[must_use]
    pub fn write(&self, operations: &[Accepted]) -> Vec<Flushed> {
        let mut store = self.store();
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        let snapshot = store.resolve(operations);
        let batch_size = u32::try_from(operations.len()).unwrap_or(u32::MAX);
        let info = |position| FlushInfo { sequence, position, batch_size, attempts: 1 };
        let results = store.apply(operations, &snapshot);
        (0..)
            .zip(results)
            .map(|(position, (id, settlement))| Flushed { id, settlement, info: info(position) })
            .collect()
    }
}

impl Flush for MemoryFlush {
    async fn run(&self, batch: Batch, report: Report) -> FlushStats {
        let transactions: Vec<&[Accepted]> = match batch.mode {
            Mode::Batched => vec![&batch.operations],
            Mode::Single => batch.operations.chunks(1).collect(),
        };
        for operations in &transactions {
            // Fails when the runtime has gone.
            let _ = report.send(self.write(operations));
        }
        let transactions = transactions.len() as u64;
        FlushStats { transactions, round_trips: 2 * transactions, ..FlushStats::default() }
    }
}
