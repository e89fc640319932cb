//! The steps of operations that a flush found locked: set aside, tried again in a place of their own that no other operation
//! waits for, given up. Knows no locks.

use laneway_model::{OperationId, Outcome};

use super::entry::{Aside, Stage};
use super::event::Moment;
use super::flushes::Slot;
use super::{Dispatcher, Phase};
use crate::FlushReason;

impl Dispatcher {
    /// Sets operations aside that a flush found locked and that must be written together, each with its outcome if it is
    /// given up.
    pub(super) fn set_aside(&mut self, locked: Vec<(OperationId, Outcome)>) {
        if self.phase == Phase::Aborted {
            return locked.into_iter().for_each(|(id, _)| self.settle(id, Outcome::Closed));
        }
        let members = locked.iter().map(|(id, _)| *id).collect();
        let unit = self.aside.enter(members, self.now, self.flushes.aside() > 0);
        for (id, refusal) in locked {
            let Some(entry) = self.operations.get_mut(&id) else { continue };
            entry.stage = Stage::Locked { unit };
            let since = entry.aside.get_or_insert_with(|| Box::new(Aside { since: self.now, refusal })).since;
            self.aside.since.insert((since, id));
            // What refers to it may be written without it.
            self.call_followers(id);
        }
    }

    /// Gives up what has been locked for as long as operations wait for a store that cannot be used.
    pub(super) fn give_up_locked(&mut self) {
        while let Some(&(since, id)) = self.aside.since.first()
            && since + self.limits.outage_max <= self.now
        {
            let refusal =
                self.operations.get(&id).and_then(|entry| entry.aside.as_ref()).map(|aside| aside.refusal.clone());
            let Some(refusal) = refusal else { return };
            self.settle(id, refusal);
            self.work_off();
        }
    }

    /// When something is to be done about what stands aside.
    pub(super) fn next_aside(&self) -> Option<Moment> {
        let (since, _) = self.aside.since.first()?;
        let give_up = *since + self.limits.outage_max;
        Some(if self.flushes.aside() == 0 { give_up.min(self.aside.next_try) } else { give_up })
    }

    /// Tries what stands aside again, if it is time.
    pub(super) fn cut_aside(&mut self) {
        if self.flushes.aside() > 0 || self.aside.next_try > self.now {
            return;
        }
        let is_wide = self.aside.wide && self.limits.batching;
        let members = if is_wide { self.widest() } else { self.aside.next_alone() };
        let Some(first) = members.first() else { return };
        let lane = self.operations.get(first).map_or(0, |entry| entry.lane);
        if !is_wide {
            self.aside.last_alone = Some(*first);
        }
        for id in &members {
            if let Some(entry) = self.operations.get(id)
                && let Stage::Locked { unit } = entry.stage
            {
                self.aside.withdraw(*id, unit, entry);
            }
        }
        self.aside.found_locked = false;
        self.start(Slot::Aside, lane, FlushReason::Locked, members);
    }

    /// Whole units, as many as a batch carries, and at least one.
    fn widest(&self) -> Vec<OperationId> {
        let mut members: Vec<OperationId> = Vec::new();
        let mut bytes = 0;
        for unit in self.aside.units.values() {
            bytes += unit.iter().filter_map(|id| self.operations.get(id)).map(|entry| entry.bytes).sum::<usize>();
            let fits =
                members.len() + unit.len() <= self.limits.batch_items_max && bytes <= self.limits.batch_bytes_max;
            if !members.is_empty() && !fits {
                break;
            }
            members.extend(unit);
        }
        members
    }
}
