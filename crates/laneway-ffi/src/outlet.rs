//! Where a store's records go, and who reports that the last one went. Knows nothing of what produces them.

use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use laneway_core::{Completion, CompletionSink};

use crate::abi::laneway_completion_kind_t;
use crate::gate::{Close, Gate};
use crate::record::Record;
use crate::runtime::Runtime;

/// The way of one store's records into its runtime's queue.
pub(crate) struct Outlet {
    pub(crate) handle: u64,
    pub(crate) runtime: Arc<Runtime>,
    /// Inside are calls, tasks that will report something, and operations that have not completed.
    gate: Gate,
    closed: AtomicBool,
}

/// Being inside an outlet's gate: for a call, which borrows it, or for a task, which shares it.
pub(crate) struct Pass<O: Borrow<Arc<Outlet>>>(Option<O>);

impl Outlet {
    /// Takes over the runtime's pass that the store was opened with.
    pub(crate) fn new(handle: u64, runtime: Arc<Runtime>) -> Arc<Self> {
        Arc::new(Self { handle, runtime, gate: Gate::new(), closed: AtomicBool::new(false) })
    }

    /// Goes in; `None` once the store is closing.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Pass<&Arc<Self>>> {
        // `then` and not `then_some`: a pass leaves when it is dropped, so none may be made outside of the gate.
        self.gate.enter().then(|| Pass(Some(self)))
    }

    /// Lets nothing in any more. The caller is inside, so that its own leaving finds whether it is the last.
    pub(crate) fn close(&self) {
        let _: Close = self.gate.close();
    }

    /// Whether the last record has been queued.
    pub(crate) fn is_closed(&self) -> bool {
        // Acquire, with the Release in `leave`: a destroy that sees it sees everything that the last one inside did.
        self.closed.load(Ordering::Acquire)
    }

    /// Queues the end of one operation.
    pub(crate) fn complete(&self, token: u64, completion: &Completion) {
        self.push(Record::operation(self.handle, token, completion));
        self.leave(1);
    }

    /// Queues a record; only from inside the gate, or it could follow STORE_CLOSED.
    pub(crate) fn push(&self, record: Record) {
        self.runtime.queue.push(record);
    }

    fn leave(&self, count: u64) {
        if self.gate.leave(count) {
            // Before the record: whoever reads that may destroy the store at once.
            self.closed.store(true, Ordering::Release);
            self.push(Record::event(laneway_completion_kind_t::LANEWAY_KIND_STORE_CLOSED, self.handle, 0));
            self.runtime.leave();
        }
    }
}

impl CompletionSink for Outlet {
    fn deliver(&self, group: Vec<(u64, Completion)>) {
        let count = group.len() as u64;
        let records = group.iter().map(|(token, completion)| Record::operation(self.handle, *token, completion));
        // Collected first: details are written out of the queue's lock.
        self.runtime.queue.push_all(records.collect::<Vec<_>>());
        self.leave(count);
    }
}

impl Pass<&Arc<Outlet>> {
    /// For longer than the call.
    pub(crate) fn share(mut self) -> Pass<Arc<Outlet>> {
        Pass(self.0.take().map(Arc::clone))
    }
}

impl<O: Borrow<Arc<Outlet>>> Pass<O> {
    /// Leaves the pass to an operation that was accepted: its completion goes out of the gate.
    pub(crate) fn hand_over(mut self) {
        self.0 = None;
    }

    /// Queues an event.
    pub(crate) fn push_event(&self, kind: laneway_completion_kind_t, token: u64) {
        if let Some(outlet) = self.outlet() {
            outlet.push(Record::event(kind, outlet.handle, token));
        }
    }

    fn outlet(&self) -> Option<&Outlet> {
        self.0.as_ref().map(|outlet| &**outlet.borrow())
    }
}

impl<O: Borrow<Arc<Outlet>>> Drop for Pass<O> {
    fn drop(&mut self) {
        if let Some(outlet) = self.outlet() {
            outlet.leave(1);
        }
    }
}
