//! Statistics and plans: flush sessions plan generically only where the planner knows the tables.
//!
//! Without statistics a generic plan keeps what was chosen while the tables were empty; without generic plans
//! PostgreSQL plans each foreign key check anew. So where statistics are missing, the core tables are analysed
//! while the first documents come in; autovacuum takes over from there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio_postgres::{Client, Error};

/// After so many inserted documents the tables are analysed; four times as many each, so that the whole costs
/// less than half a second.
const STEPS: [usize; 4] = [500, 2_000, 8_000, 32_000];

/// What is known about the planner's statistics. Three counters that stand for nothing else in memory, so that
/// `Relaxed` will do throughout; a flush that reads an older value plans each statement once more.
#[derive(Debug)]
pub(crate) struct Statistics {
    present: AtomicBool,
    inserted: AtomicUsize,
    /// How many of the steps are taken; all of them where statistics were present from the start.
    steps: AtomicUsize,
}

impl Statistics {
    /// Of the store that `client` is connected to.
    pub(crate) async fn of(client: &Client) -> Result<Self, Error> {
        let present = are_present(client).await?;
        let steps = if present { STEPS.len() } else { 0 };
        Ok(Self { present: AtomicBool::new(present), inserted: AtomicUsize::new(0), steps: AtomicUsize::new(steps) })
    }

    /// Whether plans may be generic.
    pub(crate) fn are_present(&self) -> bool {
        self.present.load(Ordering::Relaxed)
    }

    /// Counts inserted documents; true when a step is reached, once each.
    pub(crate) fn reaches_step(&self, documents: usize) -> bool {
        let inserted = self.inserted.fetch_add(documents, Ordering::Relaxed) + documents;
        let step = self.steps.load(Ordering::Relaxed);
        // Of several flushes that reach a step at once, one exchanges; the others count for the next step.
        STEPS.get(step).is_some_and(|at| inserted >= *at)
            && self.steps.compare_exchange(step, step + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Analyses the core tables, and looks what the planner knows then.
    pub(crate) async fn analyze(&self, client: &Client) -> Result<(), Error> {
        // A role that may not analyse gets a warning and no statistics.
        client.batch_execute(include_str!("../queries/flush/analyze.sql")).await?;
        self.present.store(are_present(client).await?, Ordering::Relaxed);
        Ok(())
    }
}

async fn are_present(client: &Client) -> Result<bool, Error> {
    client.query_one(include_str!("../queries/flush/statistics_present.sql"), &[]).await?.try_get(0)
}
