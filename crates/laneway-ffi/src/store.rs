//! A store as callers see it: an outlet, and what stands behind it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use laneway_core::{Rejected, Stats, Submission};
use laneway_model::{DocumentUuid, Outcome};

use crate::abi::{laneway_completion_kind_t, laneway_limits_t};
use crate::echo::Echo;
use crate::failure::Failure;
use crate::limits;
use crate::outlet::{Outlet, Pass};
use crate::record::Record;

/// What a store hands operations to.
pub(crate) enum Backend {
    /// Lanes and a database, whose tables are those of a layout with this name.
    Core(Box<laneway_core::Runtime>, &'static str),
    /// An echo.
    Echo(Echo),
}

/// A store.
pub(crate) struct Store {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) backend: Arc<Backend>,
    /// The bounds in force. A mutex, since two that change them must not lose one another's change; operations never
    /// lock it.
    limits: Mutex<laneway_limits_t>,
    /// `limits.document_bytes_max`, for operations.
    document_bytes_max: AtomicU64,
    /// Whether a task waits for room to report it: one a store is enough, however many are refused.
    waits_for_room: Arc<AtomicBool>,
}

impl Store {
    pub(crate) fn new(outlet: Arc<Outlet>, backend: Backend, limits: laneway_limits_t) -> Self {
        Self {
            outlet,
            backend: Arc::new(backend),
            document_bytes_max: AtomicU64::new(limits.document_bytes_max),
            limits: Mutex::new(limits),
            waits_for_room: Arc::default(),
        }
    }

    /// The size of the largest document, for those who would otherwise copy a larger one in vain.
    pub(crate) fn document_bytes_max(&self) -> usize {
        // Relaxed: a number by itself. The runtime looks again; an operation beside a change may meet either bound.
        limits::size(self.document_bytes_max.load(Ordering::Relaxed))
    }

    /// Accepts the operation, or returns why not. Never blocks.
    pub(crate) fn submit(&self, submission: Submission<'_>, token: u64) -> Result<(), Failure> {
        let pass = self.admit()?;
        let (document_uuid, bytes) = (submission.document_uuid(), submission.bytes());
        let accepted = match &*self.backend {
            Backend::Core(core, _) => core.try_submit_to(submission, Arc::clone(&self.outlet) as _, token),
            Backend::Echo(echo) => echo.submit(&submission, token),
        };
        let rejected = match accepted {
            Ok(()) => {
                pass.hand_over();
                return Ok(());
            }
            Err(rejected) => rejected,
        };
        match rejected {
            Rejected::QueueFull { retry_after_ms } => {
                self.outlet.runtime.give_back(1);
                self.report_room(pass, document_uuid, bytes);
                Err(Failure { retry_after_ms, ..Failure::queue_full("the store's queue is full") })
            }
            Rejected::Closed => {
                self.outlet.runtime.give_back(1);
                Err(Failure::closed("store"))
            }
            // The queue's reader gets the outcome, as of every other operation.
            rejected => {
                self.outlet.push(Record::refused(self.outlet.handle, token, rejected.outcome()));
                Ok(())
            }
        }
    }

    /// Completes an operation that cannot be stored, with the outcome that explains it.
    pub(crate) fn refuse(&self, token: u64, outcome: Outcome) -> Result<(), Failure> {
        let _pass = self.admit()?;
        self.outlet.push(Record::refused(self.outlet.handle, token, outcome));
        Ok(())
    }

    /// Goes in and counts one more record that will have to be taken.
    fn admit(&self) -> Result<Pass<&Arc<Outlet>>, Failure> {
        let pass = self.outlet.enter().ok_or_else(|| Failure::closed("store"))?;
        if self.outlet.runtime.outstanding.take() {
            return Ok(pass);
        }
        Err(Failure::queue_full("as many operations as outstanding_max allows wait to be taken from the queue"))
    }

    /// Waits for as much room as was refused, unless a task does so already, and reports it.
    fn report_room(&self, pass: Pass<&Arc<Outlet>>, document_uuid: DocumentUuid, bytes: usize) {
        // SeqCst here and below keeps it simple on a path that is taken when a queue is full. Accepted: a caller that
        // is refused for more than the task waits for hears of less room, tries, and is refused again.
        if self.waits_for_room.swap(true, Ordering::SeqCst) {
            return;
        }
        let pass = pass.share();
        let (backend, waits) = (Arc::clone(&self.backend), Arc::clone(&self.waits_for_room));
        self.outlet.runtime.handle.spawn(async move {
            let room = match &*backend {
                // What has become too large is refused for that, once it is handed over again.
                Backend::Core(core, _) => core.room(document_uuid, bytes).await != Err(Rejected::Closed),
                Backend::Echo(echo) => echo.room(bytes).await,
            };
            // Before it is reported: whoever is refused from now on starts another task.
            waits.store(false, Ordering::SeqCst);
            if room {
                pass.push_event(laneway_completion_kind_t::LANEWAY_KIND_ROOM, 0);
            }
        });
    }

    /// Takes the operation back if it is not being written yet; its completion is the answer.
    pub(crate) fn cancel(&self, token: u64) {
        match &*self.backend {
            Backend::Core(core, _) => core.cancel(token),
            Backend::Echo(echo) => echo.cancel(token),
        }
    }

    /// Reports, with `token`, when everything accepted before now has completed.
    pub(crate) fn checkpoint(&self, token: u64) -> Result<(), Failure> {
        let pass = self.admit()?.share();
        let backend = Arc::clone(&self.backend);
        self.outlet.runtime.handle.spawn(async move {
            match &*backend {
                Backend::Core(core, _) => core.checkpoint().await,
                Backend::Echo(echo) => echo.checkpoint().await,
            }
            pass.push_event(laneway_completion_kind_t::LANEWAY_KIND_CHECKPOINT, token);
        });
        Ok(())
    }

    /// Accepts nothing more, settles what was accepted until `timeout` has passed, and closes what is left then.
    pub(crate) fn close(&self, timeout: Duration) {
        // The pass stays inside until the backend has ended too: STORE_CLOSED comes after all that it has to report.
        // One that was closed before has none to give; then only the backend is given another time.
        let pass = self.outlet.enter().map(Pass::share);
        self.outlet.close();
        let backend = Arc::clone(&self.backend);
        self.outlet.runtime.handle.spawn(async move {
            let until = Instant::now().checked_add(timeout).filter(|_| !timeout.is_zero());
            match (&*backend, until) {
                (Backend::Core(core, _), Some(until)) => core.drain(until).await,
                (Backend::Core(core, _), None) => core.close().await,
                (Backend::Echo(echo), until) => echo.close(until).await,
            }
            drop(pass);
        });
    }

    /// The bounds in force.
    pub(crate) fn limits(&self) -> laneway_limits_t {
        *self.lock_limits()
    }

    /// Changes some of the bounds; what `change` leaves alone stays, whoever else changes at the same time.
    pub(crate) fn change_limits(&self, change: impl FnOnce(&mut laneway_limits_t)) -> Result<(), Failure> {
        let mut limits = self.lock_limits();
        let mut changed = *limits;
        change(&mut changed);
        limits::check(&changed)?;
        // Under the lock, so that the backend's last bounds are those that are kept here.
        match &*self.backend {
            Backend::Core(core, _) => core.set_limits(limits::of_runtime(&changed))?,
            Backend::Echo(echo) => echo.set_limits(&changed),
        }
        // Relaxed, as where it is read: a number by itself.
        self.document_bytes_max.store(changed.document_bytes_max, Ordering::Relaxed);
        *limits = changed;
        Ok(())
    }

    fn lock_limits(&self) -> MutexGuard<'_, laneway_limits_t> {
        // Whatever panics in between leaves whole bounds.
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What its flushes wait for, other than their turn; empty: nothing is known.
    pub(crate) fn wait(&self) -> String {
        match &*self.backend {
            Backend::Core(core, _) => core.wait().map(|wait| wait.to_string()).unwrap_or_default(),
            // It holds operations; nothing else is there to be waited for.
            Backend::Echo(_) => String::new(),
        }
    }

    /// What its tables are, in words.
    pub(crate) fn layout(&self) -> &'static str {
        match &*self.backend {
            Backend::Core(_, layout) => layout,
            Backend::Echo(_) => "echo, which stores nothing",
        }
    }

    /// What it has counted.
    pub(crate) fn stats(&self) -> Stats {
        match &*self.backend {
            Backend::Core(core, _) => core.stats(),
            Backend::Echo(echo) => echo.stats(),
        }
    }
}
