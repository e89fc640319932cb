//! How many connections the server grants: fewer than wanted where a role, a database or the whole server has a limit.
//! Knows no connections, only how many there may be.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How often one more connection than was granted last is asked for.
const GROW_EVERY: Duration = Duration::from_secs(10);

/// Permits for connections: as many as are wanted, or as the server was found to grant.
#[derive(Debug)]
pub(crate) struct Grants {
    permits: Arc<Semaphore>,
    wanted: usize,
    /// Locked for a moment at a time, when a connection is asked for.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    granted: usize,
    changed: Instant,
}

impl Grants {
    pub(crate) fn new(wanted: usize) -> Self {
        let state = Mutex::new(State { granted: wanted, changed: Instant::now() });
        Self { permits: Arc::new(Semaphore::new(wanted)), wanted, state }
    }

    /// Waits for a permit, first come, first served.
    pub(crate) async fn acquire(&self) -> OwnedSemaphorePermit {
        self.grow();
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        permit.expect("the semaphore is never closed")
    }

    /// The server refused the connection that `permit` was for. Whether others may go on with fewer; if not, this was the
    /// last one.
    pub(crate) fn refused(&self, permit: OwnedSemaphorePermit) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.granted <= 1 {
            return false;
        }
        state.granted -= 1;
        state.changed = Instant::now();
        permit.forget();
        tracing::info!(
            granted = state.granted,
            wanted = self.wanted,
            "the server grants fewer connections than wanted"
        );
        true
    }

    /// Now and then one more is tried: what held the others may have ended.
    fn grow(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.granted < self.wanted && state.changed.elapsed() >= GROW_EVERY {
            state.granted += 1;
            state.changed = Instant::now();
            self.permits.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn refusals_shrink_to_one_and_time_grows_back() {
        let grants = Grants::new(3);
        let mut held = vec![grants.acquire().await, grants.acquire().await, grants.acquire().await];
        assert!(grants.refused(held.pop().unwrap()));
        assert!(grants.refused(held.pop().unwrap()));
        assert!(!grants.refused(held.pop().unwrap()), "one always stays");
        let one = grants.acquire().await;
        assert_eq!(grants.permits.available_permits(), 0);
        tokio::time::advance(GROW_EVERY).await;
        let _two = grants.acquire().await;
        tokio::time::advance(GROW_EVERY).await;
        let _three = grants.acquire().await;
        drop(one);
        tokio::time::advance(GROW_EVERY).await;
        let _again = grants.acquire().await;
        assert_eq!(grants.permits.available_permits(), 0, "never more than wanted");
    }
}
