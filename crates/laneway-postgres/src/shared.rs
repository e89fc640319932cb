//! What all sessions of a store share: its settings, its pool, what is known of its tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use laneway_core::store::StoreError;
use laneway_model::Limits;
use laneway_pgconfig::Config;
use tokio_postgres::Client;

use crate::connection::Pool;
use crate::error::connect_error;
use crate::grants::Grants;
use crate::statistics::Statistics;

/// How a store's connections behave.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The most connections that flushes hold at a time; a few more are opened for maintenance.
    pub connections_max: usize,
    /// How long a flush waits for a lock before it is tried again.
    pub lock_timeout: Duration,
    /// How long one statement of a flush may run.
    pub statement_timeout: Duration,
    /// How long the server may take to answer a phase of a flush, before its connection is given up as silent: longer than
    /// `statement_timeout`, with which a server that still answers ends a statement.
    pub answer_timeout: Duration,
    /// How long a transaction may stand idle before the server ends it: a vanished process must not hold its locks.
    pub idle_in_transaction_timeout: Duration,
}

impl StoreOptions {
    /// The same where they fit each other and the runtime's bounds: a server that still answers ends a statement before it
    /// counts as silent, and what a vanished connection has locked is free before those who wait for it give up.
    #[must_use]
    pub fn fitting(self, limits: &Limits) -> Self {
        Self {
            answer_timeout: self.answer_timeout.max(self.statement_timeout),
            idle_in_transaction_timeout: self.idle_in_transaction_timeout.min(limits.outage_max),
            ..self
        }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            connections_max: 8,
            lock_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(45),
            idle_in_transaction_timeout: Duration::from_secs(60),
        }
    }
}

/// What all sessions of a store share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) pool: Pool,
    pub(crate) grants: Grants,
    /// As in [`crate::connection::Manager`].
    pub(crate) epoch: Arc<AtomicU64>,
    pub(crate) options: StoreOptions,
    pub(crate) statistics: Statistics,
}

impl Shared {
    /// The batch of statements that begins a flush's transaction. `SET LOCAL`, so that nothing of it outlives the
    /// transaction. `READ COMMITTED`, so that the reading statement's snapshot is taken after the locks were: a
    /// repeatable read's would be as old as the first lock.
    pub(crate) fn begin(&self) -> String {
        let options = &self.options;
        let plans = if self.statistics.are_present() { "force_generic_plan" } else { "auto" };
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL plan_cache_mode = {plans}; {}",
            options.lock_timeout.as_millis(),
            options.statement_timeout.as_millis(),
            options.idle_in_transaction_timeout.as_millis(),
            include_str!("../queries/flush/planner.sql"),
        )
    }

    /// A connection outside the pool, for maintenance and for the status of a commit: flushes may hold all of the
    /// pool's.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        self.config.connect().await.map_err(|error| connect_error(&error))
    }

    /// Uses none of the pool's connections again: what they hold no longer fits the database.
    pub(crate) fn forget_connections(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts inserted documents, and analyses in the background when a step is reached.
    pub(crate) fn count_inserted(self: &Arc<Self>, documents: usize) {
        if self.statistics.reaches_step(documents) {
            let shared = Arc::clone(self);
            // Beside the flushes, on a connection of its own: it takes long, and none of them waits for it.
            tokio::spawn(async move {
                let Ok(client) = shared.connect().await else { return };
                if let Err(error) = shared.statistics.analyze(&client).await {
                    tracing::warn!(%error, "could not analyse the store's tables; flushes keep planning each statement");
                }
            });
        }
    }
}
