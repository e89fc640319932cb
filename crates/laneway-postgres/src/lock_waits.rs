//! How long a flush waits for a lock, by how long flushes hold theirs; and who holds one that is waited for in vain.
//! Knows no operations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;
use tokio_postgres::{Client, Error};

/// How many flushes in a row may hold a lock before one that waits for it is tried again later.
const FLUSHES_WAITED_FOR: u32 = 5;
/// The longest wait that slow flushes lead to.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// How long after a lock was waited for in vain those who wait are looked at.
const WATCHED_FOR: Duration = Duration::from_secs(2);
/// How often a holder is reported.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Shared by all sessions of a store.
#[derive(Default)]
pub(crate) struct LockWaits {
    /// A moving average of how long flushes hold their locks, in microseconds. `Relaxed`: it stands for nothing else.
    held_us: AtomicU64,
    /// When a lock was last waited for in vain, and when a holder was last reported. Locked for a moment at a time.
    last: Mutex<Last>,
    /// The connection on which is asked who holds a lock, while there are such.
    watcher: AsyncMutex<Option<Client>>,
}

#[derive(Default)]
struct Last {
    ran_out: Option<Instant>,
    reported: Option<Instant>,
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

    /// A lock was waited for in vain.
    pub(crate) fn ran_out(&self) {
        self.last().ran_out = Some(Instant::now());
    }

    /// Whether a lock may be held for long whose holder is to be reported now.
    pub(crate) fn is_report_due(&self) -> bool {
        let now = Instant::now();
        let last = self.last();
        let is_watched = last.ran_out.is_some_and(|at| now < at + WATCHED_FOR);
        is_watched && last.reported.is_none_or(|at| at + REPORT_EVERY <= now)
    }

    /// Reports who holds the lock that the server's process `pid` waits for, if it still does.
    pub(crate) async fn report_holder(&self, pid: i32, connect: impl AsyncFnOnce() -> Option<Client>) {
        // Another look is under way.
        let Ok(mut watcher) = self.watcher.try_lock() else { return };
        let client = match watcher.take() {
            Some(client) => Some(client),
            None => connect().await,
        };
        let Some(client) = client else { return };
        // Kept while there is something to report, so that the next report need not wait for a connection.
        if let Ok(true) = report(&client, pid).await {
            self.last().reported = Some(Instant::now());
            *watcher = Some(client);
        }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the process waits for another, which is reported.
async fn report(client: &Client, pid: i32) -> Result<bool, Error> {
    let Some(row) = client.query_opt(include_str!("../queries/flush/lock_holder.sql"), &[&pid]).await? else {
        return Ok(false);
    };
    let (process, application, role): (i32, &str, &str) =
        (row.try_get("pid")?, row.try_get("application")?, row.try_get("role")?);
    let (seconds, relation): (Option<f64>, Option<&str>) = (row.try_get("seconds")?, row.try_get("relation")?);
    let seconds = seconds.map(|seconds| seconds.round());
    tracing::warn!(
        process,
        application,
        role,
        seconds,
        relation,
        "another session holds a lock that documents need; they are set aside until it is released"
    );
    Ok(true)
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

    #[tokio::test(start_paused = true)]
    async fn a_holder_is_looked_for_only_after_a_lock_was_waited_for_in_vain() {
        let waits = LockWaits::default();
        assert!(!waits.is_report_due());
        waits.ran_out();
        assert!(waits.is_report_due());
        tokio::time::advance(WATCHED_FOR).await;
        assert!(!waits.is_report_due());
    }
}
