//! A runtime: threads, one queue, the stores opened in it, and how it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tracing::Dispatch;

use crate::abi::{laneway_completion_kind_t, laneway_result_t, laneway_runtime_options_t};
use crate::failure::Failure;
use crate::gate::{Close, Gate};
use crate::logs::{self, Logs};
use crate::queue::Queue;
use crate::record::Record;
use crate::registry;

/// How long a destroy waits for threads that have nothing left to do.
const THREADS_END_MAX: Duration = Duration::from_secs(1);
/// The most threads that a runtime may be started with.
const WORKER_THREADS_MAX: u32 = 256;

/// One runtime.
pub(crate) struct Runtime {
    pub(crate) queue: Arc<Queue>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) dispatch: Dispatch,
    pub(crate) outstanding: Outstanding,
    pub(crate) handle: Handle,
    /// The threads, until they are ended.
    threads: Mutex<Option<tokio::runtime::Runtime>>,
    /// Inside are open stores and calls that open one.
    gate: Gate,
    closed: AtomicBool,
    /// The handles of the stores opened here, for as long as they have not been destroyed.
    stores: Mutex<Vec<u64>>,
}

impl Runtime {
    /// Starts the threads.
    pub(crate) fn start(options: &laneway_runtime_options_t) -> Result<Self, Failure> {
        if !(1..=WORKER_THREADS_MAX).contains(&options.worker_threads) {
            let what = format!("worker_threads is {}, not within 1 to {WORKER_THREADS_MAX}", options.worker_threads);
            return Err(Failure::argument(what));
        }
        if options.outstanding_max == 0 || options.log_records_max == 0 {
            return Err(Failure::argument("outstanding_max and log_records_max must be at least 1"));
        }
        let queue = Arc::<Queue>::default();
        let announcing = Arc::downgrade(&queue);
        let logs = Logs::new(options.log_level, options.log_records_max as usize, move || announce(&announcing));
        let dispatch = logs.dispatch();
        let speaking = dispatch.clone();
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.worker_threads as usize)
            .thread_name("laneway-io")
            .on_thread_start(move || logs::adopt_thread(&speaking))
            .enable_all()
            .build()
            .map_err(|error| Failure::new(laneway_result_t::LANEWAY_E_SYSTEM, format!("no threads: {error}")))?;
        Ok(Self {
            queue,
            logs,
            dispatch,
            outstanding: Outstanding::new(options.outstanding_max),
            handle: threads.handle().clone(),
            threads: Mutex::new(Some(threads)),
            gate: Gate::new(),
            closed: AtomicBool::new(false),
            stores: Mutex::default(),
        })
    }

    /// Goes in, to open a store; the store goes out by [`Self::leave`].
    pub(crate) fn enter(&self) -> Result<(), Failure> {
        if self.gate.enter() { Ok(()) } else { Err(Failure::closed("runtime")) }
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

    /// Accepts no store any more, and closes those that are open.
    pub(crate) fn close(self: &Arc<Self>, timeout: Duration) {
        let closed = self.gate.close();
        let stores = self.stores().clone();
        for store in stores.into_iter().filter_map(|handle| registry::STORES.get(handle).ok()) {
            store.close(timeout);
        }
        if closed == Close::Empty {
            self.announce_closed();
        }
    }

    /// Ends the threads of a closed runtime and takes its stores' handles away.
    pub(crate) fn destroy(&self) {
        self.drop_stores();
        self.queue.end();
        if let Some(threads) = self.take_threads() {
            threads.shutdown_timeout(THREADS_END_MAX);
        }
    }

    /// Takes the stores' handles away. What they still do goes on, and ends as it was told to.
    pub(crate) fn drop_stores(&self) {
        let stores = std::mem::take(&mut *self.stores());
        for store in stores {
            // One that was destroyed meanwhile has no handle any more.
            let _ = registry::STORES.remove(store);
        }
    }

    /// Whether it has begun to close.
    pub(crate) fn is_closing(&self) -> bool {
        self.gate.is_closed()
    }

    /// Whether everything is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn announce_closed(&self) {
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
    /// The last to let go may be one of the threads themselves, which cannot wait for itself.
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
    /// Somebody was refused since the last record was taken.
    starved: AtomicBool,
}

impl Outstanding {
    fn new(max: u64) -> Self {
        Self { count: AtomicU64::new(0), max, starved: AtomicBool::new(false) }
    }

    /// Counts one more, if there is room; else its release will say so.
    pub(crate) fn take(&self) -> bool {
        if self.try_take() {
            return true;
        }
        self.starved.store(true, Ordering::SeqCst);
        // Room may have been made between the two, and nobody told.
        self.try_take()
    }

    fn try_take(&self) -> bool {
        let more = |count| (count < self.max).then_some(count + 1);
        self.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    /// Counts fewer; whether somebody is to be told that there is room.
    #[must_use]
    pub(crate) fn give_back(&self, count: u64) -> bool {
        if count == 0 {
            return false;
        }
        self.count.fetch_sub(count, Ordering::SeqCst);
        self.starved.load(Ordering::SeqCst) && self.starved.swap(false, Ordering::SeqCst)
    }
}
