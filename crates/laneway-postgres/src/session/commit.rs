//! Whether a commit took effect whose connection was lost: by the server's record of the transaction
//! (`pg_xact_status`; PostgreSQL, 9.26.8), and where that does not decide, by the rows themselves.

use std::time::Duration;

use laneway_core::changes::Changes;
use laneway_core::store::StoreError;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use super::resolve::TransactionId;
use crate::error::store_error;
use crate::shared::Shared;
use crate::sqlstate::is_unknown_transaction;
use crate::statement::TIMELINE;

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
        // An inserted document is recognised by its id, which is new. An updated one by transaction and trace id of its last
        // write, unless that is empty: another transaction may get the number after a crash.
        let updates = || changes.updates.iter().filter(|write| !write.operation.trace_id.is_empty());
        Self {
            partitions: changes.inserts.iter().map(|write| write.key.partition).collect(),
            uuids: changes.inserts.iter().map(|write| write.uuid.0).collect(),
            updated_partitions: updates().map(|write| write.key.partition).collect(),
            updated_uuids: updates().map(|write| write.uuid.0).collect(),
            updated_traces: updates().map(|write| write.operation.trace_id.to_string()).collect(),
        }
    }

    /// Whether a row of the batch is there; `None` when there is no row to look for.
    async fn is_there(&self, client: &Client, xid: i64) -> Result<Option<bool>, Error> {
        if self.uuids.is_empty() && self.updated_uuids.is_empty() {
            return Ok(None);
        }
        let text = include_str!("../../queries/flush/evidence.sql");
        let row = client
            .query_one(
                text,
                &[
                    &self.partitions,
                    &self.uuids,
                    &self.updated_partitions,
                    &self.updated_uuids,
                    &self.updated_traces,
                    &xid,
                ],
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

/// Whether the transaction committed. `None`: that could not be found out within `patience`, and it stays in doubt.
pub(super) async fn commit_status(
    shared: &Shared,
    id: &TransactionId,
    evidence: &Evidence,
    patience: Duration,
) -> Option<bool> {
    let until = Instant::now() + patience;
    while Instant::now() < until {
        match timeout_at(until.min(Instant::now() + shared.options.answer_timeout), ask(shared, id, evidence)).await {
            Ok(Ok(Answer::Settled(is_there))) => return is_there,
            // The server has not noticed yet that the connection is gone, or is still committing.
            Ok(Ok(Answer::InProgress)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "could not find out whether a commit took effect"),
            Err(_) => tracing::debug!("no answer to whether a commit took effect"),
        }
        sleep(PAUSE).await;
    }
    None
}

/// What one look at the database says about a transaction.
enum Answer {
    /// Whether it took effect; `None`: nothing can tell.
    Settled(Option<bool>),
    InProgress,
}

async fn ask(shared: &Shared, id: &TransactionId, evidence: &Evidence) -> Result<Answer, StoreError> {
    let client = shared.connect().await?;
    // Serializable, and a transaction: what spreads reads over servers sends it to the one that takes writes.
    let begin = format!("BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; {}", shared.options.bounds());
    let answer = async {
        client.batch_execute(&begin).await?;
        Ok(match recorded_status(&client, id).await? {
            CommitStatus::Aborted => Answer::Settled(Some(false)),
            CommitStatus::InProgress => Answer::InProgress,
            // "Committed" is no proof: after a crash the server may hand out an id again that no flushed WAL names. The
            // batch's own rows decide.
            CommitStatus::Committed | CommitStatus::Unknown => {
                // In a transaction of its own: the one above sees the rows as they were when it began, and the commit may
                // have taken effect since then.
                client.batch_execute(&format!("ROLLBACK; {begin}")).await?;
                Answer::Settled(evidence.is_there(&client, id.xid).await?)
            }
        })
    };
    answer.await.map_err(|error: Error| store_error(&error))
}

async fn recorded_status(client: &Client, id: &TransactionId) -> Result<CommitStatus, Error> {
    // Without the timeline a record proves nothing but that the transaction still runs, here or elsewhere: the rows
    // decide.
    let Some(of) = &id.timeline else {
        let in_progress = matches!(recorded(client, id.xid).await?, CommitStatus::InProgress);
        return Ok(if in_progress { CommitStatus::InProgress } else { CommitStatus::Unknown });
    };
    let timeline: String = client.query_one(&format!("SELECT {TIMELINE}"), &[]).await?.try_get(0)?;
    // A promoted standby numbers transactions on its own: the id means nothing there.
    if timeline == *of { recorded(client, id.xid).await } else { Ok(CommitStatus::Unknown) }
}

async fn recorded(client: &Client, xid: i64) -> Result<CommitStatus, Error> {
    client.batch_execute("SAVEPOINT status").await?;
    let status = client.query_one("SELECT pg_xact_status($1::text::xid8)", &[&xid.to_string()]).await;
    let status: Option<String> = match status {
        Ok(row) => row.try_get(0)?,
        Err(error) if is_unknown_transaction(&error) => {
            client.batch_execute("ROLLBACK TO SAVEPOINT status").await?;
            return Ok(CommitStatus::Aborted);
        }
        Err(error) => return Err(error),
    };
    Ok(match status.as_deref() {
        Some("committed") => CommitStatus::Committed,
        Some("aborted") => CommitStatus::Aborted,
        Some("in progress") => CommitStatus::InProgress,
        _ => CommitStatus::Unknown,
    })
}
