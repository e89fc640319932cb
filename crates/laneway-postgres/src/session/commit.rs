//! Whether a commit took effect whose connection was lost: by the server's record of the transaction
//! (`pg_xact_status`; PostgreSQL, 9.26.8), and where that does not decide, by the rows themselves.

use std::time::{Duration, Instant};

use laneway_core::changes::Changes;
use tokio_postgres::Client;
use uuid::Uuid;

use super::resolve::TransactionId;
use crate::shared::Shared;
use crate::sqlstate::is_unknown_transaction;

/// How long a server may take to come back, or a transaction to end, before the operations are in doubt: a restart
/// with recovery takes tens of seconds, and callers do not wait for minutes.
const COMMIT_STATUS_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two requests: short against a restart, long against a round trip.
const PAUSE: Duration = Duration::from_millis(200);

/// Rows by which a batch that was written can be recognised.
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
        // An inserted document is recognised by its id, which is new. An updated one by the trace id of its last write,
        // unless that is empty or several documents of the batch share it: it may be another write's as well.
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

/// What the server has recorded about a transaction.
enum CommitStatus {
    Committed,
    Aborted,
    InProgress,
    /// The timeline changed, or the record is no longer kept.
    Unknown,
}

/// Whether the transaction committed. `None`: that could not be found out, and it stays in doubt.
pub(super) async fn commit_status(shared: &Shared, id: &TransactionId, evidence: &Evidence) -> Option<bool> {
    let started = Instant::now();
    while started.elapsed() < COMMIT_STATUS_TIMEOUT {
        if let Some(client) = shared.connect().await {
            match recorded_status(&client, id).await {
                Ok(CommitStatus::Aborted) => return Some(false),
                // "Committed" is no proof: after a crash the server may hand out an id again that no flushed WAL
                // names. The batch's own rows decide.
                Ok(CommitStatus::Committed | CommitStatus::Unknown) => match evidence.is_there(&client).await {
                    Ok(is_there) => return is_there,
                    Err(error) => tracing::debug!(%error, "could not look for the batch's rows"),
                },
                // The server has not noticed yet that the connection is gone, or is still committing.
                Ok(CommitStatus::InProgress) => {}
                Err(error) => tracing::debug!(%error, "could not read the transaction's status"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

async fn recorded_status(client: &Client, id: &TransactionId) -> Result<CommitStatus, tokio_postgres::Error> {
    let timeline: String =
        client.query_one("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)", &[]).await?.try_get(0)?;
    // A promoted standby numbers transactions on its own: the id means nothing there.
    if timeline != id.timeline {
        return Ok(CommitStatus::Unknown);
    }
    let status = client.query_one("SELECT pg_xact_status($1::text::xid8)", &[&id.xid.to_string()]).await;
    let status: Option<String> = match status {
        Ok(row) => row.try_get(0)?,
        Err(error) if is_unknown_transaction(&error) => return Ok(CommitStatus::Aborted),
        Err(error) => return Err(error),
    };
    Ok(match status.as_deref() {
        Some("committed") => CommitStatus::Committed,
        Some("aborted") => CommitStatus::Aborted,
        Some("in progress") => CommitStatus::InProgress,
        _ => CommitStatus::Unknown,
    })
}
