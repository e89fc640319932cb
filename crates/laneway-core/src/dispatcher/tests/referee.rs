//! Judges what a dispatcher does by the rules of the design alone, from outside: it knows documents, events and
//! actions, and nothing of how the dispatcher decides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use laneway_model::{Limits, OperationId, Outcome, ReferentialId};

use crate::dispatcher::{Action, FlushId, Moment};
use crate::tests::documents::Document;
use crate::{Batch, FlushReason, Mode};

/// How often an operation looks again at most, however long it is to do so: each pause is twice the one before.
const LOOKS_MAX: usize = 5;

/// What the referee knows of one operation.
#[derive(Debug)]
struct Record {
    document: Document,
    own: Vec<ReferentialId>,
    references: BTreeSet<ReferentialId>,
    deadline: Option<Moment>,
    accepted: u64,
    extracted: Option<u64>,
    settled: Option<u64>,
    flush: Option<FlushId>,
    flushes: usize,
    started: u64,
    missed: Option<Missed>,
    /// When it missed references first.
    missed_at: Option<Moment>,
    /// How often it was found locked, and when first.
    locked: usize,
    locked_at: Option<Moment>,
    /// With how many others it was found locked last, itself included: they stay together.
    unit: usize,
    /// How often its flush left it in line.
    kept_in_line: usize,
}

#[derive(Debug)]
struct Missed {
    ids: Vec<ReferentialId>,
    since: u64,
    reported: u64,
}

/// The rules, and what has happened so far. Each thing that happens has a step of its own.
#[derive(Debug)]
pub(super) struct Referee {
    limits: Limits,
    /// The least and the most that the limit has been so far.
    reference_recheck: (Duration, Duration),
    step: u64,
    records: BTreeMap<OperationId, Record>,
    /// What each flush keeps busy: its lane if it is batched, and why it was cut.
    running: BTreeMap<FlushId, (Option<usize>, FlushReason)>,
    aborted: bool,
    pub(super) completions: BTreeMap<OperationId, Outcome>,
}

impl Referee {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            reference_recheck: (limits.reference_recheck, limits.reference_recheck),
            step: 0,
            records: BTreeMap::new(),
            running: BTreeMap::new(),
            aborted: false,
            completions: BTreeMap::new(),
        }
    }

    pub(super) fn accepted(&mut self, id: OperationId, document: &Document, deadline: Option<Moment>) {
        self.step += 1;
        let record = Record {
            own: document.own_ids(),
            references: document.operation().extraction.referenced_ids().collect(),
            document: document.clone(),
            deadline,
            accepted: self.step,
            extracted: None,
            settled: None,
            flush: None,
            flushes: 0,
            started: 0,
            missed: None,
            missed_at: None,
            locked: 0,
            locked_at: None,
            unit: 0,
            kept_in_line: 0,
        };
        self.records.insert(id, record);
    }

    pub(super) fn extracted(&mut self, id: OperationId) {
        self.step += 1;
        self.record(id).extracted = Some(self.step);
    }

    pub(super) fn missed(&mut self, now: Moment, id: OperationId, ids: &[ReferentialId]) {
        self.step += 1;
        let step = self.step;
        let record = self.record(id);
        record.missed = Some(Missed { ids: ids.to_vec(), since: record.started, reported: step });
        record.missed_at.get_or_insert(now);
        record.flush = None;
    }

    /// `unit`: how many were found locked together.
    pub(super) fn locked(&mut self, now: Moment, id: OperationId, unit: usize) {
        let record = self.record(id);
        record.locked += 1;
        record.unit = unit;
        record.locked_at.get_or_insert(now);
        record.flush = None;
    }

    pub(super) fn kept_in_line(&mut self, id: OperationId) {
        let record = self.record(id);
        record.kept_in_line += 1;
        record.flush = None;
    }

    pub(super) fn settled_by_flush(&mut self, id: OperationId) {
        self.record(id).flush = None;
    }

    pub(super) fn over(&mut self, flush: FlushId) {
        self.step += 1;
        self.running.remove(&flush);
        self.records.values_mut().filter(|record| record.flush == Some(flush)).for_each(|record| record.flush = None);
    }

    pub(super) fn aborted(&mut self) {
        self.aborted = true;
    }

    pub(super) fn limits(&mut self, limits: &Limits) {
        self.limits = limits.clone();
        let (least, most) = self.reference_recheck;
        self.reference_recheck = (least.min(limits.reference_recheck), most.max(limits.reference_recheck));
    }

    /// Judges one action.
    pub(super) fn action(&mut self, now: Moment, action: &Action) {
        self.step += 1;
        match action {
            Action::Flush { flush, batch } => self.flush(*flush, batch),
            Action::Complete { id, outcome, .. } => self.complete(now, *id, outcome),
            Action::CancelAnswered { .. } | Action::CheckpointReached { .. } => {}
        }
    }

    fn record(&mut self, id: OperationId) -> &mut Record {
        self.records.get_mut(&id).unwrap_or_else(|| panic!("{id:?} was never accepted"))
    }

    fn flush(&mut self, flush: FlushId, batch: &Batch) {
        self.check_slots(batch);
        self.check_size(batch);
        let mut identities = BTreeSet::new();
        assert!(batch.operations.is_sorted_by_key(|accepted| accepted.id), "a batch is in order of acceptance");
        for accepted in &batch.operations {
            for own in accepted.operation.extraction.own_ids() {
                assert_ne!(identities.insert(own), accepted.in_line, "the identity {own} in {flush:?}");
            }
            let of_lane = batch.mode == Mode::Batched
                && !matches!(batch.reason, FlushReason::Cycle | FlushReason::Locked | FlushReason::Single);
            let may_run = of_lane && self.records[&accepted.id].own.len() == 1;
            assert!(may_run || !accepted.in_line, "{:?} is in a run", accepted.id);
            self.check_turn(accepted.id, batch);
            let step = self.step;
            let record = self.record(accepted.id);
            assert!(record.extracted.is_some(), "{:?} is flushed without an extraction", accepted.id);
            assert!(record.settled.is_none(), "{:?} is flushed after its end", accepted.id);
            assert!(record.flush.replace(flush).is_none(), "{:?} is in two flushes", accepted.id);
            record.flushes += 1;
            record.started = step;
        }
        self.check_attempts(batch);
        let lane = (batch.mode == Mode::Batched).then_some(batch.lane);
        self.running.insert(flush, (lane, batch.reason));
    }

    fn check_slots(&self, batch: &Batch) {
        let locked = self.running.values().filter(|(_, reason)| *reason == FlushReason::Locked).count();
        let single = self.running.values().filter(|(lane, _)| lane.is_none()).count();
        let batched = self.running.len() - single - locked;
        match batch.mode {
            _ if batch.reason == FlushReason::Locked => {
                assert_eq!(locked, 0, "too many flushes of what is locked");
                assert!(batch.operations.iter().all(|accepted| self.records[&accepted.id].locked > 0), "not locked");
            }
            Mode::Single => assert!(single < self.limits.single_concurrent_max, "too many on the single path"),
            Mode::Batched => {
                assert!(batched < self.limits.flushes_concurrent_max, "too many flushes");
                let keeps = |(lane, reason): &(Option<usize>, FlushReason)| {
                    *lane == Some(batch.lane) && *reason != FlushReason::Locked
                };
                let busy = self.running.values().any(keeps);
                assert!(!busy, "lane {} has a flush already", batch.lane);
                assert!(self.limits.batching || batch.reason == FlushReason::Cycle, "batching is off");
            }
        }
    }

    fn check_size(&self, batch: &Batch) {
        let items = batch.operations.iter().filter(|accepted| !accepted.in_line).count();
        let bytes: usize = batch.operations.iter().map(|accepted| accepted.operation.document.len()).sum();
        assert!(items > 0, "an empty flush");
        match (batch.mode, batch.reason) {
            (Mode::Single, reason) => assert_eq!((items, reason), (1, FlushReason::Single)),
            (Mode::Batched, FlushReason::Cycle) => {}
            (Mode::Batched, FlushReason::Locked) if items <= self.records[&batch.operations[0].id].unit => {}
            (Mode::Batched, FlushReason::Locked) if !self.limits.batching => panic!("batching is off"),
            (Mode::Batched, _) => {
                assert!(items <= self.limits.batch_items_max, "{items} operations in a batch");
                assert!(
                    batch.operations.len() == 1 || bytes <= self.limits.batch_bytes_max,
                    "{bytes} bytes in a batch"
                );
            }
        }
    }

    /// First come, first served, for each identity.
    fn check_turn(&self, id: OperationId, batch: &Batch) {
        let record = &self.records[&id];
        for (earlier, other) in self.records.range(..id) {
            let is_mate = batch.operations.iter().any(|accepted| accepted.id == *earlier);
            let ahead = other.settled.is_none() && shares(record, other) && !is_mate;
            assert!(!ahead, "{id:?} is flushed before {earlier:?}, which has the same identity");
        }
    }

    /// Each attempt but the first is owed to another operation with an identity that was missing, or to a cycle.
    fn check_attempts(&self, batch: &Batch) {
        for accepted in &batch.operations {
            let record = &self.records[&accepted.id];
            let helpers =
                self.records.values().filter(|other| other.own.iter().any(|id| record.references.contains(id)));
            let cyclic = self.cyclic(accepted.id).len();
            let attempts = 1 + record.locked + record.kept_in_line + helpers.count() + 2 * cyclic * cyclic;
            // What looks again, or is in a cycle with what does, begins anew each time.
            let looks = if self.reference_recheck.1.is_zero() { 0 } else { LOOKS_MAX * (1 + cyclic) };
            let attempts_max = attempts * (1 + looks);
            assert!(record.flushes <= attempts_max, "{:?} was flushed {} times", accepted.id, record.flushes);
        }
    }

    fn complete(&mut self, now: Moment, id: OperationId, outcome: &Outcome) {
        let step = self.step;
        match outcome {
            Outcome::InvalidReferences { .. } => {
                self.check_refusal(id);
                self.check_patience(now, id);
            }
            Outcome::Cancelled | Outcome::Deadline | Outcome::Closed => {
                let record = self.record(id);
                assert!(record.flush.is_none(), "{id:?} ends as {outcome:?} while it is written");
                let due = record.deadline.is_some_and(|deadline| deadline <= now);
                assert!(*outcome != Outcome::Deadline || due, "{id:?} ends before its deadline");
                assert!(*outcome != Outcome::Closed || self.aborted, "{id:?} is closed too early");
            }
            Outcome::WriteConflict { .. } => {
                let given_up = self.record(id).locked_at.is_some_and(|at| at + self.limits.outage_max <= now);
                assert!(given_up, "{id:?} is given up too early");
            }
            _ => {}
        }
        if outcome.is_stored() {
            let record = &self.records[&id];
            let mut earlier = self.records.range(..id).filter(|(_, other)| shares(record, other));
            assert!(earlier.all(|(_, other)| other.settled.is_some()), "{id:?} has overtaken one of its identity");
        }
        let again = self.completions.insert(id, outcome.clone());
        assert!(again.is_none(), "{id:?} completes twice: {again:?}, {outcome:?}");
        self.record(id).settled = Some(step);
    }

    /// Refused only if nothing that was in flight from before the read until now can bring what is missing. Members
    /// of a cycle (lines included) may have had to stop waiting for each other.
    fn check_refusal(&self, id: OperationId) {
        let record = &self.records[&id];
        let missed = record.missed.as_ref().unwrap_or_else(|| panic!("{id:?} is refused, but missed nothing"));
        let cyclic = self.cyclic(id);
        for (other_id, other) in &self.records {
            let brings = other.own.iter().any(|own| missed.ids.contains(own)) && !shares(record, other);
            if !brings || cyclic.contains(other_id) {
                continue;
            }
            // What ended before it was written brought nothing, whenever that was.
            let unwritten = other.flushes == 0 && other.settled.is_some();
            let over = unwritten || other.settled.is_some_and(|settled| settled < missed.since);
            let counts = other.accepted < missed.reported || self.has_place(*other_id);
            assert!(over || !counts, "{id:?} is refused although {other_id:?} was in flight\n{record:?}\n{other:?}");
        }
    }

    /// Not before it has looked again for as long as was asked for, but for a deadline that comes before its next look, which is never
    /// further away than that.
    fn check_patience(&self, now: Moment, id: OperationId) {
        let record = &self.records[&id];
        let until = record.missed_at.map(|at| at + self.reference_recheck.0);
        let is_over = until.is_some_and(|until| until <= now);
        let is_cut_short = record.deadline.is_some_and(|deadline| deadline <= now + self.reference_recheck.1);
        assert!(is_over || is_cut_short, "{id:?} is refused too early: {record:?}");
    }

    /// Whether it and all before it that may have its identities are extracted.
    fn has_place(&self, id: OperationId) -> bool {
        // Operations that may collide have a superclass in common, else the resource itself.
        let name = |record: &Record| {
            let resource = record.document.resource();
            resource.superclass.as_ref().map_or(&resource.name, |superclass| &superclass.name).clone()
        };
        let class = name(&self.records[&id]);
        self.records
            .range(..=id)
            .filter(|(_, other)| name(other) == class)
            .all(|(_, other)| other.extracted.is_some() || other.settled.is_some())
    }

    /// The operations that are in one cycle with this one in the graph of references and shared identities.
    fn cyclic(&self, id: OperationId) -> BTreeSet<OperationId> {
        let forth = self.reach(id, leads);
        let back = self.reach(id, |from, to| leads(to, from));
        forth.intersection(&back).copied().collect()
    }

    fn reach(&self, from: OperationId, leads: impl Fn(&Record, &Record) -> bool) -> BTreeSet<OperationId> {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(at) = next.pop() {
            for (id, other) in &self.records {
                if leads(&self.records[&at], other) && seen.insert(*id) {
                    next.push(*id);
                }
            }
        }
        seen
    }
}

fn shares(record: &Record, other: &Record) -> bool {
    record.own.iter().any(|id| other.own.contains(id))
}

fn leads(from: &Record, to: &Record) -> bool {
    shares(from, to) || to.own.iter().any(|id| from.references.contains(id))
}
