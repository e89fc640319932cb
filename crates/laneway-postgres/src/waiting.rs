//! What a flush waits for while its server does not answer: asked on another connection, and logged. Changes nothing about the
//! flush, which its bounds end.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use laneway_pgconfig::Config;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, Error};

/// How long an answer may take before anybody wonders: several times what a large flush takes.
const QUIET_MAX: Duration = Duration::from_secs(2);
/// How often a store looks, whatever number of its flushes wait: each look opens a connection.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long one look may take.
const LOOK_MAX: Duration = Duration::from_secs(4);

/// When a store has looked last.
#[derive(Default, Debug)]
pub(crate) struct Looks {
    /// Locked for a moment at a time, by flushes that wait.
    last: Mutex<Option<Instant>>,
}

impl Looks {
    /// Whether it is this caller's turn.
    fn take_turn(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= LOOK_EVERY);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

/// Which process of the server a flush waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backend {
    pub(crate) process: i32,
    /// The transaction's id, once it is known.
    pub(crate) transaction: Option<i64>,
}

/// Logs what `backend` waits for, every few seconds, until it is dropped.
pub(crate) async fn watch(config: &Config, looks: &Looks, backend: Backend) -> Infallible {
    let since = Instant::now();
    sleep(QUIET_MAX).await;
    loop {
        if looks.take_turn()
            && let Ok(Some(wait)) = timeout(LOOK_MAX, look(config, backend)).await
        {
            tracing::warn!(seconds = since.elapsed().as_secs(), "a flush waits: {wait}");
        }
        sleep(LOOK_EVERY).await;
    }
}

/// `None` as well when it cannot be found out: no connection is left, or the server is silent altogether.
async fn look(config: &Config, backend: Backend) -> Option<String> {
    let client = config.connect().await.ok()?;
    waits_for(&client, backend).await.ok().flatten()
}

async fn waits_for(client: &Client, backend: Backend) -> Result<Option<String>, Error> {
    let text = include_str!("../queries/waiting/waits_for.sql");
    let Some(row) = client.query_opt(text, &[&backend.process, &backend.transaction]).await? else { return Ok(None) };
    let (kind, event): (&str, &str) = (row.try_get("kind")?, row.try_get("event")?);
    Ok(Some(described(kind, event, row.try_get("holders")?)))
}

/// A wait in words.
fn described(kind: &str, event: &str, holders: Option<&str>) -> String {
    let holders = holders.map(|holders| format!(", which is held by {holders}")).unwrap_or_default();
    match (kind, event) {
        ("IPC", "SyncRep") => {
            "its commit is written, and the server waits for a synchronous standby to confirm it; bring the \
                               standby back, or take it out of synchronous_standby_names"
                .to_owned()
        }
        ("Lock", "relation") => format!("for a lock on a whole table{holders}"),
        ("Lock", "transactionid" | "tuple") => format!("for a lock on a row{holders}"),
        ("Lock", "advisory") => format!("for a lock on a person or the hierarchy{holders}"),
        ("Lock", event) => format!("for a lock ({event}){holders}"),
        (kind, event) => format!("the server's process waits for {kind}:{event}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_described_with_its_holder() {
        let holder = "process 7 (role teacher, application psql)";
        assert_eq!(
            described("Lock", "transactionid", Some(holder)),
            "for a lock on a row, which is held by process 7 (role teacher, application psql)"
        );
        assert_eq!(described("Lock", "relation", None), "for a lock on a whole table");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_looks_now_and_then_whatever_number_of_flushes_wait() {
        let looks = Looks::default();
        assert!(looks.take_turn());
        assert!(!looks.take_turn(), "another flush has just looked");
        tokio::time::advance(LOOK_EVERY).await;
        assert!(looks.take_turn());
    }
}
