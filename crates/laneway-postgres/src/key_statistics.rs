//! Statistics of the partition key: that it has one value in a partition, or, in one by hash, few. Knows neither flushes nor plans.
//!
//! Without them the planner takes each key of a small partition for rare. Looking a document up by partition and id, it then
//! finds the index on (partition, `DocumentUuid`) as good as the primary key, and may choose it: each foreign key's check
//! walks the whole partition. From some thousand documents on it chooses right; until then such checks were a quarter of
//! the server's time. What is gathered stays true for as long as the table lives, however much it grows; it needs three hundred
//! rows of each partition at the most, once, and more than ten, or it says the opposite. A role that may not gather statistics
//! does without.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio_postgres::{Client, Error};

use crate::plans::Generation;

/// One value is found in any sample, so the smallest does. A lock that keeps statistics from being gathered (VACUUM's, another
/// ANALYZE's) is not waited for.
const SETTINGS: &str =
    "BEGIN; SET LOCAL default_statistics_target = 1; SET LOCAL lock_timeout = 1; SET LOCAL statement_timeout = 10000";

/// For which plans a store's statistics were seen to last.
#[derive(Default, Debug)]
pub(crate) struct KeyStatistics {
    seen_to: Mutex<Option<Generation>>,
    /// Every partition has them, or will never have them. `Relaxed`: it stands for nothing else in memory.
    are_complete: AtomicBool,
}

impl KeyStatistics {
    /// True once for each generation of plans until they are complete: for the flush that sees to them.
    pub(crate) fn are_due(&self, plans: Generation) -> bool {
        if plans == Generation::Unkept || self.are_complete.load(Ordering::Relaxed) {
            return false;
        }
        self.seen_to.lock().unwrap_or_else(PoisonError::into_inner).replace(plans) != Some(plans)
    }

    /// Gathers what is missing.
    pub(crate) async fn see_to(&self, client: &Client) {
        if !see_to_key_statistics(client).await {
            self.are_complete.store(true, Ordering::Relaxed);
        }
    }
}

/// Gathers statistics of partition keys where there are none, in a transaction of its own; returns whether partitions are left
/// that were too small for it. What cannot be gathered is done without.
pub async fn see_to_key_statistics(client: &Client) -> bool {
    match gather(client).await {
        Ok(are_left) => are_left,
        Err(error) => {
            tracing::debug!(%error, "no statistics of the partition key");
            // Where this fails too, whatever the connection is used for next finds out.
            let _ = client.batch_execute("ROLLBACK").await;
            true
        }
    }
}

async fn gather(client: &Client) -> Result<bool, Error> {
    client.batch_execute(SETTINGS).await?;
    let (statement, mut are_left) = missing(client).await?;
    if let Some(statement) = statement {
        client.batch_execute(&statement).await?;
        are_left = missing(client).await?.1;
    }
    client.batch_execute("COMMIT").await?;
    Ok(are_left)
}

async fn missing(client: &Client) -> Result<(Option<String>, bool), Error> {
    let row = client.query_one(include_str!("../queries/statistics/gather.sql"), &[]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_of_plans_is_seen_to_once_until_all_are_gathered() {
        let statistics = KeyStatistics::default();
        let due = |plans| statistics.are_due(plans);
        assert!(!due(Generation::Unkept));
        assert!(due(Generation::Generic(0)) && !due(Generation::Generic(0)));
        assert!(due(Generation::Generic(1)) && !due(Generation::Generic(1)));
        statistics.are_complete.store(true, Ordering::Relaxed);
        assert!(!due(Generation::Generic(2)));
    }
}
