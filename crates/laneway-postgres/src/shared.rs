//! What all sessions of a store share: its settings, its pool, what is known of its tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use laneway_core::store::StoreError;
use tokio_postgres::Client;

use crate::connection::Pool;
use crate::grants::Grants;
use crate::key_statistics::KeyStatistics;
use crate::lock_waits::LockWaits;
use crate::logins::Logins;
use crate::novelty::Novelty;
use crate::options::{SEARCH_PATH, StoreOptions, Timeouts};
use crate::plans::{Generation, Plans};
use crate::waiting::Waits;

/// The batches of statements by which a flush begins.
pub(crate) struct Begin {
    /// Begins the transaction in which locks are taken: each lock's statement sees what was committed while it was waited for.
    pub(crate) locks: String,
    /// Begins the one that reads and writes, where that is another: after the last lock, so that its snapshot is no older. In
    /// between the session keeps the locks.
    pub(crate) snapshot: Option<String>,
}

/// What all sessions of a store share.
pub(crate) struct Shared {
    pub(crate) logins: Arc<Logins>,
    pub(crate) pool: Pool,
    pub(crate) grants: Grants,
    /// As in [`crate::connection::Manager`].
    pub(crate) epoch: Arc<AtomicU64>,
    pub(crate) options: StoreOptions,
    pub(crate) novelty: Novelty,
    pub(crate) plans: Plans,
    pub(crate) key_statistics: KeyStatistics,
    pub(crate) waits: Arc<Waits>,
    pub(crate) timeouts: Timeouts,
    pub(crate) lock_waits: LockWaits,
}

impl Shared {
    /// How a flush's transaction begins, on a connection whose plans are of the generation `planned`. `SET LOCAL`, so that
    /// nothing of it outlives the transaction.
    pub(crate) fn begin(&self, planned: &mut Option<Generation>) -> Begin {
        let options = &self.options;
        let generation = self.plans.generation();
        let plans = match generation {
            Generation::Unkept => "auto",
            Generation::Generic(_) => "force_generic_plan",
        };
        // A new connection has no plans yet.
        let discard =
            if planned.replace(generation).is_some_and(|of| of != generation) { "DISCARD PLANS; " } else { "" };
        let settings = format!(
            "{discard}{}{SEARCH_PATH}; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL plan_cache_mode = {plans}; {}",
            self.timeouts.lift(),
            self.lock_waits.patience(options.lock_timeout).as_millis(),
            options.statement_timeout.as_millis(),
            options.idle_in_transaction_timeout.as_millis(),
            include_str!("../queries/flush/planner.sql"),
        );
        let snapshot = options.isolation.locks_by_session();
        Begin {
            locks: format!("BEGIN ISOLATION LEVEL READ COMMITTED; {settings}"),
            snapshot: snapshot.then(|| format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {settings}")),
        }
    }

    /// Sees to the statistics that plans rest on, whenever plans are made anew, until they are complete. On a flush's connection,
    /// before it begins.
    pub(crate) async fn see_to_statistics(&self, client: &Client) {
        if self.key_statistics.are_due(self.plans.generation()) {
            self.key_statistics.see_to(client).await;
        }
    }

    /// A connection outside the pool, for maintenance and for the status of a commit: flushes may hold all of the
    /// pool's.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        self.logins.connect().await
    }

    /// Uses none of the pool's connections again: what they hold no longer fits the database.
    pub(crate) fn forget_connections(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }
}
