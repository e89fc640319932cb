//! A flush that waits until the test ends it.

use laneway_model::OutcomeKind;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::memory::MemoryFlush;
use crate::{Batch, Flush, FlushStats, Report};

/// The runtime's end.
pub(super) struct Holding {
    started: mpsc::UnboundedSender<HeldFlush>,
}

/// The test's end: flushes in the order in which they started, writing into one model store.
pub(super) struct HeldFlushes {
    started: Mutex<mpsc::UnboundedReceiver<HeldFlush>>,
    store: MemoryFlush,
}

/// One flush that waits.
pub(super) struct HeldFlush {
    pub(super) batch: Batch,
    pub(super) report: Report,
    store: Option<MemoryFlush>,
    end: oneshot::Sender<End>,
}

enum End {
    Return,
    Panic,
}

pub(super) fn flush() -> (Holding, HeldFlushes) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Holding { started: sender }, HeldFlushes { started: Mutex::new(receiver), store: MemoryFlush::default() })
}

impl Flush for Holding {
    async fn run(&self, batch: Batch, report: Report) -> FlushStats {
        let (end, ended) = oneshot::channel();
        // A test that has gone lets its flushes return.
        let _ = self.started.send(HeldFlush { batch, report, store: None, end });
        match ended.await {
            Ok(End::Panic) => panic!("on purpose"),
            Ok(End::Return) | Err(_) => FlushStats { transactions: 1, round_trips: 2, ..FlushStats::default() },
        }
    }
}

impl HeldFlushes {
    /// Waits for the next flush.
    pub(super) async fn next(&self) -> HeldFlush {
        let held = self.started.lock().await.recv().await.expect("a flush starts");
        HeldFlush { store: Some(self.store.clone()), ..held }
    }

    /// Whether no flush waits.
    pub(super) async fn is_idle(&self) -> bool {
        self.started.lock().await.is_empty()
    }
}

impl HeldFlush {
    /// How many operations it carries.
    pub(super) fn len(&self) -> usize {
        self.batch.operations.len()
    }

    /// Writes, reports, returns.
    pub(super) fn complete(self) {
        self.report();
        self.end(End::Return);
    }

    /// Writes and reports, and goes on running.
    pub(super) fn report(&self) {
        let store = self.store.as_ref().expect("it came from `next`");
        let _ = self.report.send(store.write(&self.batch.operations));
    }

    /// Returns without a report.
    pub(super) fn give_up(self) {
        self.end(End::Return);
    }

    pub(super) fn panic(self) {
        self.end(End::Panic);
    }

    fn end(self, end: End) {
        // A flush that was given up does not listen.
        let _ = self.end.send(end);
    }
}

/// The kind of outcome that a ticket ends with.
pub(super) async fn kind(ticket: crate::Ticket) -> OutcomeKind {
    ticket.await.outcome.kind()
}
