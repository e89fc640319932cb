//! References in flight: when an operation whose references were not found is refused, waits, or tries again.
//!
//! It is refused only if no operation with one of the missing identities was unsettled at any moment from the start
//! of its flush until now, whenever accepted. Not counted are operations of its own identity (those before it have
//! settled, those behind it cannot help), those that ended without a flush (they brought nothing), and those that it
//! has waited for: at most once for each. An operation not
//! yet extracted may have any identity of its names: the refusal waits until those accepted up to the report are
//! extracted, and then looks again. Those accepted later do not hold it up, or a steady stream would do so for ever:
//! as far as they have been extracted by then they count like all others, and the rest had not been accepted when
//! the reference was found missing.

use laneway_model::{OperationId, Outcome, ReferentialId, ResourceName};

use super::arrivals::NameId;
use super::entry::{Entry, Missed, OwnIds, Stage};
use super::{Dispatcher, FlushId, Phase};

/// What becomes of an operation that missed references, by all that is known now.
enum Verdict {
    /// It waits for those in flight: (identity, up to). `fresh`: some it has not waited for before.
    Wait { waits: Vec<(ReferentialId, OperationId)>, fresh: bool },
    /// One that may have brought the identity has settled meanwhile.
    Again,
    /// Nothing that is known can bring them.
    Refuse,
}

impl Dispatcher {
    /// Decides for an operation whose references a flush did not find.
    pub(super) fn missed(&mut self, id: OperationId, missed: Missed) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        // Another client deleted them since: the memory must not send the next operation into the same futile flush.
        for of in &missed.ids {
            self.recently_stored.remove(*of);
        }
        if self.phase == Phase::Aborted {
            return self.settle(id, Outcome::Closed);
        }
        entry.waits.get_or_insert_default().missed = Some(missed);
        self.decide(id);
    }

    /// The identities to which the operation refers that are held by unsettled operations of its flush. They may be
    /// stored or not: in the flush they passed for present.
    pub(super) fn mates(&self, id: OperationId, flush: FlushId) -> Vec<ReferentialId> {
        let Some(members) = self.flushes.get(flush).map(|running| &running.members) else { return Vec::new() };
        self.in_flight(id, |_, head| members.binary_search(&head).is_ok())
    }

    /// The identities in flight to which the operation refers, those of its own identity left out.
    pub(super) fn in_flight(
        &self,
        id: OperationId,
        counts: impl Fn(ReferentialId, OperationId) -> bool,
    ) -> Vec<ReferentialId> {
        let Some(entry) = self.operations.get(&id) else { return Vec::new() };
        let Some((operation, own)) = entry.operation.as_ref().zip(entry.own_ids()) else { return Vec::new() };
        let is_foreign =
            |head| self.operations.get(&head).and_then(Entry::own_ids).is_some_and(|other| !other.shares(own));
        let mut ids: Vec<ReferentialId> = operation
            .extraction
            .referenced_ids()
            .filter(|of| self.identities.holder(*of).is_some_and(|head| counts(*of, head) && is_foreign(head)))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Goes on, or decides again, after the extractions that the operation waited for.
    pub(super) fn judge_again(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id).filter(|entry| entry.stage == Stage::AwaitingReferences) else {
            return;
        };
        let Some(record) = entry.waits.as_mut().filter(|record| record.extractions.is_empty()) else { return };
        // Taken out, so that `end_waits` leaves it open: the verdict below asks what has settled since it was opened.
        let window = record.window.take();
        let is_first = record.missed.is_none();
        self.end_waits(id);
        if is_first {
            return self.enter(id);
        }
        self.decide(id);
        // Only now may the settlements since then be forgotten.
        window.into_iter().for_each(|window| self.flushes.close_window(window));
    }

    /// Refuses an operation whose waits would not end, unless something new has come up since they began.
    pub(super) fn refuse_waiting(&mut self, id: OperationId) {
        match self.verdict(id) {
            Verdict::Wait { fresh: false, .. } | Verdict::Refuse => self.refuse(id),
            Verdict::Again => self.try_again(id),
            Verdict::Wait { waits, fresh: true } => {
                self.end_waits(id);
                self.await_references(id, &waits, true);
            }
        }
    }

    fn missed_of(&self, id: OperationId) -> Option<&Missed> {
        self.operations.get(&id)?.waits.as_ref()?.missed.as_ref()
    }

    fn decide(&mut self, id: OperationId) {
        match self.verdict(id) {
            Verdict::Wait { waits, fresh } => {
                self.counters.awaiting_references_late += 1;
                self.await_references(id, &waits, fresh);
            }
            Verdict::Again => {
                self.counters.awaiting_references_late += 1;
                self.try_again(id);
            }
            Verdict::Refuse => self.refuse(id),
        }
    }

    /// Lets an operation go on that may find more than its last flush did.
    pub(super) fn try_again(&mut self, id: OperationId) {
        if let Some(record) = self.operations.get_mut(&id).and_then(|entry| entry.waits.as_mut()) {
            record.news += 1;
        }
        self.go_on(id);
    }

    /// Settles an operation as its last flush found it, unless one not yet extracted may still bring what is missing.
    /// That is waited for once (`watched`): a steady stream of new operations must not put the refusal off for ever. What another
    /// server may bring is looked for again (`recheck`).
    fn refuse(&mut self, id: OperationId) {
        let Some(missed) = self.missed_of(id) else { return };
        let watches = if missed.watched { Vec::new() } else { self.watches(id) };
        if !watches.is_empty() {
            self.watch(id, watches);
        } else if !self.puts_off(id)
            && let Some(missed) = self.missed_of(id)
        {
            let refusal = missed.refusal.clone();
            self.settle(id, refusal);
        }
    }

    fn verdict(&self, id: OperationId) -> Verdict {
        let Some(entry) = self.operations.get(&id) else { return Verdict::Refuse };
        let Some((own, missed)) = entry.own_ids().zip(self.missed_of(id)) else { return Verdict::Refuse };
        // What settled since the read was in flight then, also if it had been waited for: the resolution of a deadlock
        // ended that wait before it did.
        let settled = missed.ids.iter().any(|of| self.identities.settled_since(*of, missed.window));
        let mut waits = self.lines_of(&missed.ids, own);
        if waits.is_empty() && !settled {
            return Verdict::Refuse;
        }
        // Those of its own flush that it counted on may have been left out with it: without them it would fail again.
        waits.extend(self.lines_of(&missed.mates, own));
        waits.sort_unstable();
        waits.dedup();
        let fresh =
            settled || waits.iter().any(|(of, last)| entry.waited_through(*of).is_none_or(|through| through < *last));
        if waits.is_empty() { Verdict::Again } else { Verdict::Wait { waits, fresh } }
    }

    /// Those of the identities that are in flight, each with the last operation in its line; the own identity's left
    /// out.
    fn lines_of(&self, ids: &[ReferentialId], own: OwnIds) -> Vec<(ReferentialId, OperationId)> {
        ids.iter().filter_map(|of| Some((*of, self.last_in_line(*of, own)?))).collect()
    }

    /// The last operation in the identity's line that is not of the own identity.
    fn last_in_line(&self, of: ReferentialId, own: OwnIds) -> Option<OperationId> {
        let foreign = |other: &OperationId| {
            self.operations.get(other).and_then(Entry::own_ids).is_some_and(|ids| !ids.shares(own))
        };
        self.identities.line(of).rev().find(foreign)
    }

    /// The names of what is missing under which operations are not extracted, with the last of each.
    fn watches(&self, id: OperationId) -> Vec<(NameId, OperationId)> {
        let Some(missed) = self.missed_of(id) else { return Vec::new() };
        self.unextracted(id, None, |of| missed.ids.contains(&of))
    }

    /// The names of those references that count under which operations, accepted before the one given if there is
    /// one, are not extracted; with the last of each.
    pub(super) fn unextracted(
        &self,
        id: OperationId,
        before: Option<OperationId>,
        counts: impl Fn(ReferentialId) -> bool,
    ) -> Vec<(NameId, OperationId)> {
        let operation = self.operations.get(&id).and_then(|entry| entry.operation.as_ref());
        let Some(extraction) = operation.map(|operation| &operation.extraction) else { return Vec::new() };
        let mut watches = Vec::new();
        // References of one list stand together: a name is looked up once for each list.
        let mut list: Option<(&ResourceName, Option<(NameId, OperationId)>)> = None;
        for (of, target) in extraction.referenced_names() {
            let (_, watch) = match &mut list {
                Some(list) if std::ptr::eq(list.0, target) => list,
                _ => list.insert((target, self.last_unextracted(target, before))),
            };
            if watch.is_some() && counts(of) {
                watches.extend(watch.take());
            }
        }
        watches.sort_unstable();
        watches.dedup();
        watches
    }

    fn last_unextracted(&self, name: &ResourceName, before: Option<OperationId>) -> Option<(NameId, OperationId)> {
        let name = self.arrivals.known(name)?;
        Some((name, self.arrivals.last(name, before)?))
    }
}
