//! How many connections the server grants: fewer than wanted where a role, a database or the whole server has a limit.
//! Knows no connections, only how many there may be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// More than any server takes (PostgreSQL's `MAX_BACKENDS`); a pool sets aside room for as many as may be wanted.
const CONNECTIONS_MAX: usize = (1 << 18) - 1;
/// How often one more connection than was granted last is asked for.
const GROW_EVERY: Duration = Duration::from_secs(10);

/// Permits for connections: as many as are wanted, or as the server was found to grant.
#[derive(Debug)]
pub(crate) struct Grants {
    permits: Arc<Semaphore>,
    /// Locked for a moment at a time, when a connection is asked for or given back.
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    wanted: usize,
    granted: usize,
    /// How many are in use.
    used: usize,
    changed: Instant,
}

/// A permit to ask for a connection.
#[derive(Debug)]
pub(crate) struct Permit {
    permit: OwnedSemaphorePermit,
    state: Arc<Mutex<State>>,
}

/// A connection that the server has granted, in use until it is dropped.
#[derive(Debug)]
pub(crate) struct Granted {
    _permit: OwnedSemaphorePermit,
    state: Arc<Mutex<State>>,
}

impl Grants {
    pub(crate) fn new(wanted: usize) -> Self {
        let wanted = wanted.min(CONNECTIONS_MAX);
        let state = State { wanted, granted: wanted, used: 0, changed: Instant::now() };
        Self { permits: Arc::new(Semaphore::new(wanted)), state: Arc::new(Mutex::new(state)) }
    }

    /// Has as many wanted at least; `grow` gets how many, where those are more than before.
    pub(crate) fn want(&self, wanted: usize, grow: impl FnOnce(usize)) {
        let wanted = wanted.min(CONNECTIONS_MAX);
        let mut state = lock(&self.state);
        if wanted <= state.wanted {
            return;
        }
        grow(wanted);
        // A server that has granted fewer is asked for more now and then.
        if state.granted == state.wanted {
            self.permits.add_permits(wanted - state.granted);
            state.granted = wanted;
        }
        state.wanted = wanted;
    }

    /// How many are wanted.
    pub(crate) fn wanted(&self) -> usize {
        lock(&self.state).wanted
    }

    /// Waits for a permit, first come, first served.
    pub(crate) async fn acquire(&self) -> Permit {
        self.grow();
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        Permit { permit: permit.expect("the semaphore is never closed"), state: Arc::clone(&self.state) }
    }

    /// The server refused the connection that `permit` was for. Whether others may go on with those that are in use; if not,
    /// there is none.
    pub(crate) fn refused(&self, permit: Permit) -> bool {
        let mut state = lock(&self.state);
        if state.used == 0 {
            return false;
        }
        // Those who ask at this moment too will be refused, or use one more than are in use now.
        let spare = state.granted.saturating_sub(state.used + 1);
        state.granted -= self.permits.forget_permits(spare) + 1;
        state.changed = Instant::now();
        permit.permit.forget();
        let (granted, wanted) = (state.granted, state.wanted);
        tracing::info!(granted, wanted, "the server grants fewer connections than wanted");
        true
    }

    /// Now and then one more is tried: what held the others may have ended.
    fn grow(&self) {
        let mut state = lock(&self.state);
        if state.granted < state.wanted && state.changed.elapsed() >= GROW_EVERY {
            state.granted += 1;
            state.changed = Instant::now();
            self.permits.add_permits(1);
        }
    }
}

impl Permit {
    /// There is a connection, which is in use from now on.
    pub(crate) fn used(self) -> Granted {
        lock(&self.state).used += 1;
        Granted { _permit: self.permit, state: self.state }
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        lock(&self.state).used -= 1;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn refusals_shrink_to_those_in_use_and_time_grows_back() {
        let grants = Grants::new(4);
        let one = grants.acquire().await.used();
        assert!(grants.refused(grants.acquire().await));
        assert_eq!(grants.permits.available_permits(), 0, "the one in use is all there is");
        drop(one);
        let one = grants.acquire().await.used();
        for _ in 0..3 {
            tokio::time::advance(GROW_EVERY).await;
            std::mem::forget(grants.acquire().await.used());
        }
        tokio::time::advance(GROW_EVERY).await;
        drop(one);
        let _again = grants.acquire().await;
        assert_eq!(grants.permits.available_permits(), 0, "never more than wanted");
    }

    /// As while a server starts: then one connection a time would be left for long after.
    #[tokio::test]
    async fn a_refusal_while_none_is_in_use_says_nothing_of_how_many_there_may_be() {
        let grants = Grants::new(3);
        for _ in 0..9 {
            assert!(!grants.refused(grants.acquire().await));
        }
        assert_eq!(grants.permits.available_permits(), 3);
    }

    #[tokio::test]
    async fn more_are_wanted_when_limits_rise_and_the_pool_grows_with_them() {
        let grants = Grants::new(2);
        let mut grown = Vec::new();
        for wanted in [5, 3, 5, 6, usize::MAX] {
            grants.want(wanted, |wanted| grown.push(wanted));
        }
        assert_eq!((grown, grants.permits.available_permits()), (vec![5, 6, CONNECTIONS_MAX], CONNECTIONS_MAX));
    }
}
