//! How a completion reaches its caller: through a ticket, or a sink that takes groups (the C ABI's queue).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use laneway_model::{OperationId, Outcome, ReferentialId};
use tokio::sync::oneshot;

use crate::FlushInfo;

/// The end of one operation.
#[derive(Clone, Debug)]
pub struct Completion {
    /// Its number in the order of acceptance.
    pub id: OperationId,
    /// How it ended.
    pub outcome: Outcome,
    /// What its document is stored under; none when it ended before that was known.
    pub referential_id: Option<ReferentialId>,
    /// How it was written last; zeros when it never was in a flush.
    pub info: FlushInfo,
    /// From acceptance to its first flush, or to its end without one.
    pub queued: Duration,
    /// From acceptance to its end.
    pub elapsed: Duration,
}

impl Completion {
    /// Of an operation that was in no flush, as far as is known.
    pub(super) fn unwritten(id: OperationId, outcome: Outcome) -> Self {
        let (info, queued, elapsed) = (FlushInfo::default(), Duration::ZERO, Duration::ZERO);
        Self { id, outcome, referential_id: None, info, queued, elapsed }
    }
}

/// Takes completions, a group at a time, in the order in which the operations settled.
///
/// It is called by the dispatcher's task: it must not block and has to take everything. If it panics, that group is
/// lost and the runtime goes on.
pub trait CompletionSink: Send + Sync + 'static {
    /// Takes completions, each with the token that its operation was handed over with.
    fn deliver(&self, group: Vec<(u64, Completion)>);
}

/// Where one completion goes.
pub(crate) enum Responder {
    Ticket(oneshot::Sender<Completion>),
    Sink { sink: Arc<dyn CompletionSink>, token: u64 },
}

/// Completions on their way to one sink.
type Group = (Arc<dyn CompletionSink>, Vec<(u64, Completion)>);

/// Delivers completions in their order, those that go to one sink one after another together.
pub(super) fn deliver(completions: impl IntoIterator<Item = (Responder, Completion)>) {
    let mut group: Option<Group> = None;
    for (responder, completion) in completions {
        match responder {
            // Fails when the caller has dropped its ticket.
            Responder::Ticket(sender) => drop(sender.send(completion)),
            Responder::Sink { sink, token } => match &mut group {
                Some((last, waiting)) if Arc::ptr_eq(last, &sink) => waiting.push((token, completion)),
                _ => group.replace((sink, vec![(token, completion)])).into_iter().for_each(hand_over),
            },
        }
    }
    group.into_iter().for_each(hand_over);
}

/// A sink is the host's code: its panic must not take the other callers' completions with it.
fn hand_over((sink, group): Group) {
    if catch_unwind(AssertUnwindSafe(|| sink.deliver(group))).is_err() {
        tracing::error!("a completion sink panicked: the completions handed to it are lost");
    }
}

/// The number that an operation has once the dispatcher knows it.
#[derive(Debug, Default)]
pub(super) struct IdCell(AtomicU64);

impl IdCell {
    /// Ids start at 1; 0 is none yet. Relaxed: the only reader for whom it matters, the dispatcher's task, is also the
    /// writer; a ticket reads it for a completion that holds little else.
    pub(super) fn set(&self, id: OperationId) {
        self.0.store(id.0, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> OperationId {
        OperationId(self.0.load(Ordering::Relaxed))
    }
}
