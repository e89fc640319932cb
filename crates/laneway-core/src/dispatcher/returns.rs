//! What flushes return with: the results of operations, and their own end. Knows no lanes' order, and nothing of what is cut next.

use laneway_model::Outcome;

use super::entry::{Missed, Stage};
use super::event::{FlushId, FlushTimes};
use super::flushes::Slot;
use super::{Dispatcher, Todo};
use crate::{Flushed, Settlement};

impl Dispatcher {
    /// Settles what is over before it looks at what was missed, so that no operation waits for one of its own group
    /// that has settled.
    pub(super) fn flushed(&mut self, results: Vec<Flushed>) {
        let mut missed = Vec::new();
        let mut locked = Vec::new();
        for Flushed { id, settlement, info } in results {
            // Not there, or elsewhere: a flush reported it twice, or after its end. The first result counts.
            let Some(entry) = self.operations.get_mut(&id) else { continue };
            let Stage::Flushing { flush, .. } = entry.stage else { continue };
            entry.info = info;
            let is_overdue = entry.is_overdue;
            match settlement {
                Settlement::Settled(outcome) => self.settle(id, outcome),
                Settlement::Missing { .. } | Settlement::Locked { .. } | Settlement::InLine if is_overdue => {
                    self.settle(id, Outcome::Deadline)
                }
                Settlement::InLine => self.todo.push_back(Todo::BackInLine(id)),
                Settlement::Missing { ids, refusal } => {
                    missed.push((id, flush, ids, refusal));
                }
                Settlement::Locked { refusal } => locked.push((id, refusal)),
            }
        }
        // What stands behind another has no turn of its own, whatever became of it.
        locked.retain(|(id, _)| self.is_head_or_back_in_line(*id));
        if !locked.is_empty() {
            self.set_aside(locked);
        }
        for (id, flush, ids, refusal) in missed {
            if !self.is_head_or_back_in_line(id) {
                continue;
            }
            let mates = self.mates(id, flush);
            let window = self.flushes.get(flush).map_or(self.tick, |running| running.window);
            self.missed(id, Missed { ids, mates, refusal, window, watched: false });
        }
    }

    pub(super) fn flush_over(&mut self, flush: FlushId, times: Option<FlushTimes>, unreported: &Outcome) {
        let lanes_busy = self.flushes.batched();
        let Some(running) = self.flushes.end(flush) else { return };
        match running.slot {
            Slot::Lane(lane) => {
                self.lanes[lane].flush = None;
                self.learn(&running, times, lanes_busy);
            }
            Slot::Single => {}
            Slot::Aside => self.aside.returned(self.now),
        }
        // One that waits for locks says nothing about how long others take.
        if let Some(FlushTimes { elapsed, .. }) = times.filter(|_| running.slot != Slot::Aside) {
            self.flush_mean = if self.flush_mean.is_zero() { elapsed } else { (self.flush_mean * 7 + elapsed) / 8 };
        }
        for id in running.members {
            // Reported ones have settled, or wait: only what the flush never mentioned is still in it.
            let is_here = |stage| matches!(stage, Stage::Flushing { flush: at, .. } if at == flush);
            self.settle_if(id, unreported.clone(), is_here);
        }
    }
}
