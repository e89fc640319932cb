//! The task that owns the dispatcher: moves events into it and carries out its actions. Decides nothing about lanes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use laneway_model::{Limits, Operation, OperationId, Outcome, ReferentialId};
use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::admission::{Admission, Charge, Released};
use super::command::{Admitted, Command, Work};
use super::completion::{Completion, Responder, deliver};
use super::extraction::{Job, Readers};
use super::flushing;
use crate::dispatcher::{Action, Dispatcher, Event, FlushId, FlushTimes, Moment};
use crate::stats::meter::Meter;
use crate::{Flush, FlushStats, Flushed, Report};

/// How long flushes may go on after the deadline of a close before they are given up, as in doubt: longer than a
/// server that answers at all takes, short enough for a host that shuts down.
pub const CLOSE_GRACE: Duration = Duration::from_millis(2_500);
/// The most commands taken at a time: lanes that have become idle meanwhile should not wait for long.
const COMMANDS_MAX: usize = 512;
/// How many acceptances of completed operations are kept beside as many as are pending, before they are looked through.
const ACCEPTANCES_SPARE: usize = 1_024;
/// The most groups of results taken at a time.
const REPORTS_MAX: usize = 64;

pub(super) struct Task<F, R> {
    dispatcher: Dispatcher,
    started: Instant,
    last_id: u64,
    last_checkpoint: u64,
    pending: FxHashMap<OperationId, Pending>,
    /// When what is pending was accepted, in this order; what has completed stays until it is the first, or most are such.
    acceptances: VecDeque<(OperationId, Moment)>,
    checkpoints: FxHashMap<u64, oneshot::Sender<()>>,
    /// The unsettled operations whose completions go to sinks, by token: of several with one token, the last.
    tokens: FxHashMap<u64, OperationId>,
    /// The callers of cancellations, in the order in which the dispatcher answers them.
    cancels: VecDeque<oneshot::Sender<bool>>,
    /// So that flushes can be given up at the end of a close.
    running: FxHashMap<FlushId, AbortHandle>,
    closing: Closing,
    flush: Arc<F>,
    readers: R,
    jobs: Vec<Job>,
    admission: Arc<Admission>,
    meter: Arc<Meter>,
    report: Report,
    reports: mpsc::UnboundedReceiver<Vec<Flushed>>,
    /// For flushes, which report their end. As the task holds it, `inbox` never ends by itself: a close does that.
    commands: mpsc::UnboundedSender<Command>,
    inbox: mpsc::UnboundedReceiver<Command>,
}

/// How far a close has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Closing {
    No,
    /// Until then everything may settle.
    Draining(Instant),
    /// Until then the flushes that run may return.
    Aborting(Instant),
    /// They have been given up.
    Abandoned,
}

/// The caller's end of an unsettled operation.
struct Pending {
    responder: Responder,
    charge: Charge,
    referential_id: Option<ReferentialId>,
    flushing: bool,
    accepted_at: Moment,
}

impl<F: Flush, R: Readers> Task<F, R> {
    pub(super) fn new(
        flush: Arc<F>,
        limits: &Limits,
        readers: R,
        admission: Arc<Admission>,
        meter: Arc<Meter>,
        commands: mpsc::UnboundedSender<Command>,
        inbox: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let (report, reports) = mpsc::unbounded_channel();
        Self {
            dispatcher: Dispatcher::new(limits),
            started: Instant::now(),
            last_id: 0,
            last_checkpoint: 0,
            pending: FxHashMap::default(),
            acceptances: VecDeque::new(),
            checkpoints: FxHashMap::default(),
            tokens: FxHashMap::default(),
            cancels: VecDeque::new(),
            running: FxHashMap::default(),
            closing: Closing::No,
            flush,
            readers,
            jobs: Vec::new(),
            admission,
            meter,
            report,
            reports,
            commands,
            inbox,
        }
    }

    /// Runs until it is closed and everything has completed.
    pub(super) async fn run(mut self) {
        let mut commands = Vec::new();
        let mut reports = Vec::new();
        let mut actions = Vec::new();
        loop {
            // Results before commands: a `FlushOver` among these must not overtake what its flush reported.
            for results in reports.drain(..) {
                self.handle(Event::Flushed(results));
            }
            for command in commands.drain(..) {
                self.command(command);
            }
            self.close_further();
            self.readers.put(self.jobs.drain(..));
            self.dispatcher.advance(self.now());
            self.dispatcher.take_actions(&mut actions);
            self.perform(actions.drain(..));
            if self.closing != Closing::No && self.dispatcher.is_idle() {
                break;
            }
            let wake = self.wake();
            // Biased: results free lanes, commands fill them. `recv_many` loses nothing when it is dropped.
            tokio::select! {
                biased;
                _ = self.reports.recv_many(&mut reports, REPORTS_MAX) => {}
                _ = self.inbox.recv_many(&mut commands, COMMANDS_MAX) => {}
                () = sleep_until(wake), if wake.is_some() => {}
            }
        }
        self.finish().await;
    }

    fn now(&self) -> Moment {
        self.started.elapsed()
    }

    fn handle(&mut self, event: Event) {
        self.dispatcher.handle(self.now(), event);
    }

    /// When something is to be done even if nothing happens.
    fn wake(&self) -> Option<Instant> {
        let closing = match self.closing {
            Closing::Draining(until) | Closing::Aborting(until) => Some(until),
            Closing::No | Closing::Abandoned => None,
        };
        let next = self.dispatcher.next_wake().map(|wake| self.started + wake);
        [closing, next].into_iter().flatten().min()
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Accept(admitted) => self.accept(admitted),
            Command::Extracted(results) => {
                for (id, result) in results {
                    match result {
                        Ok(operation) => self.extracted(id, operation),
                        Err(outcome) => self.handle(Event::Unextractable { id, outcome }),
                    }
                }
            }
            Command::FlushOver { flush, stats } => self.flush_over(flush, stats),
            Command::Cancel { id, reply } => {
                self.cancels.push_back(reply);
                self.handle(Event::Cancel(id.get()));
            }
            Command::CancelToken { token } => {
                if let Some(id) = self.tokens.get(&token) {
                    let id = *id;
                    // The dispatcher answers this one too, and the answer goes nowhere: a sink gets the completion.
                    self.cancels.push_back(oneshot::channel().0);
                    self.handle(Event::Cancel(id));
                }
            }
            Command::Checkpoint { reply } => {
                self.last_checkpoint += 1;
                self.checkpoints.insert(self.last_checkpoint, reply);
                self.handle(Event::Checkpoint { key: self.last_checkpoint });
            }
            Command::Close { until } => self.close(until),
            Command::Limits(limits) => self.handle(Event::Limits(limits)),
        }
    }

    fn accept(&mut self, admitted: Admitted) {
        let Admitted { resource, work, bytes, partition, deadline, responder, charge, id: cell } = admitted;
        self.last_id += 1;
        let id = OperationId(self.last_id);
        cell.set(id);
        self.meter.accepted(self.pending.is_empty());
        if let Responder::Sink { token, .. } = &responder {
            self.tokens.insert(*token, id);
        }
        let accepted_at = self.now();
        self.pending.insert(id, Pending { responder, charge, referential_id: None, flushing: false, accepted_at });
        self.acceptances.push_back((id, accepted_at));
        let deadline = deadline.map(|deadline| deadline.saturating_duration_since(self.started));
        self.handle(Event::Accepted { id, resource, bytes, partition, deadline });
        match work {
            // What came behind a close in the channel settles at once or, in a drain, like all others.
            Work::Extract(raw) => self.jobs.push((id, raw)),
            Work::None(operation) => self.extracted(id, operation),
        }
    }

    fn extracted(&mut self, id: OperationId, operation: Arc<Operation>) {
        let referential_id = operation.extraction.referential_id;
        let now = self.now();
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.referential_id = Some(referential_id);
            self.meter.extracted(now.saturating_sub(pending.accepted_at));
        }
        self.handle(Event::Extracted { id, operation });
    }

    fn flush_over(&mut self, flush: FlushId, stats: Option<FlushStats>) {
        // What it reported was sent before its end, on another channel: it has to be handled before it too.
        while let Ok(results) = self.reports.try_recv() {
            self.handle(Event::Flushed(results));
        }
        self.running.remove(&flush);
        self.meter.flush_over(stats.as_ref());
        let unreported = match (self.closing, &stats) {
            (Closing::Abandoned, _) => Outcome::InDoubt,
            (_, Some(_)) => lost("the flush returned without a result for this operation"),
            (_, None) => lost("the flush broke off"),
        };
        let times = stats.map(|FlushStats { elapsed, writing, .. }| FlushTimes { elapsed, writing });
        self.handle(Event::FlushOver { flush, times, unreported });
    }

    fn close(&mut self, until: Option<Instant>) {
        match (until, self.closing) {
            (Some(until), Closing::No | Closing::Draining(_)) => {
                self.closing = Closing::Draining(until);
                self.handle(Event::Drain);
            }
            (None, Closing::No | Closing::Draining(_)) => self.abort(),
            (_, Closing::Aborting(_) | Closing::Abandoned) => {}
        }
    }

    fn abort(&mut self) {
        self.closing = Closing::Aborting(Instant::now() + CLOSE_GRACE);
        self.handle(Event::Abort);
    }

    /// Goes to the next step of a close whose time has come.
    fn close_further(&mut self) {
        match self.closing {
            Closing::Draining(until) if until <= Instant::now() => self.abort(),
            Closing::Aborting(until) if until <= Instant::now() => {
                self.closing = Closing::Abandoned;
                self.running.values().for_each(AbortHandle::abort);
            }
            _ => {}
        }
    }

    fn perform(&mut self, actions: impl Iterator<Item = Action>) {
        let mut group = Vec::new();
        let mut released = Released::default();
        let mut reached = Vec::new();
        for action in actions {
            match action {
                Action::Flush { flush, batch } => {
                    self.meter.flush_started(&batch);
                    for accepted in &batch.operations {
                        self.pending.entry(accepted.id).and_modify(|pending| pending.flushing = true);
                    }
                    let (report, commands) = (self.report.clone(), self.commands.clone());
                    self.running.insert(flush, flushing::spawn(&self.flush, flush, batch, report, commands));
                }
                Action::Complete { id, outcome, info, queued, elapsed } => {
                    self.meter.completed(&outcome, queued, elapsed);
                    if let Some(Pending { responder, charge, referential_id, .. }) = self.pending.remove(&id) {
                        released.add(charge);
                        self.forget_token(&responder, id);
                        let completion = Completion { id, outcome, referential_id, info, queued, elapsed };
                        group.push((responder, completion));
                    }
                }
                Action::CancelAnswered { removed } => {
                    if let Some(reply) = self.cancels.pop_front() {
                        // Fails when the caller does not wait for the answer.
                        let _ = reply.send(removed);
                    }
                }
                Action::CheckpointReached { key } => {
                    reached.extend(self.checkpoints.remove(&key));
                }
            }
        }
        self.meter.completed_group(group.len());
        self.admission.set_lane_count(self.dispatcher.lanes());
        self.meter.counters(self.dispatcher.counters());
        let oldest = self.oldest_pending();
        self.meter.oldest_pending(oldest.map(|at| self.started + at));
        deliver(group);
        // After the completions: whoever awaits a checkpoint finds all of them delivered.
        for reply in reached {
            let _ = reply.send(());
        }
        // Last: a sink that bounds what it holds has got these completions before it can be given more.
        self.admission.release(&released);
    }

    /// When the oldest pending operation was accepted.
    fn oldest_pending(&mut self) -> Option<Moment> {
        // One that is pending for long must not keep the list of all that came after it.
        if self.acceptances.len() > ACCEPTANCES_SPARE + 2 * self.pending.len() {
            self.acceptances.retain(|(id, _)| self.pending.contains_key(id));
        }
        while let Some((id, at)) = self.acceptances.front() {
            if self.pending.contains_key(id) {
                return Some(*at);
            }
            self.acceptances.pop_front();
        }
        None
    }

    /// A later operation may have the same token by now.
    fn forget_token(&mut self, responder: &Responder, id: OperationId) {
        if let Responder::Sink { token, .. } = responder
            && self.tokens.get(token) == Some(&id)
        {
            self.tokens.remove(token);
        }
    }

    /// Completes what came in after the last look, and waits for those who read.
    async fn finish(mut self) {
        // A command sent before this is received below; one sent after it fails, and its sender completes it.
        self.inbox.close();
        while let Some(command) = self.inbox.recv().await {
            match command {
                Command::Accept(admitted) => complete_unseen(admitted),
                Command::Cancel { reply, .. } => drop(reply.send(false)),
                _ => {}
            }
        }
        if let Some(join) = self.readers.close() {
            // An error would be a panic of `join`, which has none: threads that panicked are joined like others.
            let _ = tokio::task::spawn_blocking(join).await;
        }
    }
}

/// The task may die with its tokio runtime, before a close: its callers must not wait for ever.
impl<F, R> Drop for Task<F, R> {
    fn drop(&mut self) {
        self.admission.close();
        self.inbox.close();
        while let Ok(command) = self.inbox.try_recv() {
            if let Command::Accept(admitted) = command {
                complete_unseen(admitted);
            }
        }
        let group = self.pending.drain().map(|(id, pending)| {
            let outcome = if pending.flushing { Outcome::InDoubt } else { Outcome::Closed };
            (pending.responder, Completion::unwritten(id, outcome))
        });
        deliver(group);
    }
}

/// Completes an operation that the dispatcher never saw.
pub(super) fn complete_unseen(admitted: Admitted) {
    deliver([(admitted.responder, Completion::unwritten(admitted.id.get(), Outcome::Closed))]);
}

fn lost(what: &str) -> Outcome {
    let message = format!("{what}; whether the document was stored is not known");
    Outcome::Failed { sqlstate: None, message }
}

async fn sleep_until(wake: Option<Instant>) {
    if let Some(wake) = wake {
        tokio::time::sleep_until(wake).await;
    }
}
