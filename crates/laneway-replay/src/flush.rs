//! One batch through an executor, and what became of each of its operations.

use std::sync::Arc;
use std::time::Instant;

use laneway_core::store::Store;
use laneway_core::{
    Accepted, Batch, Executor, Flush as _, FlushInfo, FlushReason, FlushStats, Flushed, Mode, Settlement,
};
use laneway_model::{Limits, Operation, OperationId, Outcome};
use tokio::sync::mpsc;

/// How one operation of a batch ended.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The number that it was given.
    pub step: usize,
    /// Its outcome.
    pub outcome: Outcome,
    /// How it was written.
    pub info: FlushInfo,
    /// When it was reported.
    pub at: Instant,
}

/// Runs one batch of operations, each with a number, as if nothing else were in flight.
pub async fn flush<S: Store>(
    executor: &Executor<S>,
    operations: impl IntoIterator<Item = (usize, Arc<Operation>)>,
    mode: Mode,
) -> (Vec<Settled>, FlushStats) {
    let accepted =
        |(step, operation)| Accepted { id: OperationId(step as u64), operation, time_left: None, in_line: false };
    let operations = operations.into_iter().map(accepted).collect();
    let reason = if mode == Mode::Single { FlushReason::Single } else { FlushReason::Idle };
    let (report, mut reported) = mpsc::unbounded_channel::<Vec<Flushed>>();
    let limits = (&Limits::default()).into();
    let reports = async {
        let mut settled = Vec::new();
        while let Some(group) = reported.recv().await {
            let at = Instant::now();
            settled.extend(group.into_iter().map(|flushed| settle(flushed, at)));
        }
        settled
    };
    tokio::join!(reports, executor.run(Batch { lane: 0, reason, mode, limits, operations }, report))
}

fn settle(flushed: Flushed, at: Instant) -> Settled {
    let outcome = match flushed.settlement {
        Settlement::Settled(outcome) => outcome,
        // Nothing else is in flight that could bring what is missing.
        Settlement::Missing { refusal, .. } => refusal,
        Settlement::Locked { refusal } => refusal,
        // Nothing is put into lines here.
        Settlement::InLine => Outcome::WriteConflict { sqlstate: None },
    };
    Settled { step: usize::try_from(flushed.id.0).unwrap_or(usize::MAX), outcome, info: flushed.info, at }
}
