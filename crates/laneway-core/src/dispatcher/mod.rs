//! The dispatcher: a state machine that brings accepted operations into lanes, cuts batches and decides which
//! operation waits for which. Events go in, actions come out; it has no clock, no task, no I/O and no randomness, so
//! equal events make equal actions. It knows neither SQL nor Wasm nor tokio.
//!
//! The life of an operation ([`entry::Stage`]):
//!
//! ```text
//! accepted ─► Extracting ─► Ordered ─► AwaitingIdentity ─┬──────► Queued ─► Flushing ─► settled
//!             (a worker     (an earlier (another has its │          ▲  ▲        │
//!              reads it)     one of its  identity)       │          │  │        │ (a reference was missing
//!                            names is                    ▼          │  │        ▼  that is or was in flight)
//!                            not read)          AwaitingReferences ─┘  └─ AwaitingReferences
//! ```
//!
//! From `Flushing` an operation also goes to `Locked`, where another client's lock keeps it from being written, and back, and to
//! `Rechecking`, where its references may still come from another server. From `AwaitingIdentity` it may go to `Flushing` with
//! the head of its line, and back where it was not written.
//!
//! From every stage but `Flushing` it can also settle by deadline, cancellation or abort. Stages that need no
//! waiting are passed at once.
//!
//! Invariants:
//! - Each accepted operation completes exactly once, at the latest a moment after its deadline; one whose flush has not
//!   reported it by then completes as in doubt and stays in its lines until the flush does.
//! - Only the first in an identity's line awaits references, is queued or locked, and operations of one identity are written in
//!   order of acceptance. Those behind it are in a flush only with it, as a run (`runs`), and stay in line until they settle.
//! - After each event no set of operations waits for nothing but each other (`deadlock`).
//! - An operation is refused for a missing reference only under the conditions of `references`.
//!
//! Every file below adds one concern to [`Dispatcher`], whose fields they share: an event touches most of them.

mod adaptation;
mod arrivals;
mod aside;
mod checkpoints;
mod costs;
mod cut;
mod deadlock;
mod entry;
mod event;
mod flushes;
mod home;
mod identities;
mod lane;
mod lane_count;
mod locked;
mod recently_stored;
mod recheck;
mod references;
mod returns;
mod routing;
mod runs;
#[cfg(test)]
mod tests;
mod waits;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use laneway_model::{Limits, Operation, OperationId, Outcome, PartitionKey, ReferentialId, Resource};
use rustc_hash::FxHashMap;

use crate::FlushInfo;
use arrivals::Arrivals;
use aside::SetAside;
use checkpoints::Checkpoints;
use costs::Costs;
use entry::{Entry, Stage};
pub(crate) use event::{Action, Event, FlushId, FlushTimes, Moment};
use flushes::Flushes;
use home::{LANE_ITEMS_BY_PERSON, lane_of_person};
use identities::Identities;
use lane::Lane;
use lane_count::LaneCount;
use recently_stored::RecentlyStored;

/// How many lanes there can be: one for each partition of the store.
pub(crate) const LANES_MAX: usize = PartitionKey::COUNT;

/// How long after an operation's deadline its flush may take to report it, before its caller learns that it is not known
/// whether it was stored: longer than a flush takes whose server answers.
const DEADLINE_GRACE: Duration = Duration::from_secs(1);

/// How often things happened that an operator may wonder about.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counters {
    /// Operations that had to wait for an identity.
    pub(crate) awaiting_identity: u64,
    /// Operations that waited, before a flush, for one in flight elsewhere that they refer to.
    pub(crate) awaiting_references_early: u64,
    /// Operations that waited, or were written again, because a flush missed a reference that was in flight.
    pub(crate) awaiting_references_late: u64,
    /// Cycles of references cut as one.
    pub(crate) cycles: u64,
    /// Operations that had to stop waiting because of those behind them in an identity's line.
    pub(crate) gave_way: u64,
}

/// All operations between acceptance and settlement, and what they wait for.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    limits: Limits,
    phase: Phase,
    now: Moment,
    /// Counts starts of flushes and settlements, to tell which came first.
    tick: u64,
    operations: FxHashMap<OperationId, Entry>,
    arrivals: Arrivals,
    identities: Identities,
    recently_stored: RecentlyStored,
    lanes: [Lane; LANES_MAX],
    lane_count: LaneCount,
    costs: Costs,
    /// The lane that may cut next, so that none starves for want of a slot.
    turn: usize,
    flushes: Flushes,
    aside: SetAside,
    checkpoints: Checkpoints,
    deadlines: BTreeSet<(Moment, OperationId)>,
    /// When each that is [`Stage::Rechecking`] looks again.
    rechecks: BTreeSet<(Moment, OperationId)>,
    /// A moving average of how long flushes take.
    flush_mean: Duration,
    counters: Counters,
    todo: VecDeque<Todo>,
    /// What is looked at when `todo` is empty: until then the waits are not up to date, and a deadlock that is found
    /// may be none.
    deferred: VecDeque<Deferred>,
    actions: Vec<Action>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Phase {
    Open,
    Draining,
    Aborted,
}

/// What an event leads to, one step at a time, so that long consequences need no deep stack.
#[derive(Clone, Copy, Debug)]
enum Todo {
    /// It may have become first under its names.
    JoinLines(OperationId),
    /// It came to the head of one of its lines.
    Promote(OperationId),
    /// Its flush did not write it, as it awaits its identity.
    BackInLine(OperationId),
    /// What it waits for before its first flush entered a lane: it may follow.
    Follow(OperationId),
    /// Its wait for that identity is over; `stored`: by this operation, which stored it.
    EndWait(OperationId, ReferentialId, Option<OperationId>),
}

/// An operation to be looked at once the waits are up to date.
#[derive(Clone, Copy, Debug)]
enum Deferred {
    /// The extractions that it waited for are over.
    Judge(OperationId),
    /// It may be in a deadlock.
    DeadlockCandidate(OperationId),
}

impl Dispatcher {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            phase: Phase::Open,
            now: Moment::ZERO,
            tick: 0,
            operations: FxHashMap::default(),
            arrivals: Arrivals::default(),
            identities: Identities::default(),
            recently_stored: RecentlyStored::default(),
            lanes: Default::default(),
            lane_count: LaneCount::new(limits),
            costs: Costs::default(),
            turn: 0,
            flushes: Flushes::default(),
            aside: SetAside::default(),
            checkpoints: Checkpoints::default(),
            deadlines: BTreeSet::new(),
            rechecks: BTreeSet::new(),
            flush_mean: Duration::ZERO,
            counters: Counters::default(),
            todo: VecDeque::new(),
            deferred: VecDeque::new(),
            actions: Vec::new(),
        }
    }

    /// Takes note of what happened. `now` never goes back.
    pub(crate) fn handle(&mut self, now: Moment, event: Event) {
        self.now = now;
        match event {
            Event::Accepted { id, resource, bytes, partition, deadline } => {
                self.accept(id, &resource, bytes, partition, deadline);
            }
            Event::Extracted { id, operation } => self.extracted(id, operation),
            Event::Unextractable { id, outcome } => self.settle_if(id, outcome, |stage| stage == Stage::Extracting),
            Event::Flushed(results) => self.flushed(results),
            Event::FlushOver { flush, times, unreported } => self.flush_over(flush, times, &unreported),
            Event::Cancel(id) => self.cancel(id),
            Event::Checkpoint { key } => self.checkpoints.ask(key),
            Event::Drain => self.phase = self.phase.max(Phase::Draining),
            Event::Abort => self.abort(),
            Event::Limits(limits) => self.set_limits(*limits),
        }
        self.work_off();
    }

    /// Gives up what is past its deadline and cuts batches: to be called after a group of events, and at
    /// [`Self::next_wake`].
    pub(crate) fn advance(&mut self, now: Moment) {
        self.now = now;
        while let Some(&(deadline, id)) = self.deadlines.first()
            && deadline <= now
        {
            self.deadlines.pop_first();
            self.expire(id);
            self.work_off();
        }
        self.give_up_locked();
        self.look_again();
        self.cut();
        // No flush that runs can have read before the oldest window; settlements older than that are seen by all.
        self.identities.forget_before(self.flushes.oldest_window().unwrap_or(self.tick + 1));
        while let Some(key) = self.checkpoints.pop_reached() {
            self.actions.push(Action::CheckpointReached { key });
        }
    }

    /// An operation's deadline has passed. In a flush, the flush takes it back or reports what became of it; where it
    /// does neither for a while, its caller learns that it is not known, and the operation goes on.
    fn expire(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        if !matches!(entry.stage, Stage::Flushing { .. }) {
            return self.settle(id, Outcome::Deadline);
        }
        if !entry.is_overdue {
            entry.is_overdue = true;
            let answer_at = self.now + DEADLINE_GRACE;
            entry.deadline = Some(answer_at);
            self.deadlines.insert((answer_at, id));
            return;
        }
        entry.deadline = None;
        entry.is_answered = true;
        let completion = entry.completion(id, Outcome::InDoubt, self.now);
        self.actions.push(completion);
    }

    /// Puts what is to be done into `actions`, in order.
    pub(crate) fn take_actions(&mut self, actions: &mut Vec<Action>) {
        actions.append(&mut self.actions);
    }

    /// When [`Self::advance`] has something to do even if nothing happens.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let deadline = self.deadlines.first().map(|(deadline, _)| *deadline);
        let recheck = self.rechecks.first().map(|(at, _)| *at);
        [deadline, recheck, self.next_cut(), self.next_aside()].into_iter().flatten().min()
    }

    /// Whether nothing is unsettled and no flush runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.operations.is_empty() && self.flushes.is_empty()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    fn work_off(&mut self) {
        loop {
            while let Some(todo) = self.todo.pop_front() {
                match todo {
                    Todo::JoinLines(id) => self.join_lines(id),
                    Todo::Promote(id) => self.promote(id),
                    Todo::BackInLine(id) => self.back_in_line(id),
                    Todo::Follow(id) => self.follow(id),
                    Todo::EndWait(id, of, stored) => self.end_wait(id, of, stored),
                }
            }
            match self.deferred.pop_front() {
                Some(Deferred::Judge(id)) => self.judge_again(id),
                Some(Deferred::DeadlockCandidate(id)) => self.resolve_deadlock(id),
                None => return,
            }
        }
    }

    fn accept(
        &mut self,
        id: OperationId,
        resource: &Arc<Resource>,
        bytes: usize,
        partition: PartitionKey,
        deadline: Option<Moment>,
    ) {
        let names = self.arrivals.names_of(resource);
        self.arrivals.arrive(id, names);
        let home = partition.index() % self.lanes();
        let entry = Entry {
            stage: Stage::Extracting,
            names,
            home,
            lane: home,
            bytes,
            accepted_at: self.now,
            flushed_at: None,
            deadline,
            is_overdue: false,
            is_answered: false,
            epoch: self.checkpoints.accepted(),
            operation: None,
            waits: None,
            aside: None,
            info: FlushInfo::default(),
        };
        self.operations.insert(id, entry);
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, id));
        }
        // The caller may have found room before the close and sent its command after it.
        if self.phase == Phase::Aborted {
            self.settle(id, Outcome::Closed);
        }
    }

    fn extracted(&mut self, id: OperationId, operation: Arc<Operation>) {
        let lanes = self.lanes();
        let by_person = self.operations.len() > lanes * LANE_ITEMS_BY_PERSON;
        // It was cancelled, or passed its deadline, while a worker read it: the extraction is thrown away.
        if let Some(entry) = self.operations.get_mut(&id)
            && entry.stage == Stage::Extracting
        {
            entry.stage = Stage::Ordered;
            if let Some(home) = lane_of_person(&operation, lanes).filter(|_| by_person) {
                entry.home = home;
            }
            entry.operation = Some(operation);
            self.todo.push_back(Todo::JoinLines(id));
        }
    }

    fn cancel(&mut self, id: OperationId) {
        let removed = self.operations.get(&id).is_some_and(|entry| !matches!(entry.stage, Stage::Flushing { .. }));
        if removed {
            self.settle(id, Outcome::Cancelled);
        }
        self.actions.push(Action::CancelAnswered { removed });
    }

    fn abort(&mut self) {
        self.phase = Phase::Aborted;
        let mut ids: Vec<OperationId> = self.operations.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.settle_if(id, Outcome::Closed, |stage| !matches!(stage, Stage::Flushing { .. }));
        }
    }

    fn settle_if(&mut self, id: OperationId, outcome: Outcome, is_right: impl Fn(Stage) -> bool) {
        if self.operations.get(&id).is_some_and(|entry| is_right(entry.stage)) {
            self.settle(id, outcome);
        }
    }

    /// Ends an operation: its completion goes to its caller, and what waits for it goes on.
    fn settle(&mut self, id: OperationId, outcome: Outcome) {
        self.end_waits(id);
        let Some(entry) = self.operations.remove(&id) else { return };
        match entry.stage {
            Stage::Extracting | Stage::Ordered => self.depart(id, entry.names),
            Stage::Queued { lane, .. } => {
                let is_here = |id| self.operations.get(&id).is_some_and(|other| other.is_queued_in(lane));
                self.lanes[lane].withdraw(entry.bytes, is_here);
            }
            Stage::Locked { unit } => self.aside.withdraw(id, unit, &entry),
            Stage::Rechecking { at } => drop(self.rechecks.remove(&(at, id))),
            Stage::AwaitingIdentity { .. } | Stage::AwaitingReferences | Stage::Flushing { .. } => {}
        }
        self.leave_lines(id, &entry, outcome.is_stored());
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        self.checkpoints.settled(entry.epoch);
        if !entry.is_answered {
            self.actions.push(entry.completion(id, outcome, self.now));
        }
    }
}
