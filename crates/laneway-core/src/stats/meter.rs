//! The running counts. One task writes them, so plain relaxed stores do; anyone may read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use laneway_model::OutcomeKind;

use super::Stats;
use super::histogram::HistogramMeter;
use crate::dispatcher::Counters;
use crate::{Batch, FlushReason, FlushStats};

/// The running counts.
#[derive(Default, Debug)]
pub(crate) struct Meter {
    accepted: AtomicU64,
    outcomes: [AtomicU64; OutcomeKind::ALL.len()],
    reasons: [AtomicU64; FlushReason::ALL.len()],
    batch_operations: AtomicU64,
    transactions: AtomicU64,
    retries: AtomicU64,
    round_trips: AtomicU64,
    singles: AtomicU64,
    flushes_lost: AtomicU64,
    stood_in_line: AtomicU64,
    parked_early: AtomicU64,
    parked_missing: AtomicU64,
    cycles: AtomicU64,
    gave_way: AtomicU64,
    latency: HistogramMeter,
    batch_size: HistogramMeter,
    /// A moving average of the latency, in microseconds.
    latency_mean_us: AtomicU64,
}

/// What a caller is told to wait before anything has been measured.
const RETRY_AFTER_MS_DEFAULT: u64 = 100;
/// The weight of the newest value in the moving average: one in so many.
const MEAN_OVER: u64 = 64;

impl Meter {
    pub(crate) fn accepted(&self) {
        add(&self.accepted, 1);
    }

    pub(crate) fn completed(&self, kind: OutcomeKind, elapsed: Duration) {
        let us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        add(&self.outcomes[kind as usize], 1);
        self.latency.record(us);
        let mean = get(&self.latency_mean_us);
        let next = if mean == 0 { us } else { (mean.saturating_mul(MEAN_OVER - 1).saturating_add(us)) / MEAN_OVER };
        self.latency_mean_us.store(next, Ordering::Relaxed);
    }

    pub(crate) fn flush_started(&self, batch: &Batch) {
        add(&self.reasons[batch.reason as usize], 1);
        add(&self.batch_operations, batch.operations.len() as u64);
        self.batch_size.record(batch.operations.len() as u64);
    }

    pub(crate) fn flush_over(&self, stats: Option<&FlushStats>) {
        let Some(stats) = stats else { return add(&self.flushes_lost, 1) };
        add(&self.transactions, stats.transactions);
        add(&self.retries, stats.retries);
        add(&self.round_trips, stats.round_trips);
        add(&self.singles, stats.singles);
    }

    pub(crate) fn counters(&self, counters: Counters) {
        self.stood_in_line.store(counters.stood_in_line, Ordering::Relaxed);
        self.parked_early.store(counters.parked_early, Ordering::Relaxed);
        self.parked_missing.store(counters.parked_missing, Ordering::Relaxed);
        self.cycles.store(counters.cycles, Ordering::Relaxed);
        self.gave_way.store(counters.gave_way, Ordering::Relaxed);
    }

    /// About how long an operation takes at present, which is when a full queue has been worked off.
    pub(crate) fn retry_after_ms(&self) -> u64 {
        match get(&self.latency_mean_us) {
            0 => RETRY_AFTER_MS_DEFAULT,
            us => us.div_ceil(1_000),
        }
    }

    pub(crate) fn snapshot(&self) -> Stats {
        // Completions first: an operation that ends in between is not counted as ended before it was accepted.
        let outcomes = std::array::from_fn(|at| get(&self.outcomes[at]));
        Stats {
            outcomes,
            accepted: get(&self.accepted),
            reasons: std::array::from_fn(|at| get(&self.reasons[at])),
            batch_operations: get(&self.batch_operations),
            transactions: get(&self.transactions),
            retries: get(&self.retries),
            round_trips: get(&self.round_trips),
            singles: get(&self.singles),
            flushes_lost: get(&self.flushes_lost),
            stood_in_line: get(&self.stood_in_line),
            parked_early: get(&self.parked_early),
            parked_missing: get(&self.parked_missing),
            cycles: get(&self.cycles),
            gave_way: get(&self.gave_way),
            latency_us: self.latency.snapshot(),
            batch_size: self.batch_size.snapshot(),
        }
    }
}

/// One writer: no read-modify-write needed.
pub(super) fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}

/// What a counter has come to.
pub(super) fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
