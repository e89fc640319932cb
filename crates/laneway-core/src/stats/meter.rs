//! The running counts: the task of one runtime writes them, any thread reads.

use std::time::Duration;

use laneway_model::{Outcome, OutcomeKind};
use tokio::time::Instant;

use super::counter::Counter;
use super::histogram::HistogramMeter;
use super::{Phases, Stats};
use crate::dispatcher::Counters;
use crate::{Batch, FlushReason, FlushStats};

/// What times are counted from.
#[derive(Clone, Copy, Debug)]
struct Epoch(Instant);

impl Default for Epoch {
    fn default() -> Self {
        Self(Instant::now())
    }
}

/// The running counts.
#[derive(Default, Debug)]
pub(crate) struct Meter {
    epoch: Epoch,
    /// When the oldest pending operation was accepted, in microseconds since the epoch, and one more; 0: there is none.
    oldest_pending_us: Counter,
    accepted: Counter,
    outcomes: [Counter; OutcomeKind::ALL.len()],
    documents_at_fault: Counter,
    reasons: [Counter; FlushReason::ALL.len()],
    batch_operations: Counter,
    transactions: Counter,
    retries: Counter,
    round_trips: Counter,
    singles: Counter,
    flushes_lost: Counter,
    awaiting_identity: Counter,
    awaiting_references: Counter,
    cycles: Counter,
    gave_way: Counter,
    latency: HistogramMeter,
    batch_size: HistogramMeter,
    queued_us: Counter,
    extraction_us: Counter,
    resolve_us: Counter,
    apply_us: Counter,
    commit_us: Counter,
    /// A moving average of the latency, in microseconds.
    latency_mean_us: Counter,
}

/// The wait that a rejected caller is advised before anything has been measured.
const RETRY_AFTER_MS_DEFAULT: u64 = 100;
/// The weight of the newest value in the moving average: one in so many.
const MEAN_OVER: u64 = 64;

impl Meter {
    pub(crate) fn accepted(&self) {
        self.accepted.add(1);
    }

    pub(crate) fn extracted(&self, elapsed: Duration) {
        self.extraction_us.add(micros(elapsed));
    }

    pub(crate) fn completed(&self, outcome: &Outcome, queued: Duration, elapsed: Duration) {
        let us = micros(elapsed);
        self.queued_us.add(micros(queued));
        // First: a reader must not find a failure whose document has not been found at fault yet.
        if outcome.is_document_at_fault() {
            self.documents_at_fault.add(1);
        }
        self.outcomes[outcome.kind() as usize].add(1);
        self.latency.record(us);
        let mean = self.latency_mean_us.get();
        let next = if mean == 0 { us } else { (mean.saturating_mul(MEAN_OVER - 1).saturating_add(us)) / MEAN_OVER };
        self.latency_mean_us.set(next);
    }

    pub(crate) fn flush_started(&self, batch: &Batch) {
        self.reasons[batch.reason as usize].add(1);
        self.batch_operations.add(batch.operations.len() as u64);
        self.batch_size.record(batch.operations.len() as u64);
    }

    pub(crate) fn flush_over(&self, stats: Option<&FlushStats>) {
        let Some(stats) = stats else { return self.flushes_lost.add(1) };
        self.transactions.add(stats.transactions);
        self.retries.add(stats.retries);
        self.round_trips.add(stats.round_trips);
        self.singles.add(stats.singles);
        self.resolve_us.add(micros(stats.phases.resolve));
        self.apply_us.add(micros(stats.phases.apply));
        self.commit_us.add(micros(stats.phases.commit));
    }

    pub(crate) fn counters(&self, counters: Counters) {
        self.awaiting_identity.set(counters.awaiting_identity);
        self.awaiting_references.set(counters.awaiting_references_early + counters.awaiting_references_late);
        self.cycles.set(counters.cycles);
        self.gave_way.set(counters.gave_way);
    }

    pub(crate) fn oldest_pending(&self, accepted: Option<Instant>) {
        let us = accepted.map_or(0, |at| micros(at.saturating_duration_since(self.epoch.0)).saturating_add(1));
        self.oldest_pending_us.set(us);
    }

    /// About how long an operation takes at present, which is when a full queue has been worked off.
    pub(crate) fn retry_after_ms(&self) -> u64 {
        match self.latency_mean_us.get() {
            0 => RETRY_AFTER_MS_DEFAULT,
            us => us.div_ceil(1_000),
        }
    }

    pub(crate) fn snapshot(&self) -> Stats {
        // Outcomes before `accepted`: an operation that passes in between must not count as ended but not accepted.
        // (A processor may reorder relaxed loads all the same: `Stats::pending` saturates.)
        let outcomes = std::array::from_fn(|at| self.outcomes[at].get());
        Stats {
            outcomes,
            documents_at_fault: self.documents_at_fault.get(),
            accepted: self.accepted.get(),
            reasons: std::array::from_fn(|at| self.reasons[at].get()),
            batch_operations: self.batch_operations.get(),
            transactions: self.transactions.get(),
            retries: self.retries.get(),
            round_trips: self.round_trips.get(),
            singles: self.singles.get(),
            flushes_lost: self.flushes_lost.get(),
            awaiting_identity: self.awaiting_identity.get(),
            awaiting_references: self.awaiting_references.get(),
            cycles: self.cycles.get(),
            gave_way: self.gave_way.get(),
            oldest_pending_us: match self.oldest_pending_us.get() {
                0 => 0,
                at => micros(self.epoch.0.elapsed()).saturating_sub(at - 1),
            },
            phases: Phases {
                queued_us: self.queued_us.get(),
                extraction_us: self.extraction_us.get(),
                resolve_us: self.resolve_us.get(),
                apply_us: self.apply_us.get(),
                commit_us: self.commit_us.get(),
            },
            latency_us: self.latency.snapshot(),
            batch_size: self.batch_size.snapshot(),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
