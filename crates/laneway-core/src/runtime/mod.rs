//! The runtime of one store: takes operations singly, lets workers extract them and the dispatcher batch them, and
//! hands each its own completion. Knows tokio; knows neither SQL nor Wasm.
//!
//! ```text
//! submit ─(room)─► channel ─► task: Dispatcher ──► flush tasks (Flush::run)
//!                    ▲          │        ▲                │
//!                    │          ▼        └── results ◄────┘
//!                    └─── extraction workers ──► completions, in groups
//! ```
//!
//! One task owns the dispatcher and the callers' ends of all operations: no operation takes a lock.

mod admission;
mod atomic;
mod command;
mod completion;
mod debt;
mod extraction;
mod flushing;
mod task;
#[cfg(test)]
mod tests;
mod ticket;

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use laneway_model::{DocumentUuid, Extractor, LimitError, Limits};
use tokio::sync::{mpsc, oneshot, watch};

use crate::stats::meter::Meter;
use crate::{Flush, Rejected, Stats, Submission, Wait};
use admission::{Admission, NoRoom, Room};
use command::{Admitted, Command, Work};
pub use completion::{Completion, CompletionSink};
use completion::{IdCell, Responder};
use extraction::{Findings, Raw, Readers};
pub use task::CLOSE_GRACE;
use task::Task;
pub use ticket::{Cancelled, Ticket};

/// The runtime of one store. Dropping it closes it as [`Runtime::close`] does, without waiting.
#[derive(Debug)]
pub struct Runtime {
    shared: Arc<Shared>,
    over: watch::Receiver<bool>,
    /// The limits in force; locked when they change, never by an operation. A change is made under the lock: the bounds
    /// of `admission` are changed by what they were, and two changes must reach the task in the same order.
    limits: Mutex<Limits>,
}

/// What submitting needs.
struct Shared {
    extractor: Arc<dyn Extractor>,
    admission: Arc<Admission>,
    meter: Arc<Meter>,
    commands: mpsc::UnboundedSender<Command>,
    /// The task's: what it holds, connections among it, ends with the task.
    flush: Weak<dyn Bounded>,
}

/// What callers ask of a [`Flush`], whatever type it is.
trait Bounded: Send + Sync {
    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError>;

    fn wait(&self) -> Option<Wait>;
}

impl<F: Flush> Bounded for F {
    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        Flush::set_limits(self, limits)
    }

    fn wait(&self) -> Option<Wait> {
        Flush::wait(self)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("stats", &self.meter.snapshot()).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts a runtime on the current tokio runtime (which must have its timer) and its extraction threads.
    ///
    /// # Errors
    /// When a bound is outside of its range, or `flush` cannot serve as many flushes at a time (of the kind `InvalidInput`,
    /// and a [`LimitError`] inside); or when the system gives no thread; those that were started have ended.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(flush: impl Flush, extractor: Arc<dyn Extractor>, limits: Limits) -> io::Result<Self> {
        let threads = extract_threads(&limits);
        Self::start_with(flush, extractor, limits, |extractor, findings| {
            extraction::Workers::start(extractor, threads, move |group| findings(group))
        })
    }

    /// As [`Self::start`], without a thread of its own: tasks read the documents, each group after a pause. On a runtime of one
    /// thread with a paused clock, what it does depends on what it is given and nothing else.
    ///
    /// # Errors
    /// When a bound is outside of its range, or `flush` cannot serve as many flushes at a time.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[cfg(any(test, feature = "testing"))]
    pub fn start_without_threads(
        flush: impl Flush,
        extractor: Arc<dyn Extractor>,
        limits: Limits,
        pause: impl FnMut() -> std::time::Duration + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_with(flush, extractor, limits, |extractor, findings| {
            Ok(extraction::Tasks::new(extractor, pause, findings))
        })
    }

    fn start_with<R: Readers>(
        flush: impl Flush,
        extractor: Arc<dyn Extractor>,
        limits: Limits,
        readers: impl FnOnce(&Arc<dyn Extractor>, Findings) -> io::Result<R>,
    ) -> io::Result<Self> {
        let flush = Arc::new(flush);
        let accepted = limits.check().and_then(|()| Flush::set_limits(&*flush, &limits));
        accepted.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let admission = Arc::new(Admission::new(&limits));
        let meter = Arc::new(Meter::default());
        // Unbounded, but each command has its own bound: one for each operation accepted, extracted or withdrawn, which
        // admission bounds; one for each flush; one for each caller that awaits a cancellation or checkpoint. What a
        // host sends without awaiting it (limits, cancellations by token) is small, and taken faster than it is sent.
        let (commands, inbox) = mpsc::unbounded_channel();
        let results = commands.clone();
        let findings = Arc::new(move |group| {
            // Fails when the task has ended, and everything has completed.
            let _ = results.send(Command::Extracted(group));
        });
        let readers = readers(&extractor, findings)?;
        let bounded = Arc::downgrade(&flush) as Weak<dyn Bounded>;
        let (announce, over) = watch::channel(false);
        let (own_admission, own_meter) = (Arc::clone(&admission), Arc::clone(&meter));
        let task = Task::new(flush, &limits, readers, own_admission, own_meter, commands.clone(), inbox);
        tokio::spawn(async move {
            task.run().await;
            announce.send_replace(true);
        });
        let shared = Arc::new(Shared { extractor, admission, meter, commands, flush: bounded });
        Ok(Self { shared, over, limits: Mutex::new(limits) })
    }

    /// Hands an operation over, waiting for room: first come, first served. Dropping the future leaves the queue.
    /// An operation whose call returned before another's began is accepted before it.
    ///
    /// # Errors
    /// [`Rejected`], but never for want of room.
    pub async fn submit<'a>(&self, submission: impl Into<Submission<'a>>) -> Result<Ticket, Rejected> {
        let admitted = self.shared.admit(submission.into()).await?;
        Ok(self.shared.accept_for_ticket(admitted))
    }

    /// Hands an operation over if there is room now.
    ///
    /// # Errors
    /// [`Rejected`].
    pub fn try_submit<'a>(&self, submission: impl Into<Submission<'a>>) -> Result<Ticket, Rejected> {
        let admitted = self.shared.try_admit(submission.into())?;
        Ok(self.shared.accept_for_ticket(admitted))
    }

    /// As [`Self::submit`]; the completion goes to `sink`, with `token`.
    ///
    /// # Errors
    /// [`Rejected`], but never for want of room.
    pub async fn submit_to<'a>(
        &self,
        submission: impl Into<Submission<'a>>,
        sink: Arc<dyn CompletionSink>,
        token: u64,
    ) -> Result<(), Rejected> {
        let admitted = self.shared.admit(submission.into()).await?;
        self.shared.accept(admitted, Responder::Sink { sink, token }, Arc::default());
        Ok(())
    }

    /// As [`Self::try_submit`]; the completion goes to `sink`, with `token`.
    ///
    /// # Errors
    /// [`Rejected`].
    pub fn try_submit_to<'a>(
        &self,
        submission: impl Into<Submission<'a>>,
        sink: Arc<dyn CompletionSink>,
        token: u64,
    ) -> Result<(), Rejected> {
        let admitted = self.shared.try_admit(submission.into())?;
        self.shared.accept(admitted, Responder::Sink { sink, token }, Arc::default());
        Ok(())
    }

    /// Takes back the operation that was handed over with `token` for a sink, if it is not being written yet. Its
    /// completion has the outcome: `cancelled`, or another where this came too late. Where several unsettled
    /// operations have the token, the one handed over last is meant.
    pub fn cancel(&self, token: u64) {
        // A task that has ended has settled everything.
        let _ = self.shared.commands.send(Command::CancelToken { token });
    }

    /// Returns when there was room for a document of `bytes` bytes with that id, in turn with those who wait to
    /// submit; the room is free again then. Dropping the future leaves the queue.
    ///
    /// # Errors
    /// [`Rejected::Closed`], and [`Rejected::TooLarge`] for more than can ever be.
    pub async fn room(&self, document_uuid: DocumentUuid, bytes: usize) -> Result<(), Rejected> {
        self.shared.admission.check_size(0, bytes)?;
        let room = self.shared.admission.enter(document_uuid.partition(), bytes).await;
        room.map(drop).map_err(|no_room| self.shared.rejected(no_room, bytes))
    }

    /// Returns when everything accepted before now has settled, whatever is accepted meanwhile; lanes do not linger
    /// until then.
    pub async fn checkpoint(&self) {
        let (reply, reached) = oneshot::channel();
        if self.shared.commands.send(Command::Checkpoint { reply }).is_ok() {
            // A task that has ended has settled everything.
            let _ = reached.await;
        }
    }

    /// Accepts nothing more, settles what was accepted, and closes what is left at the deadline as
    /// [`Self::close`] does. Returns when everything has completed. May be called again, with another deadline.
    pub async fn drain(&self, until: Instant) {
        self.end(Some(until)).await;
    }

    /// Accepts nothing more; what is not being written completes as closed, at once. Returns when the flushes that
    /// run have returned, or were given up after [`CLOSE_GRACE`]; their operations then complete as in doubt.
    /// May be called again, also while a drain goes on.
    pub async fn close(&self) {
        self.end(None).await;
    }

    /// Changes the bounds while operations run. The number of extraction threads stays.
    ///
    /// # Errors
    /// When a bound is outside of its range, or allows more flushes at a time than there may be connections; none changes
    /// then.
    pub fn set_limits(&self, limits: Limits) -> Result<(), LimitError> {
        limits.check()?;
        let mut current = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.flush.upgrade().map_or(Ok(()), |flush| flush.set_limits(&limits))?;
        self.shared.admission.resize(&current, &limits);
        // A task that has ended needs no limits.
        let _ = self.shared.commands.send(Command::Limits(Box::new(limits.clone())));
        *current = limits;
        Ok(())
    }

    /// What has been counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.meter.snapshot()
    }

    /// What flushes wait for now, other than their turn: a lock of another session, a standby, the database itself. `None`:
    /// nothing is known.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        self.shared.flush.upgrade()?.wait()
    }

    async fn end(&self, until: Option<Instant>) {
        self.shared.close(until);
        let mut over = self.over.clone();
        // An error means that the task is gone, which ends everything too.
        let _ = over.wait_for(|over| *over).await;
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.shared.close(None);
    }
}

fn extract_threads(limits: &Limits) -> usize {
    match limits.extract_threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    }
}

/// A submission whose resource is known.
struct Prepared {
    resource: Arc<laneway_model::Resource>,
    work: Work,
    bytes: usize,
    partition: laneway_model::PartitionKey,
    deadline: Option<tokio::time::Instant>,
}

impl Shared {
    fn prepare(&self, mut submission: Submission<'_>) -> Result<Prepared, Rejected> {
        submission.check()?;
        let bytes = submission.bytes();
        self.admission.check_size(submission.document_bytes(), bytes)?;
        let partition = submission.document_uuid().partition();
        let deadline = submission.deadline().map(tokio::time::Instant::from_std);
        let (resource, work) = match submission {
            Submission::Raw(request) => {
                let route = self.extractor.route(request.project, request.endpoint)?;
                let raw = Raw {
                    document: request.document,
                    document_uuid: request.document_uuid,
                    trace_id: request.trace_id,
                    authorization: request.authorization,
                    route,
                };
                (Arc::clone(&raw.route.resource), Work::Extract(raw))
            }
            Submission::Extracted(extracted) => {
                let resource = Arc::clone(&extracted.operation.extraction.resource);
                (resource, Work::None(Arc::new(extracted.operation)))
            }
        };
        Ok(Prepared { resource, work, bytes, partition, deadline })
    }

    async fn admit(&self, submission: Submission<'_>) -> Result<(Prepared, Room<'_>), Rejected> {
        let prepared = self.prepare(submission)?;
        let room = self.admission.enter(prepared.partition, prepared.bytes);
        let room = match prepared.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, room).await.map_err(|_| Rejected::Deadline)?,
            None => room.await,
        };
        let room = room.map_err(|no_room| self.rejected(no_room, prepared.bytes))?;
        Ok((prepared, room))
    }

    fn try_admit(&self, submission: Submission<'_>) -> Result<(Prepared, Room<'_>), Rejected> {
        let prepared = self.prepare(submission)?;
        let room = self.admission.try_enter(prepared.partition, prepared.bytes);
        let room = room.map_err(|no_room| self.rejected(no_room, prepared.bytes))?;
        Ok((prepared, room))
    }

    fn rejected(&self, no_room: NoRoom, bytes: usize) -> Rejected {
        match no_room {
            NoRoom::Full => Rejected::QueueFull { retry_after_ms: self.meter.retry_after_ms() },
            NoRoom::Closed => Rejected::Closed,
            NoRoom::TooLarge { bytes_max } => Rejected::TooLarge { bytes, bytes_max },
        }
    }

    fn accept_for_ticket(&self, admitted: (Prepared, Room<'_>)) -> Ticket {
        let (sender, result) = oneshot::channel();
        let id = Arc::<IdCell>::default();
        self.accept(admitted, Responder::Ticket(sender), Arc::clone(&id));
        Ticket { result, id, commands: self.commands.clone() }
    }

    /// From here on the operation completes. It has no await: a caller cannot vanish half-way.
    fn accept(&self, (prepared, room): (Prepared, Room<'_>), responder: Responder, id: Arc<IdCell>) {
        let Prepared { resource, work, bytes, partition, deadline } = prepared;
        let charge = room.taken();
        let admitted = Admitted { resource, work, bytes, partition, deadline, responder, charge, id };
        if let Err(mpsc::error::SendError(Command::Accept(admitted))) = self.commands.send(Command::Accept(admitted)) {
            // The task ended between the search for room and now: closing the gauges does not take back room given.
            task::complete_unseen(admitted);
        }
    }

    fn close(&self, until: Option<Instant>) {
        // First: what is accepted from now on already has its room, and so comes before `Close` or finds the task gone.
        self.admission.close();
        let until = until.map(tokio::time::Instant::from_std);
        // A task that has ended is closed.
        let _ = self.commands.send(Command::Close { until });
    }
}
