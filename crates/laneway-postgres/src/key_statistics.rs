//! Statistics of the partition key: that it has one value in a partition, or, in one by hash, few. Knows neither flushes nor plans.
//!
//! Without them the planner takes each key of a small partition for rare. Looking a document up by partition and id, it then
//! finds the index on (partition, `DocumentUuid`) as good as the primary key, and may choose it: each foreign key's check
//! walks the whole partition. From some thousand documents on it chooses right; until then such checks were a quarter of
//! the server's time. What is gathered stays true for as long as the table lives, however much it grows; it needs three hundred
//! rows of each partition, once. A role that may not gather statistics does without.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio_postgres::{Client, Error};

/// One value is found in any sample, so the smallest does. A lock that keeps statistics from being gathered (VACUUM's, another
/// ANALYZE's) is not waited for.
const SETTINGS: &str =
    "BEGIN; SET LOCAL default_statistics_target = 1; SET LOCAL lock_timeout = 1; SET LOCAL statement_timeout = 10000";

/// Whether a store's statistics were seen to.
#[derive(Default, Debug)]
pub(crate) struct KeyStatistics {
    /// `Relaxed`: it stands for nothing else in memory.
    seen_to: AtomicBool,
}

impl KeyStatistics {
    /// True once: for the flush that sees to them.
    pub(crate) fn are_due(&self) -> bool {
        !self.seen_to.load(Ordering::Relaxed) && !self.seen_to.swap(true, Ordering::Relaxed)
    }
}

/// Gathers statistics of the partition key where there are none, in a transaction of its own. What cannot be gathered is done
/// without.
pub async fn see_to_key_statistics(client: &Client) {
    if let Err(error) = gather(client).await {
        tracing::debug!(%error, "no statistics of the partition key");
        // Where this fails too, whatever the connection is used for next finds out.
        let _ = client.batch_execute("ROLLBACK").await;
    }
}

async fn gather(client: &Client) -> Result<(), Error> {
    client.batch_execute(SETTINGS).await?;
    let row = client.query_one(include_str!("../queries/statistics/gather.sql"), &[]).await?;
    if let Some(statement) = row.try_get::<_, Option<&str>>(0)? {
        client.batch_execute(statement).await?;
    }
    client.batch_execute("COMMIT").await
}
