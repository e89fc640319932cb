//! References in flight: when an operation whose references were not found is refused, waits, or tries again.
//!
//! It is refused only if no operation with one of the missing identities was unsettled at any moment from the start
//! of its flush until now, whenever accepted. Not counted are operations of its own identity (those before it have
//! settled, those behind it cannot help) and those that it has waited for: at most once for each. An operation not
//! yet extracted may have any identity of its names: the refusal waits until those accepted up to the report are
//! extracted, and then looks again. Those accepted later do not hold it up, or a steady stream would do so for ever:
//! as far as they have been extracted by then they count like all others, and the rest had not been accepted when
//! the reference was found missing.

use laneway_model::{OperationId, Outcome, ReferentialId, ResourceName};

use super::arrivals::NameId;
use super::entry::{Entry, Missed, OwnIds};
use super::{Dispatcher, Phase};

/// What becomes of an operation that missed references.
enum Verdict {
    /// It waits for those in flight: (identity, up to). `fresh`: some it has not waited for before.
    Wait { waits: Vec<(ReferentialId, OperationId)>, fresh: bool },
    /// One that may have brought the identity has settled meanwhile.
    Again,
    /// Nothing that is known can bring them.
    Refuse,
}

impl Dispatcher {
    /// Decides for operations whose references a flush did not find.
    pub(super) fn missed(&mut self, reports: Vec<(OperationId, Missed)>) {
        for (id, missed) in reports {
            let Some(entry) = self.operations.get_mut(&id) else { continue };
            for of in &missed.ids {
                self.known.remove(*of);
            }
            if self.phase == Phase::Aborted {
                self.settle(id, Outcome::Closed);
                continue;
            }
            entry.waits.get_or_insert_default().missed = Some(missed);
            self.decide(id, true);
        }
    }

    /// Decides again after the extractions that the operation waited for.
    pub(super) fn judge_again(&mut self, id: OperationId) {
        let Some(record) = self.operations.get_mut(&id).and_then(|entry| entry.waits.as_mut()) else { return };
        let Some(window) = record.window.take() else { return };
        self.decide(id, false);
        // Only now may the settlements since then be forgotten.
        self.flushes.close_window(window);
    }

    fn missed_of(&self, id: OperationId) -> Option<&Missed> {
        self.operations.get(&id)?.waits.as_ref()?.missed.as_ref()
    }

    fn decide(&mut self, id: OperationId, may_watch: bool) {
        match self.verdict(id) {
            Verdict::Wait { waits, fresh } => {
                self.counters.parked_missing += 1;
                self.park(id, &waits, fresh);
            }
            Verdict::Again => {
                self.counters.parked_missing += 1;
                self.return_to_lane(id);
            }
            Verdict::Refuse => {
                let watches = if may_watch { self.watches(id) } else { Vec::new() };
                if watches.is_empty() { self.refuse(id) } else { self.park_for_extractions(id, watches) }
            }
        }
    }

    /// Settles an operation as its last flush found it.
    pub(super) fn refuse(&mut self, id: OperationId) {
        let Some(refusal) = self.missed_of(id).map(|missed| missed.refusal.clone()) else { return };
        self.settle(id, refusal);
    }

    fn verdict(&mut self, id: OperationId) -> Verdict {
        let Some(entry) = self.operations.get(&id) else { return Verdict::Refuse };
        let Some((own, missed)) = entry.own_ids().zip(self.missed_of(id)) else { return Verdict::Refuse };
        let mut waits = Vec::new();
        let mut tried = Vec::new();
        let mut fresh = false;
        for &of in &missed.ids {
            let before = entry.waited_through(of);
            if let Some(last) = self.last_in_line(of, own) {
                fresh |= Some(last) > before;
                waits.push((of, last));
            }
            if let Some(last) = self.identities.settled_since(of, missed.window)
                && Some(last) > before
            {
                fresh = true;
                tried.push((of, last));
            }
        }
        waits.sort_unstable();
        waits.dedup();
        if !waits.is_empty() {
            return Verdict::Wait { waits, fresh };
        }
        if tried.is_empty() {
            return Verdict::Refuse;
        }
        // That was its one wait for each of them.
        if let Some(record) = self.operations.get_mut(&id).and_then(|entry| entry.waits.as_mut()) {
            record.begun += 1;
            record.through.extend(tried);
        }
        Verdict::Again
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
        let Some(entry) = self.operations.get(&id) else { return Vec::new() };
        let Some((operation, missed)) = entry.operation.as_ref().zip(self.missed_of(id)) else { return Vec::new() };
        let extraction = &operation.extraction;
        let resource = &extraction.resource;
        let references = extraction
            .references
            .iter()
            .map(|reference| (reference.id, &resource.reference_lists[usize::from(reference.list)].target));
        let descriptors = extraction
            .descriptors
            .iter()
            .map(|descriptor| (descriptor.id, &resource.descriptor_lists[usize::from(descriptor.list)].target));
        let mut names: Vec<NameId> = references
            .chain(descriptors)
            .filter(|(of, _)| missed.ids.contains(of))
            .filter_map(|(_, target): (_, &ResourceName)| self.arrivals.known(target))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter_map(|name| Some((name, self.arrivals.last(name)?))).collect()
    }
}
