//! Scenes made by hand: one rule each.

mod deadlocks;
mod ends;
mod lanes;
mod lines;
mod locks;
mod recheck;
mod references;

use std::time::Duration;

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::stage::Stage;
use crate::dispatcher::FlushId;

pub(super) const MS: Duration = Duration::from_millis(1);

/// Sixteen lanes, so that a partition is a lane, and as many flushes.
pub(super) fn wide() -> Limits {
    Limits { lanes: 16, flushes_concurrent_max: 16, ..Limits::default() }
}

pub(super) fn stage() -> Stage {
    Stage::new(&wide())
}

pub(super) fn all(stage: &Stage, kind: OutcomeKind) -> bool {
    stage.documents.keys().all(|id| stage.outcome(*id) == Some(kind))
}

/// The operations of the flushes that run, flush by flush.
pub(super) fn running(stage: &Stage) -> Vec<Vec<u64>> {
    stage.flushes().into_iter().map(|(_, ids)| ids).collect()
}

pub(super) fn flush_of(stage: &Stage, id: OperationId) -> FlushId {
    stage.flushes().into_iter().find(|(_, ids)| ids.contains(&id.0)).expect("it is being written").0
}
