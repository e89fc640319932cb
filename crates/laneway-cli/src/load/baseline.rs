//! The baseline as a load's engine: callers with a connection each, which send the statements that the DMS sends.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use laneway_model::{DocumentUuid, ExtractWorker, Extractor as _, Operation, Outcome, ReferentialId};
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres_tools::baseline::Baseline;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::driver::{Engine, Settled};
use super::tally::Effort;
use crate::documents::Document;
use crate::failure::{Failure, chain};

/// Documents into operations, on the thread that submits them.
pub(super) struct Operations {
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
}

impl Operations {
    /// By these plugins.
    pub(super) fn new(plugins: Plugins) -> Self {
        Self { worker: plugins.worker(), plugins }
    }

    /// Reads a document.
    pub(super) fn of(&mut self, document: &Document) -> Result<Operation, Outcome> {
        let route = self.plugins.route(&document.project, &document.endpoint)?;
        let extraction = self.worker.extract(&route, &document.body)?;
        let document_uuid = DocumentUuid::now();
        Ok(Operation {
            document: document.body.clone(),
            extraction,
            document_uuid,
            trace_id: document_uuid.to_string().into(),
            authorization: None,
        })
    }
}

/// The DMS's own statements over a pool of connections.
pub(super) struct BaselineEngine {
    baseline: Arc<Baseline>,
    operations: Operations,
    config: Config,
    turns: Turns,
}

/// The end of the last version of each record that is being written: callers that know of each other's versions send the
/// later one when the earlier one has been answered.
struct Turns {
    ends: HashMap<ReferentialId, oneshot::Receiver<()>>,
    /// How many are kept before those that have come are let go.
    ends_max: usize,
}

impl Turns {
    /// A turn at a record: when to begin, and what to drop at the end.
    fn take(&mut self, record: ReferentialId) -> (Option<oneshot::Receiver<()>>, oneshot::Sender<()>) {
        if self.ends.len() >= self.ends_max {
            self.ends.retain(|_, end| matches!(end.try_recv(), Err(TryRecvError::Empty)));
        }
        let (done, end) = oneshot::channel();
        (self.ends.insert(record, end), done)
    }
}

impl BaselineEngine {
    /// Opens a connection for each caller.
    pub(super) async fn open(config: &Config, plugins: Plugins, callers: NonZeroUsize) -> Result<Self, Failure> {
        let baseline = Baseline::open(config, callers.get()).await.map_err(|error| {
            Failure::database(chain(&error), "Nothing was loaded. `laneway deploy` makes a database a store.")
        })?;
        let turns = Turns { ends: HashMap::new(), ends_max: 2 * callers.get() };
        Ok(Self { baseline: Arc::new(baseline), operations: Operations::new(plugins), config: config.clone(), turns })
    }
}

impl Engine for BaselineEngine {
    type Pending = BoxFuture<'static, Settled>;

    async fn submit(&mut self, document: &Document) -> Self::Pending {
        match self.operations.of(document) {
            Ok(operation) => {
                let baseline = Arc::clone(&self.baseline);
                let record = operation.extraction.referential_id;
                let (turn, done) = self.turns.take(record);
                // A task of its own, so that callers work on all cores as they do in the service.
                let upsert = tokio::spawn(async move {
                    if let Some(turn) = turn {
                        // Ends by its sender's being dropped.
                        let _ = turn.await;
                    }
                    let outcome = baseline.upsert(&operation).await;
                    drop(done);
                    outcome
                });
                let outcome = upsert.map(|joined| joined.unwrap_or_else(|panic| broken(&panic)));
                outcome.map(move |outcome| Settled { outcome, record: Some(record) }).boxed()
            }
            Err(outcome) => ready(Settled { outcome, record: None }).boxed(),
        }
    }

    fn effort(&self) -> Effort {
        Effort { retries: 0, batch_mean: 1.0, round_trips: None, split: None }
    }

    // Not an async function: its future would hold the worker, which belongs to one thread.
    fn is_reachable(&self) -> impl Future<Output = bool> + Send {
        let config = self.config.clone();
        async move { config.connect().await.is_ok() }
    }

    /// Each document is one transaction, which ends by itself or not at all.
    fn interrupt(&self) {}
}

fn broken(panic: &tokio::task::JoinError) -> Outcome {
    Outcome::Failed { sqlstate: None, message: format!("the baseline failed: {panic}") }
}
