//! Logins: side by side while they succeed; after a failure, or the loss of a connection, one by one until one succeeds, and
//! with growing pauses while they are refused. Servers count failed logins, and lock accounts for them. Knows nothing of what
//! the connections are for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use laneway_core::store::{StoreError, StoreErrorKind};
use laneway_pgconfig::Config;
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_postgres::Client;

use crate::error::connect_error;

/// The first pause after a refused login, and the longest; each further refusal doubles it.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// All logins of a store.
pub(crate) struct Logins {
    config: Config,
    turns: Turns,
}

impl Logins {
    pub(crate) fn of(config: &Config) -> Arc<Self> {
        Arc::new(Self { config: config.clone(), turns: Turns::default() })
    }

    /// Where they go.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// A connection, driven by a task until the client is dropped.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        Ok(self.connect_with_task().await?.0)
    }

    /// A connection, and the task that drives it: aborting that closes the connection at once.
    pub(crate) async fn connect_with_task(&self) -> Result<(Client, JoinHandle<()>), StoreError> {
        let login = async || self.config.connect_with_task().await.map_err(|error| connect_error(&error));
        self.turns.take(login).await
    }

    /// A connection was lost: why, the next login finds out.
    pub(crate) fn lost(&self) {
        self.turns.state().succeed = false;
    }
}

/// Who may log in, and when.
#[derive(Default)]
struct Turns {
    /// Held from a turn to the login's end.
    alone: AsyncMutex<()>,
    /// Locked for a moment at a time.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether the last login succeeded, and no connection was lost since.
    succeed: bool,
    refused: u32,
    /// Not before; `None`: at once.
    next: Option<Instant>,
}

impl Turns {
    async fn take<T>(&self, login: impl AsyncFnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let alone = if self.state().succeed { None } else { Some(self.alone.lock().await) };
        let (succeed, next) = {
            let state = self.state();
            (state.succeed, state.next)
        };
        // That of another may have succeeded meanwhile: no turn is needed any more.
        let _alone = alone.filter(|_| !succeed);
        if let Some(next) = next {
            sleep_until(next).await;
        }
        let result = login().await;
        self.state().note(result.as_ref().err());
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, error: Option<&StoreError>) {
        self.succeed = error.is_none();
        if error.is_some_and(|error| error.kind() == StoreErrorKind::LoginRefused) {
            self.next = Some(Instant::now() + PAUSE_FIRST.saturating_mul(1 << self.refused.min(16)).min(PAUSE_MAX));
            self.refused += 1;
        } else {
            (self.refused, self.next) = (0, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    const LOGIN: Duration = Duration::from_millis(100);

    /// When logins began in turns, each refused until so many have been.
    async fn logins(turns: &Turns, count: usize, refused: usize) -> Vec<Duration> {
        let (started, begun) = (Instant::now(), Mutex::new(Vec::new()));
        let login = async || {
            let number = {
                let mut begun = begun.lock().unwrap();
                begun.push(started.elapsed());
                begun.len()
            };
            sleep(LOGIN).await;
            if number > refused { Ok(()) } else { Err(StoreError::new(StoreErrorKind::LoginRefused, "refused")) }
        };
        join_all((0..count).map(async |_| while turns.take(login).await.is_err() {})).await;
        begun.into_inner().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn refused_logins_are_a_second_apart_and_more_however_many_want_one() {
        let begun = logins(&Turns::default(), 5, 5).await;
        let apart: Vec<u64> = begun.windows(2).map(|two| (two[1] - two[0]).as_secs()).collect();
        // The sixth succeeds, and the other four need no turn any more.
        assert_eq!(apart, [1, 2, 4, 5, 5, 0, 0, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn logins_that_succeed_are_side_by_side_but_the_first_and_that_after_a_loss() {
        let turns = Turns::default();
        let begun = logins(&turns, 3, 0).await;
        assert_eq!(begun, [Duration::ZERO, LOGIN, LOGIN]);
        assert_eq!(logins(&turns, 3, 0).await, [Duration::ZERO; 3]);
        turns.state().succeed = false;
        assert_eq!(logins(&turns, 3, 0).await, [Duration::ZERO, LOGIN, LOGIN]);
    }
}
