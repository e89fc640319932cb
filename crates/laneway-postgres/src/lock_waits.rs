//! How long a flush waits for a lock, by how long flushes hold theirs: those before, and those under way. Knows what an operation
//! is only as something that takes time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many flushes in a row may hold a lock before one that waits for it is tried again later.
const FLUSHES_WAITED_FOR: u32 = 5;
/// The longest wait that slow flushes lead to.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Shared by all sessions of a store.
#[derive(Default)]
pub(crate) struct LockWaits {
    /// How long a flush holds its locks.
    flush: Mean,
    /// The same, divided by its operations.
    operation: Mean,
    flushes: Arc<Mutex<Flushes>>,
}

/// A moving average of microseconds. `Relaxed`: it stands for nothing else.
#[derive(Default)]
struct Mean(AtomicU64);

impl Mean {
    fn add(&self, duration: Duration) {
        let duration = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let mean = self.0.load(Ordering::Relaxed);
        let mean = if mean == 0 { duration } else { mean - mean / 8 + duration / 8 };
        self.0.store(mean, Ordering::Relaxed);
    }

    fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// A flush that takes locks, or holds some.
struct UnderWay {
    number: u64,
    operations: u32,
    /// Since when it holds all of them. What it waits for itself is not its own time.
    locked_at: Option<Instant>,
}

/// Flushes under way, and the number of the next.
#[derive(Default)]
struct Flushes {
    all: Vec<UnderWay>,
    next: u64,
}

/// Marks a flush as being under way, until it is dropped.
pub(crate) struct Holder {
    number: u64,
    flushes: Arc<Mutex<Flushes>>,
}

impl LockWaits {
    /// A flush of so many operations begins to take locks.
    pub(crate) fn begin(&self, operations: usize) -> Holder {
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        let mut flushes = lock(&self.flushes);
        let number = flushes.next;
        flushes.next += 1;
        flushes.all.push(UnderWay { number, operations, locked_at: None });
        Holder { number, flushes: Arc::clone(&self.flushes) }
    }

    /// Learns from a flush that has committed how long locks are held.
    pub(crate) fn committed(&self, holder: &Holder) {
        let flushes = lock(&self.flushes);
        let Some(flush) = flushes.all.iter().find(|flush| flush.number == holder.number) else { return };
        if let Some(locked_at) = flush.locked_at {
            self.flush.add(locked_at.elapsed());
            self.operation.add(locked_at.elapsed() / flush.operations.max(1));
        }
    }

    /// How long a flush waits for a lock; at least `least`.
    ///
    /// Batches grow at once where many operations arrive, the averages do not: so those under way are reckoned by their size, and
    /// by how long they have held their locks already.
    pub(crate) fn patience(&self, least: Duration) -> Duration {
        let each = self.operation.get();
        let expected = |flush: &UnderWay| {
            let held = flush.locked_at.map_or(Duration::ZERO, |locked_at| locked_at.elapsed());
            each.saturating_mul(flush.operations).max(held)
        };
        let under_way = lock(&self.flushes).all.iter().map(expected).max().unwrap_or_default();
        self.flush.get().max(under_way).saturating_mul(FLUSHES_WAITED_FOR).clamp(least, WAIT_MAX.max(least))
    }
}

impl Holder {
    /// The flush holds all its locks now.
    pub(crate) fn locked(&self) {
        let mut flushes = lock(&self.flushes);
        if let Some(flush) = flushes.all.iter_mut().find(|flush| flush.number == self.number) {
            flush.locked_at = Some(Instant::now());
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        lock(&self.flushes).all.retain(|flush| flush.number != self.number);
    }
}

fn lock(flushes: &Mutex<Flushes>) -> MutexGuard<'_, Flushes> {
    flushes.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_millis(250);

    /// A flush that holds its locks for so long, and commits.
    async fn flush(waits: &LockWaits, operations: usize, held: Duration) {
        let holder = waits.begin(operations);
        holder.locked();
        tokio::time::advance(held).await;
        waits.committed(&holder);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flush_waits_longer_where_flushes_take_longer() {
        let waits = LockWaits::default();
        assert_eq!(waits.patience(LEAST), LEAST);
        flush(&waits, 1, Duration::from_millis(3)).await;
        assert_eq!(waits.patience(LEAST), LEAST);
        for _ in 0..100 {
            flush(&waits, 64, Duration::from_millis(200)).await;
        }
        assert!(waits.patience(LEAST) > Duration::from_millis(900), "{:?}", waits.patience(LEAST));
        flush(&waits, 64, Duration::from_secs(3_600)).await;
        assert_eq!(waits.patience(LEAST), WAIT_MAX);
        assert_eq!(waits.patience(Duration::from_secs(10)), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flush_waits_longer_beside_one_that_is_larger_than_those_before() {
        let waits = LockWaits::default();
        for _ in 0..100 {
            flush(&waits, 10, Duration::from_millis(10)).await;
        }
        assert_eq!(waits.patience(LEAST), LEAST);
        let large = waits.begin(600);
        assert_eq!(waits.patience(LEAST), Duration::from_secs(3));
        drop(large);
        assert_eq!(waits.patience(LEAST), LEAST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flush_waits_longer_beside_one_that_takes_longer_than_expected() {
        let waits = LockWaits::default();
        let slow = waits.begin(1);
        // For a lock itself: that is another's time.
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(waits.patience(LEAST), LEAST);
        slow.locked();
        tokio::time::advance(Duration::from_millis(400)).await;
        assert_eq!(waits.patience(LEAST), Duration::from_secs(2));
        drop(slow);
        assert_eq!(waits.patience(LEAST), LEAST);
    }
}
