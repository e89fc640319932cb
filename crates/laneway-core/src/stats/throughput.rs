//! How many operations complete a second at present: one task counts, any thread reads. Knows no operations.

use super::counter::Counter;

/// How long a window is: many batches, and short enough to follow what the database takes.
const WINDOW_US: u64 = 1_000_000;

/// Counts completions in two windows, of which the older one is whole. Times are microseconds since the meter's epoch.
#[derive(Default, Debug)]
pub(super) struct Throughput {
    older_since: Counter,
    older_count: Counter,
    since: Counter,
    count: Counter,
}

impl Throughput {
    /// Work begins where there was none: the time without says nothing of how fast it goes.
    pub(super) fn restart(&self, now_us: u64) {
        self.older_since.set(now_us);
        self.older_count.set(0);
        self.since.set(now_us);
        self.count.set(0);
    }

    /// So many have completed.
    pub(super) fn completed(&self, count: u64, now_us: u64) {
        if now_us.saturating_sub(self.since.get()) >= WINDOW_US {
            self.older_since.set(self.since.get());
            self.older_count.set(self.count.get());
            self.since.set(now_us);
            self.count.set(0);
        }
        self.count.add(count);
    }

    /// How long `pending` operations take to complete; `None`: nothing has completed of late. The time since the last
    /// completion counts too: what stands still takes longer and longer.
    pub(super) fn time_for_us(&self, pending: u64, now_us: u64) -> Option<u64> {
        let completed = self.older_count.get() + self.count.get();
        let elapsed = now_us.saturating_sub(self.older_since.get());
        pending.saturating_mul(elapsed).checked_div(completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    /// Completes so many a second, in ten groups a second.
    fn completing(throughput: &Throughput, a_second: u64, seconds: std::ops::Range<u64>) {
        for tenth in seconds.start * 10..seconds.end * 10 {
            throughput.completed(a_second / 10, tenth * SECOND / 10);
        }
    }

    #[test]
    fn what_is_pending_takes_as_long_as_completions_go_on() {
        let throughput = Throughput::default();
        throughput.restart(0);
        assert_eq!(throughput.time_for_us(1_000, SECOND), None);
        completing(&throughput, 1_000, 0..10);
        let after = |seconds| throughput.time_for_us(8_000, seconds * SECOND).unwrap() as f64 / SECOND as f64;
        assert!((7.0..9.0).contains(&after(10)), "{}", after(10));
        completing(&throughput, 100, 10..14);
        assert!((70.0..90.0).contains(&after(14)), "it follows within two windows: {}", after(14));
    }

    #[test]
    fn what_stands_still_takes_longer_and_longer() {
        let throughput = Throughput::default();
        throughput.restart(0);
        completing(&throughput, 1_000, 0..3);
        let (soon, later) = (throughput.time_for_us(100, 4 * SECOND), throughput.time_for_us(100, 30 * SECOND));
        assert!(soon < later, "{soon:?} {later:?}");
    }

    #[test]
    fn time_without_work_does_not_count() {
        let throughput = Throughput::default();
        throughput.restart(0);
        completing(&throughput, 1_000, 0..3);
        throughput.restart(3_600 * SECOND);
        assert_eq!(throughput.time_for_us(1_000, 3_600 * SECOND), None);
        completing(&throughput, 1_000, 3_600..3_603);
        let took = throughput.time_for_us(1_000, 3_603 * SECOND).unwrap();
        assert!((SECOND * 9 / 10..SECOND * 12 / 10).contains(&took), "{took}");
    }
}
