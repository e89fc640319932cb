//! The cut: which lanes flush now, why, and with how much. Each decision is a function of a lane, the limits and the
//! time.

use laneway_model::{Limits, OperationId};

use super::costs::Load;
use super::entry::Stage;
use super::event::{Action, Moment};
use super::flushes::{Running, Slot};
use super::lane::Lane;
use super::{Dispatcher, LANES_MAX, Phase};
use crate::{Accepted, Batch, FlushLimits, FlushReason, Mode};

/// Why a lane may have to flush before its linger is over.
#[derive(Clone, Copy, Default, Debug)]
struct Hurry {
    draining: bool,
    checkpoint: bool,
}

/// Why a lane that is free flushes now; `None`: it lingers. `oldest` is when its first operation entered.
fn reason(lane: &Lane, limits: &Limits, hurry: Hurry, oldest: Moment, now: Moment) -> Option<FlushReason> {
    // Each of these ends a linger; where several hold, their order only decides which is counted. A cycle comes first
    // because it is another batch than the rest of the lane.
    if lane.has_unit() {
        Some(FlushReason::Cycle)
    } else if lane.items() >= limits.batch_items_max {
        Some(FlushReason::Items)
    } else if lane.bytes() >= limits.batch_bytes_max {
        Some(FlushReason::Bytes)
    } else if hurry.draining {
        Some(FlushReason::Drain)
    } else if limits.linger.is_zero() {
        Some(FlushReason::Idle)
    } else if hurry.checkpoint {
        Some(FlushReason::Checkpoint)
    } else if oldest + limits.linger <= now {
        Some(FlushReason::Linger)
    } else {
        None
    }
}

impl Dispatcher {
    /// Starts all flushes that may start now.
    pub(super) fn cut(&mut self) {
        // Not always from lane 0: while slots are scarce, the lanes behind would never have one.
        let first = self.turn;
        for step in 0..LANES_MAX {
            let lane = (first + step) % LANES_MAX;
            if self.cut_batch(lane) && self.flushes.batched() == self.limits.flushes_concurrent_max {
                // The next slot is for the lanes behind this one.
                self.turn = (lane + 1) % LANES_MAX;
            }
        }
        self.cut_singles();
        self.cut_aside();
    }

    /// When a lane that stands still now has to be looked at again.
    pub(super) fn next_cut(&self) -> Option<Moment> {
        // Without batching no lane waits for time to pass: a single flush starts as soon as there is a slot.
        if !self.limits.batching {
            return None;
        }
        let oldest = self.lanes.iter().filter_map(|lane| self.oldest(lane)).min();
        let objective = self.limits.latency_objective.zip(oldest).map(|(objective, oldest)| oldest + objective);
        let free = self.lanes.iter().filter(|lane| lane.flush.is_none());
        let linger = free.filter_map(|lane| self.oldest(lane)).min().map(|oldest| oldest + self.limits.linger);
        [linger.filter(|_| self.has_slot()), objective.filter(|_| self.has_single_slot())].into_iter().flatten().min()
    }

    fn has_slot(&self) -> bool {
        self.flushes.batched() < self.limits.flushes_concurrent_max
    }

    fn has_single_slot(&self) -> bool {
        self.flushes.single() < self.limits.single_concurrent_max
    }

    /// When the longest standing of the lane's operations entered it; cycles, which never wait, left out.
    fn oldest(&self, lane: &Lane) -> Option<Moment> {
        let since = |id: OperationId| match self.operations.get(&id)?.stage {
            Stage::Queued { since, .. } => Some(since),
            _ => None,
        };
        lane.fronts().filter_map(since).min()
    }

    /// To be called when the lane's fronts have changed: they are read to find what stands longest.
    fn trim(&mut self, at: usize) {
        self.lanes[at].trim(|id| self.operations.get(&id).is_some_and(|entry| entry.is_queued_in(at)));
    }

    /// Starts a flush of the lane if it may and has reason to.
    fn cut_batch(&mut self, at: usize) -> bool {
        let lane = &self.lanes[at];
        if lane.items() == 0 || lane.flush.is_some() || !self.has_slot() {
            return false;
        }
        // Where only cycles stand there is none, and they do not ask.
        let oldest = self.oldest(lane).unwrap_or(self.now);
        let hurry = Hurry { draining: self.phase == Phase::Draining, checkpoint: self.checkpoints.any_open() };
        let members = match reason(lane, &self.limits, hurry, oldest, self.now) {
            Some(FlushReason::Cycle) => self.take_unit(at).map(|unit| (FlushReason::Cycle, unit)),
            Some(reason) if self.limits.batching => Some((reason, self.take_batch(at))),
            _ => None,
        };
        let Some((reason, members)) = members else { return false };
        self.start(Slot::Lane(at), at, reason, members);
        true
    }

    /// Without batching each operation goes by the single path; with a latency objective those do whose lane has
    /// kept them longer.
    fn cut_singles(&mut self) {
        let age = if self.limits.batching { self.limits.latency_objective } else { Some(Moment::ZERO) };
        let Some(age) = age else { return };
        // One operation a lane in turn, until a whole round finds nothing due.
        let mut idle = 0;
        let mut at = self.turn;
        while self.has_single_slot() && idle < LANES_MAX {
            let due = self.oldest(&self.lanes[at]).filter(|since| *since + age <= self.now);
            match due.and_then(|_| self.take_next(at)) {
                Some(id) => {
                    self.start(Slot::Single, at, FlushReason::Single, vec![id]);
                    idle = 0;
                }
                None => idle += 1,
            }
            at = (at + 1) % LANES_MAX;
        }
        self.turn = at;
    }

    /// The members of the lane's next cycle that still stand there.
    fn take_unit(&mut self, at: usize) -> Option<Vec<OperationId>> {
        while let Some(mut unit) = self.lanes[at].pop_unit() {
            unit.retain(|id| self.take(*id, at));
            if !unit.is_empty() {
                return Some(unit);
            }
        }
        None
    }

    /// As much of the lane as a batch carries.
    fn take_batch(&mut self, at: usize) -> Vec<OperationId> {
        let mut members = Vec::with_capacity(self.lanes[at].items().min(self.limits.batch_items_max));
        let (mut bytes, mut time, time_max) = (0, 0.0, self.costs.flush_max());
        while members.len() < self.limits.batch_items_max
            && let Some(id) = self.lanes[at].peek()
        {
            let entry = self.operations.get(&id);
            let more = entry.map_or(0, |entry| entry.bytes);
            let longer = entry.and_then(|entry| entry.names[0]).map_or(0.0, |name| self.costs.document(name));
            // The first always goes: a document that is larger than a batch would otherwise stay for ever.
            if !members.is_empty() && (bytes + more > self.limits.batch_bytes_max || time + longer > time_max) {
                break;
            }
            self.lanes[at].pop();
            if self.take(id, at) {
                bytes += more;
                time += longer;
                members.push(id);
            }
        }
        self.trim(at);
        self.add_runs(&mut members, bytes);
        members
    }

    fn take_next(&mut self, at: usize) -> Option<OperationId> {
        while let Some(id) = self.lanes[at].peek() {
            self.lanes[at].pop();
            if self.take(id, at) {
                self.trim(at);
                return Some(id);
            }
        }
        None
    }

    /// Takes an operation out of its lane's count, if it still stands there.
    fn take(&mut self, id: OperationId, at: usize) -> bool {
        let Some(entry) = self.operations.get(&id).filter(|entry| entry.is_queued_in(at)) else { return false };
        self.lanes[at].take(entry.bytes);
        true
    }

    /// Starts a flush of operations that stood in the lane, or return to it.
    pub(super) fn start(&mut self, slot: Slot, at: usize, reason: FlushReason, mut members: Vec<OperationId>) {
        // Order of acceptance: those that returned stood before those that entered, whichever was accepted first.
        members.sort_unstable();
        // What settles at this tick or later may be missing in what the flush reads.
        self.tick += 1;
        let mut load = Load::default();
        let names = members.iter().filter_map(|id| self.operations.get(id)?.names[0]);
        names.for_each(|name| load.add(name));
        let flush = self.flushes.start(Running { slot, members: members.clone(), load, window: self.tick });
        let lane = if let Slot::Lane(lane) = slot { Some(lane) } else { None };
        if let Some(lane) = lane {
            self.lanes[lane].flush = Some(flush);
        }
        let mut operations = Vec::with_capacity(members.len());
        for id in members {
            let Some(entry) = self.operations.get_mut(&id) else { continue };
            let in_line = matches!(entry.stage, Stage::AwaitingIdentity { .. });
            entry.stage = Stage::Flushing { flush, lane };
            // The first flush only: time spent in repeated attempts is not time in the queue.
            entry.flushed_at.get_or_insert(self.now);
            let time_left = entry.deadline.map(|deadline| deadline.saturating_sub(self.now));
            operations.extend(entry.operation.clone().map(|operation| Accepted { id, operation, time_left, in_line }));
        }
        // A cycle is one transaction even where nothing else is batched: alone, none of its members could be written.
        let mode = if slot == Slot::Single { Mode::Single } else { Mode::Batched };
        let limits = FlushLimits::from(&self.limits);
        self.actions.push(Action::Flush { flush, batch: Batch { lane: at, reason, mode, limits, operations } });
    }
}
