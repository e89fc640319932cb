//! An outage of the store: while no connection can be had, one flush asks for one after growing pauses, and all others
//! wait for it. How often a server that refuses is asked, the store knows. Knows no operations.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::store::{Store, StoreError, StoreErrorKind};
use crate::wait::Wait;

/// The first pause between two attempts; each further one doubles. Short: most outages are a restart's first moments.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// The longest pause: a server may come back at any moment.
const PAUSE_MAX: Duration = Duration::from_millis(500);
/// How often an outage that lasts is reported.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Whether connections can be had, shared by all flushes of a store.
#[derive(Debug)]
pub(super) struct Outage {
    /// Those who wait go on when it ends, in the order in which they came.
    over: Notify,
    /// Held by the flush that asks for a connection during an outage.
    prober: AsyncMutex<()>,
    /// What is known about it, while it lasts. Locked for a moment at a time, never across an await.
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    since: Instant,
    attempts: u32,
    /// The last attempt. The pause is counted from here, not from when one comes to wait for it: callers of little patience would
    /// all have gone before any has asked.
    tried: Instant,
    error: StoreError,
    reported: Option<Instant>,
}

impl Outage {
    pub(super) fn new() -> Self {
        Self { over: Notify::new(), prober: AsyncMutex::new(()), state: Mutex::new(None) }
    }

    /// A session, as soon as one can be had.
    ///
    /// # Errors
    /// What kept the store from giving one, at `until` or where waiting does not help.
    pub(super) async fn session<S: Store>(&self, store: &S, until: Instant) -> Result<S::Session, StoreError> {
        loop {
            // Taken before the look: it counts from here on, so that no end is missed in between.
            let over = self.over.notified();
            if !self.lasts() {
                match timeout_at(until, store.session()).await {
                    Ok(Err(error)) if ends_by_itself(error.kind()) => self.failed(error),
                    Ok(result) => return result,
                    Err(_) => return Err(self.unavailable()),
                }
                continue;
            }
            // Biased, so that equal moments make equal choices.
            tokio::select! {
                biased;
                () = over => {}
                probed = self.probe(store) => match probed {
                    Some(Err(error)) if ends_by_itself(error.kind()) => self.failed(error),
                    Some(result) => return result,
                    None => {}
                },
                () = sleep_until(until) => return Err(self.unavailable()),
            }
        }
    }

    /// Asks for a session after the pause, alone; `None`: meanwhile the outage was over.
    async fn probe<S: Store>(&self, store: &S) -> Option<Result<S::Session, StoreError>> {
        let _alone = self.prober.lock().await;
        let next = self.state.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(State::next_attempt)?;
        sleep_until(next).await;
        let result = store.session().await;
        if !result.as_ref().is_err_and(|error| ends_by_itself(error.kind())) {
            self.over();
        }
        Some(result)
    }

    fn lasts(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn failed(&self, error: StoreError) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let first = || State { since: now, attempts: 0, tried: now, error: error.clone(), reported: None };
        let state = state.get_or_insert_with(first);
        state.attempts += 1;
        state.tried = now;
        state.error = error;
        if state.reported.is_none_or(|at| at + REPORT_EVERY <= now) {
            state.reported = Some(now);
            tracing::warn!(kind = state.error.kind().as_str(), "the store {}", state.wait());
        }
    }

    fn over(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(State { since, .. }) = state {
            tracing::info!(milliseconds = since.elapsed().as_millis(), "the database can be used again");
        }
        self.over.notify_waiters();
    }

    /// What everything waits for, while it does.
    pub(super) fn wait(&self) -> Option<Wait> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(State::wait)
    }

    /// Why there is no session now.
    fn unavailable(&self) -> StoreError {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let error = state.as_ref().map(|state| state.error.clone());
        error.unwrap_or_else(|| StoreError::new(StoreErrorKind::Unavailable, "no connection became free in time"))
    }
}

impl State {
    fn wait(&self) -> Wait {
        Wait::new(format!("waits for the database: {}", self.error), self.since)
    }

    fn next_attempt(&self) -> Instant {
        self.tried + PAUSE_FIRST.saturating_mul(1 << self.attempts.saturating_sub(1).min(16)).min(PAUSE_MAX)
    }
}

/// Whether what kept a store from giving a session may be over later.
fn ends_by_itself(kind: StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Connection | StoreErrorKind::Unavailable | StoreErrorKind::LoginRefused)
}
