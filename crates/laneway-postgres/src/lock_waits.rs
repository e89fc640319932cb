//! How long a flush waits for a lock, by how long flushes hold theirs. Knows no operations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many flushes in a row may hold a lock before one that waits for it is tried again later.
const FLUSHES_WAITED_FOR: u32 = 5;
/// The longest wait that slow flushes lead to.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Shared by all sessions of a store.
#[derive(Default)]
pub(crate) struct LockWaits {
    /// A moving average of how long flushes hold their locks, in microseconds. `Relaxed`: it stands for nothing else.
    held_us: AtomicU64,
}

impl LockWaits {
    /// A flush has held its locks for so long.
    pub(crate) fn held_for(&self, duration: Duration) {
        let duration = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let mean = self.held_us.load(Ordering::Relaxed);
        let mean = if mean == 0 { duration } else { mean - mean / 8 + duration / 8 };
        self.held_us.store(mean, Ordering::Relaxed);
    }

    /// How long a flush waits for a lock; at least `least`.
    pub(crate) fn patience(&self, least: Duration) -> Duration {
        let mean = Duration::from_micros(self.held_us.load(Ordering::Relaxed));
        mean.saturating_mul(FLUSHES_WAITED_FOR).clamp(least, WAIT_MAX.max(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_millis(250);

    #[test]
    fn a_flush_waits_longer_where_flushes_take_longer() {
        let waits = LockWaits::default();
        assert_eq!(waits.patience(LEAST), LEAST);
        waits.held_for(Duration::from_millis(3));
        assert_eq!(waits.patience(LEAST), LEAST);
        for _ in 0..100 {
            waits.held_for(Duration::from_millis(200));
        }
        assert!(waits.patience(LEAST) > Duration::from_millis(900), "{:?}", waits.patience(LEAST));
        waits.held_for(Duration::from_secs(3_600));
        assert_eq!(waits.patience(LEAST), WAIT_MAX);
        assert_eq!(waits.patience(Duration::from_secs(10)), Duration::from_secs(10));
    }
}
