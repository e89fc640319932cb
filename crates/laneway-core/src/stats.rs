//! What a runtime counts: a snapshot for callers, and the meter that it is read from. One task writes the meter, so
//! plain relaxed stores do; anyone may read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use laneway_model::OutcomeKind;

use crate::dispatcher::Counters;
use crate::{Batch, FlushReason, FlushStats};

/// What a runtime has done since it was started, and what it holds now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stats {
    /// Operations accepted.
    pub accepted: u64,
    /// Operations completed, by outcome, in the order of [`OutcomeKind::ALL`].
    pub outcomes: [u64; OutcomeKind::ALL.len()],
    /// Flushes started, by reason, in the order of [`FlushReason::ALL`].
    pub reasons: [u64; FlushReason::ALL.len()],
    /// Operations carried by those flushes; one that is flushed again counts again.
    pub batch_operations: u64,
    /// Transactions begun.
    pub transactions: u64,
    /// Transactions repeated after a failure.
    pub retries: u64,
    /// Times that the executor waited for the server.
    pub round_trips: u64,
    /// Operations that went by the single path although batched.
    pub singles: u64,
    /// Flushes that broke off.
    pub flushes_lost: u64,
    /// Operations that stood in line for an identity.
    pub stood_in_line: u64,
    /// Operations that waited, before a flush, for one that they refer to.
    pub parked_early: u64,
    /// Operations that a flush found to miss a reference that was in flight, each time.
    pub parked_missing: u64,
    /// Cycles of references cut as one.
    pub cycles: u64,
    /// Operations that stopped waiting because of who stood in line behind them.
    pub gave_way: u64,
    /// From acceptance to completion, in microseconds.
    pub latency_us: Histogram,
    /// Operations a flush.
    pub batch_size: Histogram,
}

impl Stats {
    /// Operations completed.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// Operations accepted and not completed.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.accepted.saturating_sub(self.completed())
    }

    /// Flushes started.
    #[must_use]
    pub fn flushes(&self) -> u64 {
        self.reasons.iter().sum()
    }

    /// How many operations ended so.
    #[must_use]
    pub fn outcome(&self, kind: OutcomeKind) -> u64 {
        self.outcomes[kind as usize]
    }

    /// How many flushes were cut for this reason.
    #[must_use]
    pub fn reason(&self, reason: FlushReason) -> u64 {
        self.reasons[reason as usize]
    }
}

/// How many buckets a doubling of the value is divided into: quantiles are exact to an eighth.
const BUCKETS_PER_DOUBLING: usize = 8;
/// Buckets up to 2^40: twelve days in microseconds.
const BUCKETS: usize = 38 * BUCKETS_PER_DOUBLING;

/// Values counted in buckets that grow with the value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    sum: u64,
}

impl Histogram {
    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of the values.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The mean of the values; 0 when there are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
    pub fn mean(&self) -> f64 {
        if self.count() == 0 { 0.0 } else { self.sum as f64 / self.count() as f64 }
    }

    /// The value that the share `quantile` (0 to 1) of the values does not exceed, rounded up by an eighth at most;
    /// 0 when there are none.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^52, the share is clamped"
    )]
    pub fn quantile(&self, quantile: f64) -> u64 {
        let rank = ((self.count() as f64 * quantile.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return bucket_end(bucket);
            }
        }
        0
    }
}

/// Values up to 8 have a bucket each; above, eight buckets share a doubling.
fn bucket_of(value: u64) -> usize {
    let value = usize::try_from(value).unwrap_or(usize::MAX);
    if value < BUCKETS_PER_DOUBLING {
        return value;
    }
    let doubling = value.ilog2() as usize - BUCKETS_PER_DOUBLING.ilog2() as usize;
    let bucket = (doubling + 1) * BUCKETS_PER_DOUBLING + (value >> doubling) - BUCKETS_PER_DOUBLING;
    bucket.min(BUCKETS - 1)
}

/// The largest value of a bucket.
fn bucket_end(bucket: usize) -> u64 {
    if bucket < BUCKETS_PER_DOUBLING {
        return bucket as u64;
    }
    let doubling = bucket / BUCKETS_PER_DOUBLING - 1;
    (((bucket % BUCKETS_PER_DOUBLING + BUCKETS_PER_DOUBLING + 1) as u64) << doubling) - 1
}

#[derive(Debug)]
struct HistogramMeter {
    counts: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

impl Default for HistogramMeter {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; BUCKETS], sum: AtomicU64::new(0) }
    }
}

impl HistogramMeter {
    fn record(&self, value: u64) {
        add(&self.counts[bucket_of(value)], 1);
        add(&self.sum, value);
    }

    fn snapshot(&self) -> Histogram {
        Histogram { counts: self.counts.iter().map(get).collect(), sum: get(&self.sum) }
    }
}

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
fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_orders_of_all_are_those_of_the_declarations() {
        assert!(OutcomeKind::ALL.iter().enumerate().all(|(at, kind)| *kind as usize == at));
        assert!(FlushReason::ALL.iter().enumerate().all(|(at, reason)| *reason as usize == at));
    }

    proptest! {
        #[test]
        fn a_bucket_holds_its_value_and_little_more(value in 0u64..1 << 40) {
            let bucket = bucket_of(value);
            let end = bucket_end(bucket);
            prop_assert!(end >= value && end - value <= value / 8);
            prop_assert!(bucket == 0 || bucket_end(bucket - 1) < value);
        }

        #[test]
        fn quantiles_agree_with_sorting(mut values in proptest::collection::vec(0u64..1_000_000, 1..200), quantile in 0.0f64..=1.0) {
            let meter = HistogramMeter::default();
            values.iter().for_each(|value| meter.record(*value));
            values.sort_unstable();
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let rank = ((values.len() as f64 * quantile).ceil() as usize).max(1);
            prop_assert_eq!(meter.snapshot().quantile(quantile), bucket_end(bucket_of(values[rank - 1])));
        }
    }
}
