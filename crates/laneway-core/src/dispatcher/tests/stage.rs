//! A dispatcher with its surroundings played by the test: extraction, flushes and a model store, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use laneway_model::{Limits, OperationId, Outcome, OutcomeKind, ReferentialId};

use super::referee::Referee;
use crate::dispatcher::{Action, Dispatcher, Event, FlushId, FlushTimes, Moment};
use crate::memory::{MemoryStore, Snapshot};
use crate::order::BatchOrder;
use crate::planned_operation::PlannedOperation;
use crate::tests::documents::Document;
use crate::{Accepted, Batch, FlushInfo, Flushed, Settlement};

/// A running flush.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) batch: Batch,
    /// What it has read.
    pub(super) snapshot: Option<Snapshot>,
    /// What it has written and not reported; `None` before it has written.
    pub(super) results: Option<Vec<(OperationId, Settlement)>>,
}

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) dispatcher: Dispatcher,
    pub(super) referee: Referee,
    pub(super) store: MemoryStore,
    pub(super) now: Moment,
    /// How long flushes say that they took.
    pub(super) flush_time: Duration,
    /// And how long they have waited for locks before.
    pub(super) lock_time: Duration,
    pub(super) documents: BTreeMap<OperationId, Document>,
    pub(super) extracting: Vec<OperationId>,
    pub(super) running: BTreeMap<FlushId, Running>,
    pub(super) checkpoints: Vec<u64>,
    pub(super) cancels: Vec<bool>,
    /// All events and actions, as text: what a failing seed prints, and by what two runs of one seed are compared.
    pub(super) trace: Vec<String>,
}

impl Stage {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            dispatcher: Dispatcher::new(limits),
            referee: Referee::new(limits),
            store: MemoryStore::default(),
            now: Moment::ZERO,
            flush_time: Duration::from_millis(1),
            lock_time: Duration::ZERO,
            documents: BTreeMap::new(),
            extracting: Vec::new(),
            running: BTreeMap::new(),
            checkpoints: Vec::new(),
            cancels: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// Lets the dispatcher cut.
    pub(super) fn advance(&mut self) {
        self.dispatcher.advance(self.now);
        self.dispatcher.check_wake();
        self.take_actions();
    }

    fn take_actions(&mut self) {
        self.dispatcher.check();
        let mut actions = Vec::new();
        self.dispatcher.take_actions(&mut actions);
        for action in actions {
            self.trace.push(describe(&action));
            self.referee.action(self.now, &action);
            match action {
                Action::Flush { flush, batch } => {
                    self.running.insert(flush, Running { batch, snapshot: None, results: None });
                }
                Action::Complete { id, .. } => self.extracting.retain(|other| *other != id),
                Action::CancelAnswered { removed } => self.cancels.push(removed),
                Action::CheckpointReached { key } => self.checkpoints.push(key),
            }
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.trace.push(match &event {
            Event::Accepted { id, .. } => format!("{:?}: accepted {} {:?}", self.now, id.0, self.documents[id]),
            Event::Extracted { id, .. } => format!("{:?}: extracted {}", self.now, id.0),
            other => format!("{:?}: {other:?}", self.now),
        });
        self.dispatcher.handle(self.now, event);
        self.take_actions();
    }

    pub(super) fn accept(&mut self, document: &Document, deadline: Option<Moment>) -> OperationId {
        let id = OperationId(self.documents.len() as u64 + 1);
        self.documents.insert(id, document.clone());
        self.extracting.push(id);
        self.referee.accepted(id, document, deadline);
        let (resource, partition) = (document.resource(), document.uuid.partition());
        self.event(Event::Accepted { id, resource, bytes: document.bytes, partition, deadline });
        id
    }

    pub(super) fn extract(&mut self, id: OperationId) {
        self.extracting.retain(|other| *other != id);
        self.referee.extracted(id);
        let operation = self.documents[&id].operation();
        self.event(Event::Extracted { id, operation });
    }

    /// Accepts and extracts.
    pub(super) fn submit(&mut self, document: &Document) -> OperationId {
        let id = self.accept(document, None);
        self.extract(id);
        id
    }

    /// Lets a flush read.
    pub(super) fn read(&mut self, flush: FlushId) {
        let running = self.running.get_mut(&flush).expect("a running flush");
        running.snapshot = Some(self.store.resolve(&running.batch.operations));
    }

    /// Lets a flush write; those that `fails` picks fail.
    pub(super) fn write(&mut self, flush: FlushId, mut fails: impl FnMut(OperationId) -> bool) {
        let failed = Outcome::Failed { sqlstate: None, message: "on purpose".into() };
        self.write_but(flush, |accepted| fails(accepted.id).then(|| Settlement::Settled(failed.clone())));
    }

    /// Lets a flush write; another client locks those that `locks` picks, and with them what is written together with them.
    pub(super) fn write_unlocked(&mut self, flush: FlushId, mut locks: impl FnMut(OperationId) -> bool) {
        let operations = &self.running[&flush].batch.operations;
        let planned: Vec<_> = operations.iter().cloned().map(PlannedOperation::new).collect();
        let units = BatchOrder::of(&planned).units.into_iter();
        let ids = units.map(|unit| unit.into_iter().map(|at| operations[at].id).collect::<Vec<_>>());
        let locked: Vec<OperationId> = ids.filter(|unit| unit.iter().any(|id| locks(*id))).flatten().collect();
        let refusal = Outcome::WriteConflict { sqlstate: None };
        let mut held_up = BTreeSet::new();
        self.write_but(flush, |accepted| {
            let own = accepted.operation.extraction.referential_id;
            if !(locked.contains(&accepted.id) || (accepted.in_line && held_up.contains(&own))) {
                return None;
            }
            held_up.insert(own);
            Some(if accepted.in_line { Settlement::InLine } else { Settlement::Locked { refusal: refusal.clone() } })
        });
    }

    /// Lets a flush write what `left_out` gives no other result.
    pub(super) fn write_but(&mut self, flush: FlushId, mut left_out: impl FnMut(&Accepted) -> Option<Settlement>) {
        let running = self.running.get_mut(&flush).expect("a running flush");
        let snapshot = running.snapshot.take().expect("it has read");
        let mut out = Vec::new();
        let mut written: Vec<Accepted> = running.batch.operations.clone();
        written.retain(|accepted| left_out(accepted).map(|result| out.push((accepted.id, result))).is_none());
        let mut results = self.store.apply(&written, &snapshot);
        results.extend(out);
        results.sort_by_key(|(id, _)| *id);
        running.results = Some(results);
    }

    /// Lets a flush report its next `count` results.
    pub(super) fn report(&mut self, flush: FlushId, count: usize) {
        let running = self.running.get_mut(&flush).expect("a running flush");
        let results = running.results.as_mut().expect("it has written");
        let group: Vec<_> = results.drain(..count.min(results.len())).collect();
        let locked = group.iter().filter(|(_, settlement)| matches!(settlement, Settlement::Locked { .. })).count();
        for (id, settlement) in &group {
            match settlement {
                Settlement::Settled(_) => self.referee.settled_by_flush(*id),
                Settlement::Missing { ids, .. } => self.referee.missed(self.now, *id, ids),
                Settlement::Locked { .. } => self.referee.locked(self.now, *id, locked),
                Settlement::InLine => self.referee.kept_in_line(*id),
            }
        }
        let flushed = |(id, settlement)| Flushed { id, settlement, info: FlushInfo::default() };
        self.event(Event::Flushed(group.into_iter().map(flushed).collect()));
    }

    /// Lets a flush return.
    pub(super) fn end(&mut self, flush: FlushId) {
        self.running.remove(&flush);
        self.referee.over(flush);
        let unreported = Outcome::Failed { sqlstate: None, message: "unreported".into() };
        let times = FlushTimes { elapsed: self.lock_time + self.flush_time, writing: self.flush_time };
        self.event(Event::FlushOver { flush, times: Some(times), unreported });
    }

    /// Lets a flush do all of it.
    pub(super) fn complete(&mut self, flush: FlushId) {
        self.read(flush);
        self.write(flush, |_| false);
        self.report(flush, usize::MAX);
        self.end(flush);
        self.advance();
    }

    /// Lets all flushes return until none runs.
    pub(super) fn settle(&mut self) {
        self.advance();
        while let Some(flush) = self.running.keys().next().copied() {
            self.complete(flush);
        }
    }

    /// The flush that runs, with the numbers of its operations.
    pub(super) fn only_flush(&self) -> (FlushId, Vec<u64>) {
        assert_eq!(self.running.len(), 1, "one flush runs");
        self.flushes().into_iter().next().expect("one")
    }

    pub(super) fn flushes(&self) -> Vec<(FlushId, Vec<u64>)> {
        let ids = |running: &Running| running.batch.operations.iter().map(|accepted| accepted.id.0).collect();
        self.running.iter().map(|(flush, running)| (*flush, ids(running))).collect()
    }

    pub(super) fn outcome(&self, id: OperationId) -> Option<OutcomeKind> {
        self.referee.completions.get(&id).map(Outcome::kind)
    }

    pub(super) fn has(&self, id: ReferentialId) -> bool {
        self.store.contains(id)
    }
}

fn describe(action: &Action) -> String {
    match action {
        Action::Flush { flush, batch } => {
            let ids: Vec<u64> = batch.operations.iter().map(|accepted| accepted.id.0).collect();
            format!("    flush {} {:?} lane {} {ids:?}", flush.0, batch.reason, batch.lane)
        }
        other => format!("    {other:?}"),
    }
}
