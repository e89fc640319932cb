//! A store as callers see it: one gate, one place in the queue, and what stands behind it.

use std::borrow::Borrow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use laneway_core::{Completion, CompletionSink, Rejected, Stats, Submission};
use laneway_model::{DocumentUuid, Outcome};

use crate::abi::{laneway_completion_kind_t, laneway_limits_t, laneway_result_t};
use crate::echo::Echo;
use crate::failure::Failure;
use crate::gate::{Close, Gate};
use crate::limits;
use crate::record::Record;
use crate::runtime::Runtime;

/// What a store hands operations to.
pub(crate) enum Backend {
    /// Lanes and a database.
    Core(laneway_core::Runtime),
    /// Nothing: answers as it is told to.
    Echo(Echo),
}

/// A store.
pub(crate) struct Store {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) backend: Arc<Backend>,
    /// The bounds in force; locked when they are read or changed, never by an operation.
    limits: Mutex<laneway_limits_t>,
    /// Somebody was refused, and a task waits for room to say so.
    waits_for_room: Arc<AtomicBool>,
}

/// Where a store's records go, and who says that the last one went.
pub(crate) struct Outlet {
    pub(crate) handle: u64,
    pub(crate) runtime: Arc<Runtime>,
    /// Inside are calls, tasks that will say something, and operations that have not completed.
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

    fn enter(self: &Arc<Self>) -> Option<Pass<&Arc<Self>>> {
        // Not made before it is inside: a pass that goes leaves.
        self.gate.enter().then(|| Pass(Some(self)))
    }

    fn leave(&self, count: u64) {
        if self.gate.leave(count) {
            self.closed.store(true, Ordering::Release);
            self.runtime.queue.push(Record::event(
                laneway_completion_kind_t::LANEWAY_KIND_STORE_CLOSED,
                self.handle,
                0,
            ));
            self.runtime.leave();
        }
    }

    fn say(&self, record: Record) {
        self.runtime.queue.push(record);
    }
}

impl Outlet {
    /// Tells the end of one operation.
    pub(crate) fn complete(&self, token: u64, completion: &Completion) {
        self.say(Record::operation(self.handle, token, completion));
        self.leave(1);
    }
}

impl CompletionSink for Outlet {
    fn deliver(&self, group: Vec<(u64, Completion)>) {
        let count = group.len() as u64;
        let records = group.iter().map(|(token, completion)| Record::operation(self.handle, *token, completion));
        self.runtime.queue.push_all(records.collect::<Vec<_>>());
        self.leave(count);
    }
}

impl Pass<&Arc<Outlet>> {
    /// For longer than the call.
    fn share(mut self) -> Pass<Arc<Outlet>> {
        Pass(self.0.take().map(Arc::clone))
    }
}

impl<O: Borrow<Arc<Outlet>>> Pass<O> {
    /// Somebody else will leave: an operation was accepted.
    fn hand_over(mut self) {
        self.0 = None;
    }

    fn outlet(&self) -> Option<&Outlet> {
        self.0.as_ref().map(|outlet| &**outlet.borrow())
    }

    /// Says something on the way out.
    fn say(&self, kind: laneway_completion_kind_t, token: u64) {
        if let Some(outlet) = self.outlet() {
            outlet.say(Record::event(kind, outlet.handle, token));
        }
    }
}

impl<O: Borrow<Arc<Outlet>>> Drop for Pass<O> {
    fn drop(&mut self) {
        if let Some(outlet) = self.outlet() {
            outlet.leave(1);
        }
    }
}

impl Store {
    pub(crate) fn new(outlet: Arc<Outlet>, backend: Backend, limits: laneway_limits_t) -> Self {
        Self { outlet, backend: Arc::new(backend), limits: Mutex::new(limits), waits_for_room: Arc::default() }
    }

    /// Accepts the operation, or says why not. Never blocks.
    pub(crate) fn submit(&self, submission: Submission<'_>, token: u64) -> Result<(), Failure> {
        let pass = self.admit()?;
        let (document_uuid, bytes) = (submission.document_uuid(), submission.bytes());
        let accepted = match &*self.backend {
            Backend::Core(core) => core.try_submit_to(submission, Arc::clone(&self.outlet) as _, token),
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
                self.give_back_one();
                self.tell_of_room(pass, document_uuid, bytes);
                let mut failure = Failure::new(laneway_result_t::LANEWAY_E_QUEUE_FULL, "the store's queue is full");
                failure.retry_after_ms = retry_after_ms;
                Err(failure)
            }
            Rejected::Closed => {
                self.give_back_one();
                Err(Failure::closed("store"))
            }
            // The queue's reader gets the outcome, as for every other operation.
            rejected => {
                self.outlet.say(Record::refused(self.outlet.handle, token, rejected.outcome()));
                Ok(())
            }
        }
    }

    /// Completes an operation that cannot be stored, with the outcome that tells why.
    pub(crate) fn refuse(&self, token: u64, outcome: Outcome) -> Result<(), Failure> {
        let _pass = self.admit()?;
        self.outlet.say(Record::refused(self.outlet.handle, token, outcome));
        Ok(())
    }

    /// Goes in and counts one more record that will have to be taken.
    fn admit(&self) -> Result<Pass<&Arc<Outlet>>, Failure> {
        let pass = self.outlet.enter().ok_or_else(|| Failure::closed("store"))?;
        if self.outlet.runtime.outstanding.take() {
            return Ok(pass);
        }
        let what = "as many operations as outstanding_max allows wait to be taken from the queue";
        Err(Failure::new(laneway_result_t::LANEWAY_E_QUEUE_FULL, what))
    }

    fn give_back_one(&self) {
        let runtime = &self.outlet.runtime;
        if runtime.outstanding.give_back(1) {
            runtime.queue.push(Record::event(laneway_completion_kind_t::LANEWAY_KIND_ROOM, 0, 0));
        }
    }

    /// Waits for such room as was refused, if nobody does so already, and says so.
    fn tell_of_room(&self, pass: Pass<&Arc<Outlet>>, document_uuid: DocumentUuid, bytes: usize) {
        if self.waits_for_room.swap(true, Ordering::SeqCst) {
            return;
        }
        let pass = pass.share();
        let (backend, waits) = (Arc::clone(&self.backend), Arc::clone(&self.waits_for_room));
        self.outlet.runtime.handle.spawn(async move {
            let room = match &*backend {
                // What has become too large is refused for that, once it is handed over again.
                Backend::Core(core) => core.room(document_uuid, bytes).await != Err(Rejected::Closed),
                Backend::Echo(echo) => echo.room(bytes).await,
            };
            // Before it is said: who is refused from now on must hear of it again.
            waits.store(false, Ordering::SeqCst);
            if room {
                pass.say(laneway_completion_kind_t::LANEWAY_KIND_ROOM, 0);
            }
        });
    }

    /// Takes the operation back if it is not being written yet; its completion tells.
    pub(crate) fn cancel(&self, token: u64) {
        match &*self.backend {
            Backend::Core(core) => core.cancel(token),
            Backend::Echo(echo) => echo.cancel(token),
        }
    }

    /// Says so, with `token`, when everything accepted before now has completed.
    pub(crate) fn checkpoint(&self, token: u64) -> Result<(), Failure> {
        let pass = self.admit()?.share();
        let backend = Arc::clone(&self.backend);
        self.outlet.runtime.handle.spawn(async move {
            match &*backend {
                Backend::Core(core) => core.checkpoint().await,
                Backend::Echo(echo) => echo.checkpoint().await,
            }
            pass.say(laneway_completion_kind_t::LANEWAY_KIND_CHECKPOINT, token);
        });
        Ok(())
    }

    /// Accepts nothing more, settles what was accepted until `timeout` has passed, and closes what is left then.
    pub(crate) fn close(&self, timeout: Duration) {
        // Inside until all has ended behind the gate too. A store closed before is only told of another time.
        let pass = self.outlet.enter().map(Pass::share);
        let _: Close = self.outlet.gate.close();
        let backend = Arc::clone(&self.backend);
        self.outlet.runtime.handle.spawn(async move {
            let until = Instant::now().checked_add(timeout).filter(|_| !timeout.is_zero());
            match (&*backend, until) {
                (Backend::Core(core), Some(until)) => core.drain(until).await,
                (Backend::Core(core), None) => core.close().await,
                (Backend::Echo(echo), until) => echo.close(until).await,
            }
            drop(pass);
        });
    }

    /// Whether everything is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.outlet.closed.load(Ordering::Acquire)
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
        *limits = changed;
        match &*self.backend {
            Backend::Core(core) => core.set_limits(limits::of_runtime(&changed)),
            Backend::Echo(echo) => echo.set_limits(&changed),
        }
        Ok(())
    }

    fn lock_limits(&self) -> MutexGuard<'_, laneway_limits_t> {
        // Whatever panics in between leaves whole bounds.
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has counted.
    pub(crate) fn stats(&self) -> Stats {
        match &*self.backend {
            Backend::Core(core) => core.stats(),
            Backend::Echo(echo) => echo.stats(),
        }
    }
}
