//! Values counted in buckets that grow with the value: what quantiles are read from. Knows no units.
//!
//! Written by hand because it is recorded for every completion and read by other threads: `hdrhistogram` needs a lock
//! for that, or a channel and a thread that merges (its `sync` module); these are relaxed stores of one writer.

use super::counter::Counter;

/// How many buckets a doubling of the value is divided into: quantiles are exact to an eighth.
const BUCKETS_PER_DOUBLING: usize = 8;
/// Buckets up to 2^40: twelve days in microseconds.
const BUCKETS: usize = 38 * BUCKETS_PER_DOUBLING;

/// Values counted in buckets that grow with the value.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
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

/// A histogram in the making.
#[derive(Debug)]
pub(super) struct HistogramMeter {
    counts: [Counter; BUCKETS],
    sum: Counter,
}

impl Default for HistogramMeter {
    fn default() -> Self {
        Self { counts: [const { Counter::new() }; BUCKETS], sum: Counter::default() }
    }
}

impl HistogramMeter {
    pub(super) fn record(&self, value: u64) {
        self.counts[bucket_of(value)].add(1);
        self.sum.add(value);
    }

    pub(super) fn snapshot(&self) -> Histogram {
        Histogram { counts: self.counts.iter().map(Counter::get).collect(), sum: self.sum.get() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
