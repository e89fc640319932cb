//! Times from submission to outcome, in constant memory.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest time that is recorded; longer ones count as this.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Significant digits that are kept of a time.
const DIGITS: u8 = 3;

/// The times of one load.
pub(crate) struct Latencies {
    histogram: Histogram<u64>,
}

/// What half, 95 and 99 of a hundred callers waited at most, in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub(crate) struct Percentiles {
    /// The median.
    pub(crate) p50: f64,
    /// 95 of 100.
    pub(crate) p95: f64,
    /// 99 of 100.
    pub(crate) p99: f64,
}

impl Latencies {
    /// None yet.
    #[expect(clippy::expect_used, reason = "the bounds are constants")]
    pub(crate) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST.as_micros() as u64, DIGITS);
        Self { histogram: histogram.expect("constant bounds are valid") }
    }

    /// Counts one.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.histogram.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    /// The percentiles; all 0 when there was nothing.
    pub(crate) fn percentiles(&self) -> Percentiles {
        let at = |quantile| self.histogram.value_at_quantile(quantile) as f64 / 1_000.0;
        Percentiles { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_milliseconds() {
        let mut latencies = Latencies::new();
        assert_eq!(latencies.percentiles(), Percentiles { p50: 0.0, p95: 0.0, p99: 0.0 });
        (1..=100).for_each(|ms| latencies.record(Duration::from_millis(ms)));
        let got = latencies.percentiles();
        for (got, wanted) in [(got.p50, 50.0), (got.p95, 95.0), (got.p99, 99.0)] {
            assert!((got / wanted - 1.0).abs() < 0.002, "{got} instead of {wanted}");
        }
        latencies.record(Duration::MAX);
        assert!(latencies.percentiles().p50 > 0.0);
    }
}
