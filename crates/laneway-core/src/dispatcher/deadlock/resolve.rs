//! How each kind of deadlock is resolved.
//!
//! Two kinds of waiting make the graph: an operation that awaits references waits for the head of the line of each
//! identity that it misses, an operation that awaits its identity for the heads before it.
//! - **References only** (A refers to B, B to A): the members are cut as one unit; inside it, references count as
//!   present.
//! - **With a line** (A refers to B; B is in line behind C, with which it shares a superclass alias; C refers to
//!   A): B and C cannot share a batch, and in no serial run that keeps their order is C's reference there in time.
//!   So C, which holds up the line, gives way: it is written without waiting for A any longer, and if its reference
//!   is still missing, refused. Then B and after it A have their turn. Where several could give way, the one accepted
//!   last does.
//!
//! An operation made to go on so may come back missing the same. Unless a wait of some member has ended since then, or
//! begun for something new, another attempt would find the same, and one of them is refused instead: attempts are
//! bounded by what there is to wait for.

use laneway_model::OperationId;

use super::{Progress, find_deadlock};
use crate::dispatcher::entry::{Entry, Stage};
use crate::dispatcher::{Deferred, Dispatcher};

impl Dispatcher {
    /// Resolves the deadlock that hinders this operation, if there is one.
    pub(in crate::dispatcher) fn resolve_deadlock(&mut self, id: OperationId) {
        if !self.is_wanted(id) {
            return;
        }
        let Some(mut members) = find_deadlock(id, |id, targets| self.waits_for(id, targets)) else { return };
        members.sort_unstable();
        if members.iter().all(|member| self.awaits_references(*member)) {
            self.resolve_cycle(id, members);
        } else {
            self.resolve_line(&members);
        }
        // One deadlock hides the next: `id` may be hindered by another behind it.
        self.deferred.push_back(Deferred::DeadlockCandidate(id));
    }

    /// What an operation cannot go on without.
    pub(in crate::dispatcher) fn waits_for(&self, id: OperationId, targets: &mut Vec<OperationId>) -> Progress {
        let Some(entry) = self.operations.get(&id) else { return Progress::Active };
        match entry.stage {
            Stage::AwaitingReferences if entry.waits.as_ref().is_some_and(|record| record.extractions.is_empty()) => {
                let open = entry.waits.iter().flat_map(|record| &record.open);
                targets.extend(open.filter_map(|of| self.identities.holder(*of)));
            }
            Stage::AwaitingIdentity { .. } => {
                let own = entry.own_ids().into_iter().flat_map(|own| own.iter());
                targets.extend(own.filter_map(|of| self.identities.holder(of)).filter(|head| *head != id));
            }
            _ => {}
        }
        // One that waits for extractions, or is about to go on, has no targets.
        if targets.is_empty() { Progress::Active } else { Progress::Waits }
    }

    /// An operation that none waits for is in no deadlock: a cheap look before the search.
    fn is_wanted(&self, id: OperationId) -> bool {
        let own = self.operations.get(&id).and_then(Entry::own_ids);
        own.is_some_and(|own| own.iter().any(|of| self.identities.is_wanted(of)))
    }

    fn awaits_references(&self, id: OperationId) -> bool {
        self.operations.get(&id).is_some_and(|entry| entry.stage == Stage::AwaitingReferences)
    }

    fn has_progress(&self, id: OperationId) -> bool {
        let record = self.operations.get(&id).and_then(|entry| entry.waits.as_ref());
        record.is_some_and(|record| record.has_progress())
    }

    fn resolve_cycle(&mut self, closer: OperationId, members: Vec<OperationId>) {
        if members.iter().any(|member| self.has_progress(*member)) {
            self.cut_as_one(closer, members);
        } else {
            self.refuse_waiting(if members.contains(&closer) { closer } else { members[members.len() - 1] });
        }
    }

    /// Puts the members of a cycle into one lane as a unit.
    fn cut_as_one(&mut self, closer: OperationId, members: Vec<OperationId>) {
        let lane = self.operations.get(&closer).map_or(0, |entry| entry.lane);
        let mut bytes = 0;
        for member in &members {
            self.stop_waiting(*member);
            if let Some(entry) = self.operations.get_mut(member) {
                entry.stage = Stage::Queued { lane, since: self.now };
                entry.lane = lane;
                bytes += entry.bytes;
            }
        }
        self.counters.cycles += 1;
        members.iter().for_each(|member| self.call_followers(*member));
        self.lanes[lane].enter_unit(members, bytes);
    }

    fn resolve_line(&mut self, members: &[OperationId]) {
        let mut heads: Vec<OperationId> = members.iter().flat_map(|member| self.heads_before(*member)).collect();
        heads.sort_unstable();
        if let Some(&head) = heads.iter().rev().find(|head| self.has_progress(**head)) {
            self.counters.gave_way += 1;
            self.stop_waiting(head);
            let lane = self.operations.get(&head).map_or(0, |entry| entry.lane);
            self.enter_lane(head, lane);
        } else if let Some(&head) = heads.last() {
            self.refuse_waiting(head);
        }
    }

    /// The operations before this one in its lines that await references.
    fn heads_before(&self, id: OperationId) -> Vec<OperationId> {
        let Some(entry) = self.operations.get(&id) else { return Vec::new() };
        let Stage::AwaitingIdentity { .. } = entry.stage else { return Vec::new() };
        let own = entry.own_ids().into_iter().flat_map(|own| own.iter());
        own.filter_map(|of| self.identities.holder(of)).filter(|head| self.awaits_references(*head)).collect()
    }

    fn stop_waiting(&mut self, id: OperationId) {
        self.end_waits(id);
        if let Some(record) = self.operations.get_mut(&id).and_then(|entry| entry.waits.as_mut()) {
            record.attempted = record.news;
        }
    }
}
