//! What has happened in a world, and the rules that are checked as it happens: one outcome for each accepted operation, none
//! before its commit, none that could not be, order within an identity, bounds, deadlines. Knows documents, outcomes and what was
//! committed, and nothing of how the core decides.

use std::collections::BTreeMap;
use std::time::Duration;

use laneway_core::store::StoreErrorKind;
use laneway_core::{Batch, CLOSE_GRACE, Cancelled, Completion, FlushInfo};
use laneway_model::{DocumentUuid, Outcome, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::time::Instant;

use crate::bounds::{Bounds, Slot};
use crate::database::Written;
use crate::documents::{Document, Flaw, id};

/// How long after its deadline an operation has its outcome at the latest: what the core allows a flush, and the clock's grain.
const DEADLINE_GRACE: Duration = Duration::from_millis(1_005);
/// The longest time between two attempts to connect, and what one may take.
const OUTAGE_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Later violations say less than the first ones.
const VIOLATIONS_MAX: usize = 8;

/// One operation that was handed over.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) document: Document,
    pub(crate) own: Vec<ReferentialId>,
    pub(crate) deadline: Option<Instant>,
    bytes: usize,
    /// The generation of the extractor that it was handed over to.
    pub(crate) generation: u64,
    /// Its completion comes through a ticket, and is heard of a little later than it is given.
    has_ticket: bool,
    /// Its number in the order of acceptance, from 1; 0: it was not accepted.
    pub(crate) rank: u64,
    pub(crate) accepted: u64,
    accepted_at: Instant,
    is_cancelled: bool,
    pub(crate) end: Option<End>,
}

/// The end of one operation.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    pub(crate) info: FlushInfo,
    pub(crate) step: u64,
}

/// Something that was done to a document.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) step: u64,
    /// The operation whose body it has now; `None`: another client's, or gone.
    pub(crate) serial: Option<usize>,
    pub(crate) uuid: Option<DocumentUuid>,
    pub(crate) etag: Option<String>,
    pub(crate) is_insert: bool,
}

/// All that has happened.
#[derive(Debug)]
pub(crate) struct Ledger {
    step: u64,
    pub(crate) records: Vec<Record>,
    last_rank: u64,
    /// What is pending, by identity and rank; without what comes through tickets.
    lines: FxHashMap<ReferentialId, BTreeMap<u64, usize>>,
    pending: usize,
    pub(crate) bounds: Bounds,
    /// What was done to each document.
    pub(crate) changes: FxHashMap<ReferentialId, Vec<Change>>,
    /// When each identity came, and went.
    pub(crate) presence: FxHashMap<ReferentialId, Vec<(u64, bool)>>,
    /// When it was not known last whether a document was stored.
    doubts: FxHashMap<ReferentialId, u64>,
    /// When the store failed, by kind.
    met: FxHashMap<StoreErrorKind, Vec<(u64, Instant)>>,
    /// Whether the runtime takes nothing more, and when it gives up what is not being written.
    is_closing: bool,
    aborts_at: Option<Instant>,
    pub(crate) violations: Vec<String>,
    /// Of everything that happened, in order.
    digest: u64,
}

impl Ledger {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            step: 0,
            records: Vec::new(),
            last_rank: 0,
            lines: FxHashMap::default(),
            pending: 0,
            bounds,
            changes: FxHashMap::default(),
            presence: FxHashMap::default(),
            doubts: FxHashMap::default(),
            met: FxHashMap::default(),
            is_closing: false,
            aborts_at: None,
            violations: Vec::new(),
            digest: 0,
        }
    }

    pub(crate) fn next_step(&mut self) -> u64 {
        self.step += 1;
        self.step
    }

    pub(crate) fn violated(&mut self, what: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(what);
        }
    }

    fn digest(&mut self, number: u64) {
        self.digest = (self.digest.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    /// A number that differs, but for chance, where anything happened otherwise.
    pub(crate) fn digested(&self) -> u64 {
        self.digest
    }

    /// An operation is about to be handed over.
    pub(crate) fn handed_over(
        &mut self,
        document: Document,
        deadline: Option<Instant>,
        bytes: usize,
        generation: u64,
        has_ticket: bool,
    ) {
        debug_assert_eq!(document.serial, self.records.len(), "serial numbers have no gaps");
        let own = std::iter::once(document.identity()).chain(document.superclass()).collect();
        self.records.push(Record {
            document,
            own,
            deadline,
            bytes,
            generation,
            has_ticket,
            rank: 0,
            accepted: 0,
            accepted_at: Instant::now(),
            is_cancelled: false,
            end: None,
        });
    }

    pub(crate) fn accepted(&mut self, serial: usize) {
        let step = self.next_step();
        self.last_rank += 1;
        let record = &mut self.records[serial];
        (record.rank, record.accepted, record.accepted_at) = (self.last_rank, step, Instant::now());
        self.digest ^= self.last_rank;
        if record.end.is_some() {
            // The runtime had ended, and completed it in the call that handed it over.
            return;
        }
        self.pending += 1;
        if record.has_ticket {
            return;
        }
        for id in record.own.clone() {
            self.lines.entry(id).or_default().insert(self.last_rank, serial);
        }
        let bytes = self.records[serial].bytes;
        if let Some(excess) = self.bounds.accept(bytes) {
            self.violated(format!("{serial} was let in, with which there are {excess}"));
        }
    }

    /// How many are accepted and not settled.
    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// How many were accepted.
    pub(crate) fn accepted_count(&self) -> u64 {
        self.last_rank
    }

    /// One of the first so many accepted that has no outcome.
    pub(crate) fn open_up_to(&self, rank: u64) -> Option<usize> {
        let is_open = |record: &Record| (1..=rank).contains(&record.rank) && record.end.is_none() && !record.has_ticket;
        self.records.iter().position(is_open)
    }

    pub(crate) fn cancel_requested(&mut self, serial: usize) {
        self.records[serial].is_cancelled = true;
    }

    /// What the caller of a cancellation was answered, beside what became of the operation.
    pub(crate) fn cancel_answered(&mut self, serial: usize, answer: Cancelled) {
        let cancelled = self.records[serial].end.as_ref().is_some_and(|end| end.outcome == Outcome::Cancelled);
        if cancelled != (answer == Cancelled::Removed) {
            self.violated(format!(
                "a cancellation of {serial} was answered {answer:?}: {:?}",
                self.records[serial].end
            ));
        }
    }

    /// The runtime takes nothing more from now on, and gives up then what is not being written.
    pub(crate) fn closes(&mut self, aborts_at: Instant) {
        self.is_closing = true;
        self.aborts_at = Some(self.aborts_at.map_or(aborts_at, |at| at.min(aborts_at)));
    }

    pub(crate) fn met(&mut self, kind: StoreErrorKind) {
        let step = self.next_step();
        self.met.entry(kind).or_default().push((step, Instant::now()));
    }

    /// Whether the store failed in one of these ways between two steps.
    pub(crate) fn met_between(&self, kinds: &[StoreErrorKind], from: u64, to: u64) -> bool {
        kinds.iter().filter_map(|kind| self.met.get(kind)).any(|steps| {
            let at = steps.partition_point(|(step, _)| *step < from);
            steps.get(at).is_some_and(|(step, _)| *step <= to)
        })
    }

    /// Whether no connection could be had at some moment of an operation's life, or so shortly before it that no one has asked again.
    pub(crate) fn met_outage(&self, record: &Record, to: u64) -> bool {
        let kinds = [StoreErrorKind::Connection, StoreErrorKind::Unavailable, StoreErrorKind::LoginRefused];
        let counts = |(step, at): &(u64, Instant)| *step <= to && *at + OUTAGE_PAUSE_MAX >= record.accepted_at;
        kinds.iter().filter_map(|kind| self.met.get(kind)).flatten().any(counts)
    }

    pub(crate) fn flaw(&self, serial: usize) -> Flaw {
        self.records.get(serial).map_or(Flaw::None, |record| record.document.flaw)
    }

    /// It is not known whether a transaction about these took effect.
    pub(crate) fn in_doubt(&mut self, identities: impl Iterator<Item = ReferentialId>) {
        let step = self.next_step();
        self.doubts.extend(identities.map(|id| (id, step)));
    }

    /// A transaction was committed.
    pub(crate) fn committed(&mut self, written: &[Written], step: u64) {
        for write in written {
            if let Some(serial) = write.serial {
                self.check_order(serial, write.identity);
                self.digest(step ^ serial as u64);
            }
            let change = Change {
                step,
                serial: write.serial,
                uuid: Some(write.uuid),
                etag: write.etag.clone(),
                is_insert: write.is_insert,
            };
            self.changes.entry(write.identity).or_default().push(change);
            if write.is_insert {
                for id in std::iter::once(write.identity).chain(write.superclass) {
                    self.presence.entry(id).or_default().push((step, true));
                }
            }
        }
    }

    /// Upserts of one identity are written in order of acceptance, and each once.
    fn check_order(&mut self, serial: usize, identity: ReferentialId) {
        let changes = self.changes.get(&identity).map_or(&[][..], Vec::as_slice);
        let Some(last) = changes.iter().rev().find_map(|change| change.serial) else { return };
        if self.records[last].rank >= self.records[serial].rank {
            self.violated(format!("{serial} was written after {last}, which was accepted later and has its identity"));
        }
    }

    /// Another client took a document away.
    pub(crate) fn deleted(&mut self, identity: ReferentialId, gone: &[ReferentialId], step: u64) {
        let change = Change { step, serial: None, uuid: None, etag: None, is_insert: false };
        self.changes.entry(identity).or_default().push(change);
        gone.iter().for_each(|id| self.presence.entry(*id).or_default().push((step, false)));
    }

    /// An operation has its outcome.
    pub(crate) fn delivered(&mut self, serial: usize, completion: &Completion) {
        let step = self.next_step();
        self.digest(step ^ (completion.outcome.kind() as u64) << 32 ^ completion.info.sequence << 40);
        let record = &mut self.records[serial];
        if let Some(end) = &record.end {
            let message = format!("{serial} has two outcomes: {:?}, {:?}", end.outcome, completion.outcome);
            return self.violated(message);
        }
        record.end = Some(End { outcome: completion.outcome.clone(), info: completion.info, step });
        if completion.id.0 != 0 && record.rank != completion.id.0 {
            let message = format!("{serial} was accepted as number {}, and not {}", completion.id.0, record.rank);
            self.violated(message);
        }
        let record = &self.records[serial];
        if record.rank > 0 {
            self.pending -= 1;
            if !record.has_ticket {
                let (rank, bytes) = (record.rank, record.bytes);
                for id in record.own.clone() {
                    self.leave_line(id, rank);
                }
                self.bounds.settle(bytes);
            }
        }
        if let Some(what) = self.wrong(serial, completion) {
            self.violated(format!("{serial} ends as {:?}, but {what}", completion.outcome));
        }
    }

    fn leave_line(&mut self, id: ReferentialId, rank: u64) {
        if let Some(line) = self.lines.get_mut(&id) {
            line.remove(&rank);
            if line.is_empty() {
                self.lines.remove(&id);
            }
        }
    }

    /// Why an outcome cannot be, as far as that is known at once.
    fn wrong(&self, serial: usize, completion: &Completion) -> Option<&'static str> {
        let record = &self.records[serial];
        let now = Instant::now();
        let is_overdue = record.deadline.is_some_and(|deadline| deadline + DEADLINE_GRACE < now);
        // What waits for a ticket hears of it in the same moment.
        if is_overdue {
            return Some("its deadline passed long ago");
        }
        let wrong = |is_wrong: bool, what: &'static str| is_wrong.then_some(what);
        match &completion.outcome {
            Outcome::Inserted { document_uuid } => wrong(*document_uuid != record.document.uuid, "with another id")
                .or_else(|| wrong(!self.was_written(record), "nothing of it was committed")),
            Outcome::Updated { .. } => {
                let may_be_equal = record.document.etag.is_some();
                wrong(!may_be_equal && !self.was_written(record), "nothing of it was committed")
            }
            Outcome::Deadline => {
                wrong(record.deadline.is_none_or(|deadline| now < deadline), "its deadline had not passed")
            }
            Outcome::Cancelled => wrong(!record.is_cancelled, "no one asked for that"),
            Outcome::Closed => wrong(!self.may_be_closed(completion, now), "nothing was given up"),
            Outcome::InDoubt => wrong(!self.may_be_in_doubt(record, now), "nothing about it was in doubt"),
            Outcome::QueueFull { .. } => {
                let longest = record.own.iter().map(|id| self.handed_over_before(*id, record.rank)).max();
                // Until a ticket is heard of, those before it may have left.
                let is_short = !record.has_ticket && longest.unwrap_or(0) < self.bounds.line_full();
                wrong(is_short, "its line was not full")
            }
            Outcome::InvalidReferences { .. } | Outcome::InvalidDescriptors(_) => {
                wrong(record.document.references.is_empty(), "it refers to nothing")
            }
            Outcome::InvalidDocument { .. } => wrong(record.document.flaw != Flaw::Unreadable, "it could be read"),
            Outcome::PluginFailed { .. } => wrong(record.document.flaw != Flaw::Panics, "nothing panicked"),
            // What they depend on may be known only at the end.
            Outcome::IdentityConflict { .. } | Outcome::WriteConflict { .. } | Outcome::Failed { .. } => None,
            Outcome::NotAuthorized { .. } | Outcome::TooLarge { .. } | Outcome::UnknownResource { .. } => {
                Some("nothing can lead to that")
            }
        }
    }

    /// How many of an identity were accepted before, and may not have left its line. What was answered as in doubt stays there for a
    /// while, so all that were in doubt count.
    fn handed_over_before(&self, id: ReferentialId, rank: u64) -> usize {
        let pending = self.lines.get(&id).map_or(0, |line| line.range(..rank).count());
        let is_here = |record: &&Record| {
            let in_doubt = record.end.as_ref().is_some_and(|end| end.outcome == Outcome::InDoubt);
            record.own.contains(&id) && (in_doubt || record.has_ticket)
        };
        pending + self.records.iter().filter(is_here).count()
    }

    /// Whether its body was stored, or that of a later one of its identity.
    fn was_written(&self, record: &Record) -> bool {
        let changes = self.changes.get(&record.own[0]).map_or(&[][..], Vec::as_slice);
        let last = changes.iter().rev().find_map(|change| change.serial);
        last.is_some_and(|last| self.records[last].rank >= record.rank)
    }

    /// What came behind the end of the runtime's task has no number.
    fn may_be_closed(&self, completion: &Completion, now: Instant) -> bool {
        self.aborts_at.is_some_and(|at| at <= now) || (self.is_closing && completion.id.0 == 0)
    }

    fn may_be_in_doubt(&self, record: &Record, now: Instant) -> bool {
        let doubt = self.doubts.get(&record.own[0]).is_some_and(|step| *step >= record.accepted);
        let overdue = record.deadline.is_some_and(|deadline| deadline + Duration::from_secs(1) <= now);
        let abandoned = self.aborts_at.is_some_and(|at| at + CLOSE_GRACE <= now);
        doubt || overdue || abandoned
    }

    /// A flush starts; what it counts against.
    pub(crate) fn flush_started(&mut self, batch: &Batch, serials: &[usize]) -> Slot {
        let step = self.next_step();
        self.digest(step ^ (serials.len() as u64) << 32);
        let bytes = serials.iter().map(|serial| self.records[*serial].bytes).sum();
        let (slot, excess) = self.bounds.start(batch, bytes);
        if let Some(excess) = excess {
            self.violated(format!("a flush for {:?} starts, with which there are {excess}", batch.reason));
        }
        let members: FxHashSet<usize> = serials.iter().copied().collect();
        for serial in serials {
            self.check_turn(*serial, &members);
        }
        slot
    }

    /// First come, first served, for each identity.
    fn check_turn(&mut self, serial: usize, members: &FxHashSet<usize>) {
        let record = &self.records[serial];
        // What has ended as overdue goes on: its flush has not reported it.
        let is_settled = record.end.as_ref().is_some_and(|end| end.outcome != Outcome::InDoubt);
        let mut problem = is_settled.then(|| format!("{serial} is flushed after its end"));
        for id in &record.own {
            let Some(line) = self.lines.get(id) else { continue };
            let ahead = line.range(..record.rank).find(|(_, other)| !members.contains(other));
            if let Some((_, other)) = ahead {
                problem = Some(format!("{serial} is flushed before {other}, which has its identity"));
            }
            let now = Instant::now();
            let standing = line.values().filter(|other| self.records[**other].accepted_at < now).count();
            // Before they are read, operations are in no line yet.
            if standing > self.bounds.line_max() && self.bounds.reads_nothing {
                problem = Some(format!("{standing} operations stand in the line of {serial}"));
            }
        }
        problem.into_iter().for_each(|problem| self.violated(problem));
    }

    /// Whether anything of an operation's references is about another one.
    pub(crate) fn refers(&self, from: &Record, to: &Record) -> bool {
        from.document.references.iter().any(|target| to.own.contains(&id(*target)))
    }
}
