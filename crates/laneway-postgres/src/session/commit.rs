//! Whether a commit took place whose connection was lost: asked from the server, and where it cannot say, from
//! the data (PostgreSQL, 9.26.8: `pg_xact_status`).

use std::time::{Duration, Instant};

use laneway_core::changes::Changes;
use tokio_postgres::Client;
use uuid::Uuid;

use super::resolve::TransactionName;
use crate::store::Shared;

/// How long a server may take to come back, or a transaction to end, before the operations are in doubt. A
/// restart with recovery takes tens of seconds; nobody waits for minutes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(200);

/// Rows by which a batch is known again.
#[derive(Debug)]
pub(super) struct Evidence {
    partitions: Vec<i16>,
    uuids: Vec<Uuid>,
    updated_partitions: Vec<i16>,
    updated_uuids: Vec<Uuid>,
    updated_traces: Vec<String>,
}

impl Evidence {
    pub(super) fn of(changes: &Changes<'_>) -> Self {
        // A trace id that several documents of the batch share, or an empty one, may be another write's as well.
        let traces: Vec<&str> =
            changes.inserts.iter().chain(&changes.updates).map(|w| &*w.operation.trace_id).collect();
        let unique = |trace: &str| !trace.is_empty() && traces.iter().filter(|other| **other == trace).count() == 1;
        let updates = || changes.updates.iter().filter(|write| unique(&write.operation.trace_id));
        Self {
            partitions: changes.inserts.iter().map(|write| write.key.partition).collect(),
            uuids: changes.inserts.iter().map(|write| write.uuid.0).collect(),
            updated_partitions: updates().map(|write| write.key.partition).collect(),
            updated_uuids: updates().map(|write| write.uuid.0).collect(),
            updated_traces: updates().map(|write| write.operation.trace_id.to_string()).collect(),
        }
    }

    /// Whether a row of the batch is there; `None` when there is no row to look for.
    async fn is_there(&self, client: &Client) -> Result<Option<bool>, tokio_postgres::Error> {
        if self.uuids.is_empty() && self.updated_uuids.is_empty() {
            return Ok(None);
        }
        let text = include_str!("../../queries/flush/evidence.sql");
        let row = client
            .query_one(
                text,
                &[&self.partitions, &self.uuids, &self.updated_partitions, &self.updated_uuids, &self.updated_traces],
            )
            .await?;
        row.try_get(0).map(Some)
    }
}

/// What one request came to.
enum Word {
    Committed,
    Aborted,
    InProgress,
    /// Another timeline, or too long ago.
    Unknown,
}

/// `None`: it stays in doubt.
pub(super) async fn took_place(shared: &Shared, name: &TransactionName, evidence: &Evidence) -> Option<bool> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(client) = shared.connect().await {
            match ask(&client, name).await {
                Ok(Word::Aborted) => return Some(false),
                // A crash may hand out again an id that no flushed WAL names: our rows decide.
                Ok(Word::Committed | Word::Unknown) => match evidence.is_there(&client).await {
                    Ok(snapshot) => return snapshot,
                    Err(error) => tracing::debug!(%error, "could not look for the batch's rows"),
                },
                Ok(Word::InProgress) => {}
                Err(error) => tracing::debug!(%error, "could not ask for the transaction's end"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

async fn ask(client: &Client, name: &TransactionName) -> Result<Word, tokio_postgres::Error> {
    let timeline: String =
        client.query_one("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)", &[]).await?.try_get(0)?;
    if timeline != name.timeline {
        return Ok(Word::Unknown);
    }
    let status = client.query_one("SELECT pg_xact_status($1::text::xid8)", &[&name.xid.to_string()]).await;
    let status: Option<String> = match status {
        Ok(row) => row.try_get(0)?,
        // "transaction ID … is in the future": a crash lost it.
        Err(error) if error.code().is_some_and(|code| code.code() == "22023") => return Ok(Word::Aborted),
        Err(error) => return Err(error),
    };
    Ok(match status.as_deref() {
        Some("committed") => Word::Committed,
        Some("aborted") => Word::Aborted,
        Some("in progress") => Word::InProgress,
        _ => Word::Unknown,
    })
}
