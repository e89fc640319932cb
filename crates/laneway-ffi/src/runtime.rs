//! A runtime: threads, one queue, the stores opened in it, and how it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use laneway_core::threads;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Dispatch;

use crate::abi::{laneway_completion_kind_t, laneway_runtime_options_t};
use crate::failure::Failure;
use crate::gate::{Close, Gate};
use crate::limits::{COUNT, within};
use crate::logs::{self, Logs};
use crate::queue::Queue;
use crate::record::Record;

/// How long a destroy waits for threads that have nothing left to do.
const THREADS_END_MAX: Duration = Duration::from_secs(1);

/// One runtime.
pub(crate) struct Runtime {
    pub(crate) queue: Arc<Queue>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) dispatch: Dispatch,
    pub(crate) outstanding: Outstanding,
    pub(crate) handle: Handle,
    /// The threads, until they are ended. A mutex, since a destroy and the last drop may both want to end them.
    threads: Mutex<Option<tokio::runtime::Runtime>>,
    /// Inside are open stores and calls that open one.
    gate: Gate,
    /// Whether the gate is closed, for those who wait for a server meanwhile.
    closing: watch::Sender<bool>,
    closed: AtomicBool,
    /// The handles of the stores opened here that have not been destroyed. A mutex: they change when stores open and
    /// close, never for an operation.
    stores: Mutex<Vec<u64>>,
}

impl Runtime {
    /// Starts the threads.
    pub(crate) fn start(options: &laneway_runtime_options_t) -> Result<Self, Failure> {
        within("worker_threads", options.worker_threads.into(), &(1..=256))?;
        within("outstanding_max", options.outstanding_max, &(1..=u64::MAX))?;
        within("log_records_max", options.log_records_max.into(), &COUNT)?;
        let queue = Arc::<Queue>::default();
        let announcing = Arc::downgrade(&queue);
        let logs = Logs::new(options.log_level, options.log_records_max as usize, move || announce(&announcing));
        let dispatch = logs.dispatch();
        let own = dispatch.clone();
        let threads = threads::start(options.worker_threads as usize, "laneway-io", move || logs::adopt_thread(&own))
            .map_err(|error| Failure::threads(&error))?;
        Ok(Self {
            queue,
            logs,
            dispatch,
            outstanding: Outstanding::new(options.outstanding_max),
            handle: threads.handle().clone(),
            threads: Mutex::new(Some(threads)),
            gate: Gate::new(),
            closing: watch::Sender::new(false),
            closed: AtomicBool::new(false),
            stores: Mutex::default(),
        })
    }

    /// Goes in, to open a store; the store goes out by [`Self::leave`].
    pub(crate) fn enter(&self) -> Result<(), Failure> {
        if self.gate.enter() { Ok(()) } else { Err(Failure::closed("runtime")) }
    }

    /// Waits for what a server is asked, unless the runtime begins to close.
    pub(crate) fn wait_for<T>(&self, answer: impl Future<Output = T>) -> Result<T, Failure> {
        let mut closing = self.closing.subscribe();
        self.handle.block_on(async {
            tokio::select! {
                answer = answer => Ok(answer),
                _ = closing.wait_for(|is_closing| *is_closing) => Err(Failure::closed("runtime")),
            }
        })
    }

    /// A store is closed, or was not opened.
    pub(crate) fn leave(&self) {
        if self.gate.leave(1) {
            self.announce_closed();
        }
    }

    /// Notes a store opened here.
    pub(crate) fn opened(&self, store: u64) {
        self.stores().push(store);
    }

    /// Forgets a destroyed store.
    pub(crate) fn forget(&self, store: u64) {
        self.stores().retain(|handle| *handle != store);
    }

    /// Accepts no store any more, and closes those that are open by `close_store`, which gets their handles.
    pub(crate) fn close(&self, close_store: impl FnMut(u64)) {
        let closed = self.gate.close();
        self.closing.send_replace(true);
        // A copy: whoever destroys a store meanwhile locks them too.
        let stores = self.stores().clone();
        stores.into_iter().for_each(close_store);
        if closed == Close::Empty {
            self.announce_closed();
        }
    }

    /// Ends the threads of a closed runtime.
    pub(crate) fn destroy(&self) {
        self.queue.end();
        if let Some(threads) = self.take_threads() {
            threads.shutdown_timeout(THREADS_END_MAX);
        }
    }

    /// The handles of its stores, which it forgets.
    pub(crate) fn take_stores(&self) -> Vec<u64> {
        std::mem::take(&mut *self.stores())
    }

    /// So many records have been taken, or were not made after all; a caller that was refused for want of room is
    /// informed.
    pub(crate) fn give_back(&self, count: u64) {
        if self.outstanding.give_back(count) {
            self.queue.push(Record::event(laneway_completion_kind_t::LANEWAY_KIND_ROOM, 0, 0));
        }
    }

    /// Whether it has begun to close.
    pub(crate) fn is_closing(&self) -> bool {
        self.gate.is_closed()
    }

    /// Whether the last record has been queued.
    pub(crate) fn is_closed(&self) -> bool {
        // Acquire, with the Release below: a destroy that sees it sees what all stores did.
        self.closed.load(Ordering::Acquire)
    }

    fn announce_closed(&self) {
        // Before the record: whoever reads that may destroy the runtime at once.
        self.closed.store(true, Ordering::Release);
        self.queue.push(Record::event(laneway_completion_kind_t::LANEWAY_KIND_RUNTIME_CLOSED, 0, 0));
    }

    fn stores(&self) -> std::sync::MutexGuard<'_, Vec<u64>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_threads(&self) -> Option<tokio::runtime::Runtime> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Runtime {
    /// In the background: the last to let go may be one of the threads itself, which cannot wait for itself.
    fn drop(&mut self) {
        if let Some(threads) = self.take_threads() {
            threads.shutdown_background();
        }
    }
}

fn announce(queue: &Weak<Queue>) {
    if let Some(queue) = queue.upgrade() {
        queue.push(Record::event(laneway_completion_kind_t::LANEWAY_KIND_LOGS, 0, 0));
    }
}

/// Counts what has been accepted and not been taken from the queue.
pub(crate) struct Outstanding {
    count: AtomicU64,
    max: u64,
    /// Whether a caller was refused since the last record was taken.
    starved: AtomicBool,
}

impl Outstanding {
    fn new(max: u64) -> Self {
        Self { count: AtomicU64::new(0), max, starved: AtomicBool::new(false) }
    }

    /// Counts one more, if there is room; else the next that is given back reports that there is.
    pub(crate) fn take(&self) -> bool {
        if self.try_take() {
            return true;
        }
        // SeqCst, all four: here `starved` is written and then `count` read, in `give_back` the other way round. Were
        // the two let past each other, both could miss, and the caller would wait for a ROOM that never comes.
        self.starved.store(true, Ordering::SeqCst);
        // Accepted: if there is room now, a ROOM is reported all the same; a caller tries once more than it need.
        self.try_take()
    }

    fn try_take(&self) -> bool {
        let more = |count| (count < self.max).then_some(count + 1);
        self.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    /// Counts fewer; whether it is to be reported that there is room.
    #[must_use]
    fn give_back(&self, count: u64) -> bool {
        if count == 0 {
            return false;
        }
        self.count.fetch_sub(count, Ordering::SeqCst);
        // Looked at before it is swapped, which costs every batch a write that other cores wait for.
        self.starved.load(Ordering::SeqCst) && self.starved.swap(false, Ordering::SeqCst)
    }
}
