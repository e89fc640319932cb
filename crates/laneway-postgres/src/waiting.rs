//! What flushes wait for while their server does not answer (a lock and its holder, a standby): asked on another connection,
//! logged, and kept for the store's health. Changes nothing about a flush, which its bounds end.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use laneway_core::Wait;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, Error, Row};

use crate::logins::Logins;

/// How long an answer may take before it is looked for what it waits for: several times what a large flush takes.
const QUIET_MAX: Duration = Duration::from_secs(2);
/// The same while locks are waited for in vain: less than a flush waits for one.
const QUIET_MAX_LOCKED: Duration = Duration::from_millis(100);
/// How long after a lock was waited for in vain the shorter one holds.
const LOCKED_FOR: Duration = Duration::from_secs(2);
/// How often a store looks, whatever number of its flushes wait.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long one look may take.
const LOOK_MAX: Duration = Duration::from_secs(4);
/// How long what was seen counts, and the connection is kept from which it was: what stands aside is tried again, and seen
/// waiting again, more often.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// What the flushes of one store are known to wait for.
pub(crate) struct Waits {
    logins: Arc<Logins>,
    /// Locked for a moment at a time, by flushes that wait and by readers.
    state: Mutex<State>,
    /// The connection from which is looked, while there is something to see; locked during a look.
    watcher: AsyncMutex<Option<Client>>,
}

#[derive(Default)]
struct State {
    /// When a lock was last waited for in vain.
    ran_out: Option<Instant>,
    looked: Option<Instant>,
    seen: Option<(Wait, Instant)>,
}

/// Which process of the server a flush waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backend {
    pub(crate) process: i32,
    /// The transaction's id, once it is known.
    pub(crate) transaction: Option<i64>,
}

impl Waits {
    /// Of a store of this database: nothing yet.
    pub(crate) fn of(logins: &Arc<Logins>) -> Arc<Self> {
        Arc::new(Self { logins: Arc::clone(logins), state: Mutex::default(), watcher: AsyncMutex::default() })
    }

    /// Nothing that was seen holds any more: no connection can be had, for another reason.
    pub(crate) fn forget(&self) {
        self.state().seen = None;
    }

    /// A lock was waited for in vain.
    pub(crate) fn ran_out(&self) {
        self.state().ran_out = Some(Instant::now());
    }

    /// What is waited for, as far as it was seen lately.
    pub(crate) fn current(&self) -> Option<Wait> {
        let state = self.state();
        let (wait, seen) = state.seen.as_ref()?;
        (seen.elapsed() < KEPT_FOR).then(|| wait.clone())
    }

    /// Whether it is time for a look, by this caller, whose flush has waited since then.
    fn take_turn(&self, since: Instant) -> bool {
        let mut state = self.state();
        let is_locked = state.ran_out.is_some_and(|at| at.elapsed() < LOCKED_FOR);
        let quiet_max = if is_locked { QUIET_MAX_LOCKED } else { QUIET_MAX };
        let is_due = since.elapsed() >= quiet_max && state.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
        if is_due {
            state.looked = Some(Instant::now());
        }
        is_due
    }

    /// Takes note of what was seen: a wait that goes on is as old as it was.
    fn saw(&self, what: Option<Seen>) -> Option<Wait> {
        let mut state = self.state();
        let Some(Seen { what, held_for }) = what else {
            // It was over by then; the next flush that waits for the lock need not wait for its turn.
            state.looked = None;
            return None;
        };
        let now = Instant::now();
        let before = state.seen.take().filter(|(wait, seen)| wait.what() == what && seen.elapsed() < KEPT_FOR);
        let since = before.map_or(now, |(wait, _)| wait.since());
        let since = held_for.and_then(|held| now.checked_sub(held)).map_or(since, |held| held.min(since));
        let wait = Wait::new(what, since);
        state.seen = Some((wait.clone(), now));
        Some(wait)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has it found out what `backend` waits for, now and then, until it is dropped.
pub(crate) async fn watch(waits: &Arc<Waits>, backend: Backend) -> Infallible {
    let since = Instant::now();
    loop {
        sleep(QUIET_MAX_LOCKED).await;
        if waits.take_turn(since) {
            // Beside the flush, which may be over before there is a connection.
            tokio::spawn(look(Arc::clone(waits), backend));
        }
    }
}

/// Looks once, from the connection that is kept or a new one. That nothing is seen does not say that nothing is waited for: no
/// connection may be left, or the server be silent altogether.
async fn look(waits: Arc<Waits>, backend: Backend) {
    // A look is under way.
    let Ok(mut watcher) = waits.watcher.try_lock() else { return };
    let looking = async {
        let client = match watcher.take() {
            Some(client) => client,
            None => waits.logins.connect().await.ok()?,
        };
        let seen = waits_for(&client, backend).await.ok()??;
        Some((client, seen))
    };
    let (client, seen) = timeout(LOOK_MAX, looking).await.ok().flatten().unzip();
    if let Some(wait) = waits.saw(seen) {
        tracing::warn!("a flush {wait}");
    }
    *watcher = client;
    drop(watcher);
    // Closed unless it was used again: a role may have few connections.
    sleep(KEPT_FOR).await;
    if waits.state().looked.is_none_or(|at| at.elapsed() >= KEPT_FOR)
        && let Ok(mut watcher) = waits.watcher.try_lock()
    {
        watcher.take();
    }
}

/// What was seen.
struct Seen {
    what: String,
    /// For how long the holder of a lock has been in its transaction, as far as the role may see it.
    held_for: Option<Duration>,
}

async fn waits_for(client: &Client, backend: Backend) -> Result<Option<Seen>, Error> {
    let text = include_str!("../queries/waiting/waits_for.sql");
    let row = client.query_opt(text, &[&backend.process, &backend.transaction]).await?;
    row.map(|row| seen(&row)).transpose()
}

fn seen(row: &Row) -> Result<Seen, Error> {
    let (kind, event): (&str, &str) = (row.try_get("kind")?, row.try_get("event")?);
    let holder = match row.try_get("holder")? {
        Some(process) => {
            let (application, role) = (row.try_get("application")?, row.try_get("role")?);
            Some(Holder { process, application, role })
        }
        None => None,
    };
    let seconds: Option<f64> = row.try_get("seconds")?;
    let held_for = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(Seen { what: described(kind, event, row.try_get("relation")?, holder), held_for })
}

/// The session that a lock is waited for because of.
struct Holder<'a> {
    process: i32,
    application: &'a str,
    role: &'a str,
}

/// A wait in words.
fn described(kind: &str, event: &str, relation: Option<&str>, holder: Option<Holder<'_>>) -> String {
    let of = |lock: &str| {
        let holder = holder.as_ref().map(|Holder { process, application, role }| {
            let application =
                if application.is_empty() { String::new() } else { format!(", application '{application}'") };
            format!(" held by pid {process}{application}, role '{role}'")
        });
        format!("waits for a lock on {lock}{}", holder.unwrap_or_default())
    };
    let relation = relation.unwrap_or("a table");
    match (kind, event) {
        ("IPC", "SyncRep") => {
            "has written its COMMIT, and COMMIT waits for a synchronous standby to confirm it (bring it back, \
                               or take it out of synchronous_standby_names)"
                .to_owned()
        }
        ("Lock", "relation") => of(relation),
        ("Lock", "transactionid" | "tuple") => of(&format!("a row of {relation}")),
        ("Lock", "advisory") => of("a person or the hierarchy"),
        ("Lock", event) => of(event),
        (kind, event) => format!("waits for {kind}:{event} of the server's"),
    }
}

#[cfg(test)]
mod tests {
    use laneway_pgconfig::Config;

    use super::*;

    fn waits() -> Arc<Waits> {
        Waits::of(&Logins::of(&Config::parse("postgres://h/d").unwrap()))
    }

    fn psql() -> Option<Holder<'static>> {
        Some(Holder { process: 12, application: "psql", role: "teacher" })
    }

    #[test]
    fn a_lock_is_described_with_its_holder() {
        assert_eq!(
            described("Lock", "relation", Some("dms.document"), psql()),
            "waits for a lock on dms.document held by pid 12, application 'psql', role 'teacher'"
        );
        assert_eq!(
            described("Lock", "transactionid", Some("dms.alias"), psql()),
            "waits for a lock on a row of dms.alias held by pid 12, application 'psql', role 'teacher'"
        );
        assert_eq!(described("Lock", "relation", None, None), "waits for a lock on a table");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_looks_now_and_then_whatever_number_of_flushes_wait() {
        let waits = waits();
        let since = Instant::now();
        assert!(!waits.take_turn(since), "it has only begun to wait");
        waits.ran_out();
        tokio::time::advance(QUIET_MAX_LOCKED).await;
        assert!(waits.take_turn(since));
        assert!(!waits.take_turn(since), "another flush has just looked");
        tokio::time::advance(LOCKED_FOR).await;
        assert!(!waits.take_turn(Instant::now()), "locks are not waited for in vain any more");
        assert!(waits.take_turn(since));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_goes_on_is_as_old_as_it_was_and_is_forgotten_when_it_ends() {
        let (waits, second) = (waits(), Duration::from_secs(1));
        let seen = |what: &str, held_for| Some(Seen { what: what.to_owned(), held_for });
        assert_eq!(waits.saw(seen("waits for a lock", Some(second))).unwrap().to_string(), "waits for a lock, for 1 s");
        tokio::time::advance(4 * second).await;
        // What others do is shown to their own roles only.
        assert_eq!(waits.saw(seen("waits for a lock", None)).unwrap().to_string(), "waits for a lock, for 5 s");
        assert_eq!(waits.saw(seen("waits for another", None)).unwrap().to_string(), "waits for another, for 0 s");
        assert!(waits.current().is_some());
        tokio::time::advance(KEPT_FOR).await;
        assert_eq!(waits.current(), None);
    }
}
