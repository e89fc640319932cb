//! The running counts: the task of one runtime writes them, any thread reads.

use std::time::Duration;

use laneway_model::{Outcome, OutcomeKind};
use tokio::time::Instant;

use super::counter::Counter;
use super::histogram::HistogramMeter;
use super::throughput::Throughput;
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
    throughput: Throughput,
}

/// The wait that a rejected caller is advised before anything has been measured.
const RETRY_AFTER_MS_DEFAULT: u64 = 100;

impl Meter {
    /// One more was accepted, beside others that are pending or not.
    pub(crate) fn accepted(&self, is_alone: bool) {
        if is_alone {
            self.throughput.restart(self.now_us());
        }
        self.accepted.add(1);
    }

    /// So many completed together.
    pub(crate) fn completed_group(&self, count: usize) {
        if count > 0 {
            self.throughput.completed(count as u64, self.now_us());
        }
    }

    fn now_us(&self) -> u64 {
        micros(self.epoch.0.elapsed())
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

    /// About how long it takes until all that is pending has completed, which is what an operation takes that is accepted
    /// now.
    pub(crate) fn retry_after_ms(&self) -> u64 {
        let completed: u64 = self.outcomes.iter().map(Counter::get).sum();
        let pending = self.accepted.get().saturating_sub(completed);
        let us = self.throughput.time_for_us(pending.max(1), self.now_us());
        // Nothing has completed of late: no sooner than the oldest has waited.
        let standing = || self.oldest_pending_age_us().div_ceil(1_000).max(RETRY_AFTER_MS_DEFAULT);
        us.map_or_else(standing, |us| us.div_ceil(1_000).max(1))
    }

    fn oldest_pending_age_us(&self) -> u64 {
        match self.oldest_pending_us.get() {
            0 => 0,
            at => self.now_us().saturating_sub(at - 1),
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
            oldest_pending_us: self.oldest_pending_age_us(),
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
