//! What reaches the dispatcher's task through its channel.

use std::sync::Arc;

use laneway_model::{Limits, Operation, PartitionKey, Resource};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::admission::Charge;
use super::completion::{IdCell, Responder};
use super::extraction::{Extractions, Raw};
use crate::FlushStats;
use crate::dispatcher::FlushId;

/// An operation that has room.
pub(crate) struct Admitted {
    pub(super) resource: Arc<Resource>,
    pub(super) work: Work,
    pub(super) bytes: usize,
    pub(super) partition: PartitionKey,
    pub(super) deadline: Option<Instant>,
    pub(super) responder: Responder,
    pub(super) charge: Charge,
    pub(super) id: Arc<IdCell>,
}

/// What is to be done before it can be routed.
pub(super) enum Work {
    Extract(Raw),
    None(Arc<Operation>),
}

pub(crate) enum Command {
    Accept(Admitted),
    Extracted(Extractions),
    /// A flush task has ended; without `stats` it panicked or was aborted.
    FlushOver {
        flush: FlushId,
        stats: Option<FlushStats>,
    },
    Cancel {
        id: Arc<IdCell>,
        reply: oneshot::Sender<bool>,
    },
    /// As [`Command::Cancel`], for an operation whose completion goes to a sink: no answer but the completion.
    CancelToken {
        token: u64,
    },
    Checkpoint {
        reply: oneshot::Sender<()>,
    },
    /// Settle everything until then, and close what is left; `None`: now.
    Close {
        until: Option<Instant>,
    },
    Limits(Box<Limits>),
}
