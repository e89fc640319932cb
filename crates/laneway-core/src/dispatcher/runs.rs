//! Runs: the operations in line behind one that is cut go with it, where they can be written in its transaction. They keep
//! their places in line meanwhile: what is not written stands there as before.

use laneway_model::{OperationId, Outcome};

use super::entry::{Entry, Stage};
use super::{Dispatcher, Phase};
use crate::run;

impl Dispatcher {
    /// Adds to a batch, of `bytes`, what stands in line behind its members. As only the last of a run is written, one counts
    /// as one item; a line's bound is its bound.
    pub(super) fn add_runs(&self, members: &mut Vec<OperationId>, mut bytes: usize) {
        for at in 0..members.len() {
            let head = members[at];
            let Some(entry) = self.operations.get(&head) else { continue };
            let Some((first, own)) = entry.operation.as_ref().zip(entry.own_ids()) else { continue };
            // One with two identities, in two lines, stands in no run.
            let Some(of) = own.iter().next().filter(|of| self.identities.is_wanted(*of)) else { continue };
            for id in self.identities.line(of).skip(1) {
                let Some(entry) = self.operations.get(&id) else { break };
                let fits = bytes + entry.bytes <= self.limits.batch_bytes_max;
                let shares = entry.operation.as_ref().is_some_and(|operation| run::share(first, operation));
                if !(fits && shares && self.may_follow(id, members)) {
                    // The next must not overtake it.
                    break;
                }
                bytes += entry.bytes;
                members.push(id);
            }
        }
    }

    /// Whether an operation in line, and nothing else, waits for its turn: what it refers to is stored or among `members`, as
    /// far as is known. Otherwise the flush would be futile for it, and for those behind it.
    fn may_follow(&self, id: OperationId, members: &[OperationId]) -> bool {
        let Some(entry) = self.operations.get(&id) else { return false };
        let Some((operation, own)) = entry.operation.as_ref().zip(entry.own_ids()) else { return false };
        let in_flight = |of| self.awaited_head(id, entry, own, of).is_some_and(|head| !members.contains(&head));
        matches!(entry.stage, Stage::AwaitingIdentity { .. })
            && !operation.extraction.referenced_ids().any(in_flight)
            && self.awaited_extractions(id, own).is_empty()
    }

    /// Whether an operation that its flush has not written has its turn; where another stands before it in line, it goes back.
    pub(super) fn is_head_or_back_in_line(&mut self, id: OperationId) -> bool {
        let own = self.operations.get(&id).and_then(Entry::own_ids);
        let is_head = own.is_none_or(|own| own.iter().all(|of| self.identities.holder(of) == Some(id)));
        if !is_head {
            self.back_in_line(id);
        }
        is_head
    }

    /// An operation was not written with the one before it: it waits on, or is the head by now.
    pub(super) fn back_in_line(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        let (Some(own), Stage::Flushing { lane, .. }) = (entry.own_ids(), entry.stage) else { return };
        if self.phase == Phase::Aborted {
            return self.settle(id, Outcome::Closed);
        }
        let behind = own.iter().filter(|of| self.identities.holder(*of) != Some(id)).count();
        if behind == 0 {
            lane.into_iter().for_each(|lane| self.prefer_lane(id, lane));
            self.enter(id);
        } else {
            // It has two lines at most.
            entry.stage = Stage::AwaitingIdentity { behind: behind as u8 };
        }
    }
}
