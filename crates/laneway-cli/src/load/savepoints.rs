//! Batches without set-based statements as a load's engine: documents that have queued go into one transaction, by the
//! statements that the DMS sends, each document behind a savepoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use laneway_model::{Limits, Operation, Outcome};
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres_tools::baseline::Baseline;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::baseline::Operations;
use super::driver::{Engine, Settled};
use super::tally::Effort;
use crate::documents::Document;
use crate::failure::{Failure, chain};

/// An operation and who waits for its outcome.
type Queued = (Operation, oneshot::Sender<Outcome>);

/// Transactions that take what has queued.
pub(super) struct Savepoints {
    queue: mpsc::UnboundedSender<Queued>,
    operations: Operations,
    config: Config,
    written: Arc<Written>,
}

/// Counted while writing. `Relaxed`: each stands for nothing else in memory.
#[derive(Default)]
struct Written {
    transactions: AtomicU64,
    documents: AtomicU64,
}

impl Savepoints {
    /// Starts as many transactions at a time, of as many documents, as `limits` allows Laneway.
    pub(super) async fn open(config: &Config, plugins: Plugins, limits: &Limits) -> Result<Self, Failure> {
        let connections = limits.lanes_first().min(limits.flushes_concurrent_max);
        let baseline = Baseline::open(config, connections).await.map_err(|error| {
            Failure::database(chain(&error), "Nothing was loaded. `laneway deploy` makes a database a store.")
        })?;
        let (queue, queued) = mpsc::unbounded_channel();
        let written = Arc::<Written>::default();
        let (baseline, queued) = (Arc::new(baseline), Arc::new(Mutex::new(queued)));
        for _ in 0..connections {
            tokio::spawn(write(
                Arc::clone(&baseline),
                Arc::clone(&queued),
                limits.batch_items_max,
                Arc::clone(&written),
            ));
        }
        Ok(Self { queue, operations: Operations::new(plugins), config: config.clone(), written })
    }
}

/// Writes what has queued, batch by batch, until the load ends.
async fn write(
    baseline: Arc<Baseline>,
    queued: Arc<Mutex<mpsc::UnboundedReceiver<Queued>>>,
    items_max: usize,
    written: Arc<Written>,
) {
    loop {
        let mut batch = Vec::with_capacity(items_max);
        if queued.lock().await.recv_many(&mut batch, items_max).await == 0 {
            return;
        }
        let operations: Vec<&Operation> = batch.iter().map(|(operation, _)| operation).collect();
        let outcomes = baseline.upsert_together(&operations).await;
        written.transactions.fetch_add(1, Ordering::Relaxed);
        written.documents.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
        for ((_, caller), outcome) in batch.into_iter().zip(outcomes) {
            // Fails when the load was interrupted.
            let _ = caller.send(outcome);
        }
    }
}

impl Engine for Savepoints {
    type Pending = BoxFuture<'static, Settled>;

    async fn submit(&mut self, document: &Document) -> Self::Pending {
        let operation = match self.operations.of(document) {
            Ok(operation) => operation,
            Err(outcome) => return ready(Settled { outcome, record: None }).boxed(),
        };
        let record = Some(operation.extraction.referential_id);
        let (caller, outcome) = oneshot::channel();
        let _ = self.queue.send((operation, caller));
        let lost = || Outcome::Failed { sqlstate: None, message: "the transaction's task failed".to_owned() };
        outcome.map(move |outcome| Settled { outcome: outcome.unwrap_or_else(|_| lost()), record }).boxed()
    }

    fn effort(&self) -> Effort {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let batch_mean = count(&self.written.documents) as f64 / count(&self.written.transactions).max(1) as f64;
        Effort { batch_mean, ..Effort::default() }
    }

    // Not an async function: its future would hold the worker, which belongs to one thread.
    fn is_reachable(&self) -> impl Future<Output = bool> + Send {
        let config = self.config.clone();
        async move { config.connect().await.is_ok() }
    }

    /// What has queued is written; nothing more is submitted.
    fn interrupt(&self) {}
}
