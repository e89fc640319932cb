//! What goes into the dispatcher and what comes out of it. Values only.

use std::sync::Arc;
use std::time::Duration;

use laneway_model::{Limits, Operation, OperationId, Outcome, PartitionKey, Resource};

use crate::{Batch, FlushInfo, Flushed};

/// A point in time, as the span since the runtime was started. The dispatcher has no clock: each call brings it.
pub(crate) type Moment = Duration;

/// The number of a flush, unique within a runtime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct FlushId(pub(crate) u64);

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// An operation was accepted; ids ascend in the order of these events.
    Accepted {
        /// Its number in the order of acceptance.
        id: OperationId,
        /// Its resource type, known before it is extracted.
        resource: Arc<Resource>,
        /// The size of its document.
        bytes: usize,
        /// The partition of its document id, which chooses its lane.
        partition: PartitionKey,
        /// When it is given up, unless it is settled by then.
        deadline: Option<Moment>,
    },
    /// An accepted operation's document was read.
    Extracted {
        /// Which operation.
        id: OperationId,
        /// The whole operation.
        operation: Arc<Operation>,
    },
    /// An accepted operation's document could not be read.
    Unextractable {
        /// Which operation.
        id: OperationId,
        /// What its caller gets.
        outcome: Outcome,
    },
    /// Results of operations in flushes, those of one transaction together.
    Flushed(Vec<Flushed>),
    /// A flush has returned: all that it reports has been handed over before.
    FlushOver {
        /// Which flush.
        flush: FlushId,
        /// How long it took; `None` when it broke off.
        times: Option<FlushTimes>,
        /// What the callers of operations get that it never reported.
        unreported: Outcome,
    },
    /// A caller takes an operation back.
    Cancel(OperationId),
    /// A caller waits until all that was accepted before now has settled.
    Checkpoint {
        /// The number under which [`Action::CheckpointReached`] answers.
        key: u64,
    },
    /// Nothing more is accepted; what stands in lanes need not wait for company.
    Drain,
    /// What is not in a flush settles now, as closed.
    Abort,
    /// The bounds changed.
    Limits(Box<Limits>),
}

/// How long a flush took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlushTimes {
    /// In all.
    pub(crate) elapsed: Duration,
    /// To write, without the wait for locks: what its documents cost.
    pub(crate) writing: Duration,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Run a flush; report its results and its end.
    Flush {
        /// Its number, for [`Event::FlushOver`].
        flush: FlushId,
        /// What it carries.
        batch: Batch,
    },
    /// Hand an operation's completion to its caller; the operation is gone.
    Complete {
        /// Which operation.
        id: OperationId,
        /// How it ended.
        outcome: Outcome,
        /// How it was written last; zeros when it never was in a flush.
        info: FlushInfo,
        /// From acceptance to its first flush, or to its end without one.
        queued: Duration,
        /// From acceptance to its end.
        elapsed: Duration,
    },
    /// Answers [`Event::Cancel`]; answers come in the order of those events.
    CancelAnswered {
        /// Whether it was taken back (and completes as cancelled); otherwise it was too late.
        removed: bool,
    },
    /// Answers [`Event::Checkpoint`].
    CheckpointReached {
        /// The number in the request.
        key: u64,
    },
}
