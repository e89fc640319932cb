//! Laneway as a load's engine: each document is submitted singly, as a service would.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{Either, Map, Ready, ready};
use laneway_core::{Completion, Executor, Phases, Request, Runtime, Stats, Ticket};
use laneway_model::{DocumentUuid, Limits};
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::{Isolation, PostgresStore, StoreOptions};

use super::driver::{Engine, Settled};
use super::split::Split;
use super::tally::Effort;
use crate::documents::Document;
use crate::failure::{Failure, chain};

/// How long what was submitted may take to settle after Ctrl-C, before it is given up; with [`laneway_core::CLOSE_GRACE`]
/// less than five seconds.
const INTERRUPT_DRAIN: Duration = Duration::from_secs(2);
const _: () = assert!(INTERRUPT_DRAIN.as_millis() + laneway_core::CLOSE_GRACE.as_millis() < 5_000);

/// Laneway's runtime over a store.
pub(super) struct Laneway {
    runtime: Runtime,
    config: Config,
}

impl Laneway {
    /// Opens the store and starts the runtime.
    pub(super) async fn open(
        config: &Config,
        plugins: Plugins,
        limits: Limits,
        isolation: Isolation,
    ) -> Result<Self, Failure> {
        let options = StoreOptions { isolation, ..StoreOptions::default() }.fitting(&limits);
        let store = PostgresStore::open(config, options).await.map_err(|error| {
            Failure::database(chain(&error), "Nothing was loaded. `laneway deploy` makes a database a store.")
        })?;
        let executor = Executor::new(store);
        let runtime = Runtime::start(executor, Arc::new(plugins), limits)
            .map_err(|error| Failure::usage(error.to_string(), "Nothing was loaded."))?;
        Ok(Self { runtime, config: config.clone() })
    }

    /// Ends the runtime; everything that was submitted has settled.
    pub(super) async fn close(self) {
        self.runtime.close().await;
    }
}

/// Where time went, by what the runtime counts.
fn split(stats: &Stats) -> Split {
    let documents = stats.completed().max(1) as f64;
    let each = |us: u64| us as f64 / documents / 1_000.0;
    let Phases { queued_us, extraction_us, resolve_us, apply_us, commit_us } = stats.phases;
    let known_us = queued_us + resolve_us + apply_us + commit_us;
    Split {
        extraction: each(extraction_us),
        queue: each(queued_us.saturating_sub(extraction_us)),
        resolve: each(resolve_us),
        apply: each(apply_us),
        commit: each(commit_us),
        rest: each(stats.latency_us.sum().saturating_sub(known_us)),
    }
}

impl Engine for Laneway {
    type Pending = Either<Map<Ticket, fn(Completion) -> Settled>, Ready<Settled>>;

    async fn submit(&mut self, document: &Document) -> Self::Pending {
        let document_uuid = DocumentUuid::now();
        let request = Request {
            project: &document.project,
            endpoint: &document.endpoint,
            document: document.body.clone(),
            document_uuid,
            // One of its own for each document: it shows whether an update was written when the commit's answer was lost.
            trace_id: document_uuid.to_string().into(),
            authorization: None,
            deadline: None,
        };
        match self.runtime.submit(request).await {
            Ok(ticket) => Either::Left(ticket.map(|end| Settled { outcome: end.outcome, record: end.referential_id })),
            Err(rejected) => Either::Right(ready(Settled { outcome: rejected.outcome(), record: None })),
        }
    }

    fn effort(&self) -> Effort {
        let stats = self.runtime.stats();
        Effort {
            retries: stats.retries,
            batch_mean: stats.batch_operations as f64 / stats.transactions.max(1) as f64,
            round_trips: Some(stats.round_trips),
            split: Some(split(&stats)),
        }
    }

    async fn is_reachable(&self) -> bool {
        self.config.connect().await.is_ok()
    }

    fn interrupt(&self) {
        // The drain begins with the first poll and goes on without anybody waiting for it.
        let _ = self.runtime.drain(Instant::now() + INTERRUPT_DRAIN).now_or_never();
    }
}
