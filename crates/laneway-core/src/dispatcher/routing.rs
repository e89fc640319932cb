//! The way into a lane: order of acceptance, the identity's line, and the lane of what an operation refers to.

use laneway_model::{OperationId, Outcome, ReferentialId};

use super::arrivals::NameId;
use super::entry::{Entry, OwnIds, Stage};
use super::identities::Joined;
use super::{Deferred, Dispatcher, Todo};
use crate::run;

/// The least wait that a caller is advised before it tries a full line again.
const RETRY_AFTER_MS_MIN: u64 = 10;

/// Where an operation goes when it is at the head of all its lines.
enum Destination {
    Lane(usize),
    /// It refers to earlier operations that are not ahead of it in one lane: (identity, wait up to).
    AwaitReferences(Vec<(ReferentialId, OperationId)>),
    /// It may refer to earlier operations that are not extracted: (name, wait up to).
    Watch(Vec<(NameId, OperationId)>),
}

impl Dispatcher {
    /// Takes an operation out of the order of arrivals, and goes on with those that it kept from their lines.
    pub(super) fn depart(&mut self, id: OperationId, names: [Option<NameId>; 2]) {
        let departure = self.arrivals.depart(id, names);
        self.todo.extend(departure.firsts.into_iter().flatten().map(Todo::JoinLines));
        for (name, up_to, who) in departure.watches_over {
            self.end_watch(who, name, up_to);
        }
    }

    /// Puts an extracted operation into its lines, if it is its turn.
    pub(super) fn join_lines(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        if entry.stage != Stage::Ordered || !self.arrivals.is_first(id, entry.names) {
            return;
        }
        let Some(own) = entry.own_ids() else { return };
        match self.identities.join(id, own, self.limits.identity_line_max) {
            Joined::Full => {
                let outcome = Outcome::QueueFull { retry_after_ms: self.line_delay_ms(id) };
                self.settle(id, outcome);
            }
            Joined::Behind(behind) => {
                entry.stage = Stage::AwaitingIdentity { behind };
                let names = entry.names;
                // Only now: behind it in its lines are those accepted later, whichever was extracted first.
                self.depart(id, names);
                if behind == 0 {
                    self.enter(id);
                } else {
                    self.counters.awaiting_identity += 1;
                }
            }
        }
    }

    /// How long a full line takes: one flush for each operation in it, or where they make a run the one that is under way
    /// and the next.
    fn line_delay_ms(&self, id: OperationId) -> u64 {
        let operation = self.operations.get(&id).and_then(|entry| entry.operation.as_ref());
        let in_run = operation.is_some_and(|operation| run::persons(operation).is_some()) && self.limits.batching;
        let flushes = u32::try_from(self.limits.identity_line_max).unwrap_or(u32::MAX);
        let flushes = if in_run { flushes.min(2) } else { flushes };
        let delay = self.flush_mean.saturating_mul(flushes).as_millis();
        u64::try_from(delay).unwrap_or(u64::MAX).max(RETRY_AFTER_MS_MIN)
    }

    /// Takes a settled operation out of its lines, and goes on with those behind it and those waiting for it.
    pub(super) fn leave_lines(&mut self, id: OperationId, entry: &Entry, stored: bool) {
        let Some(own) = entry.own_ids() else { return };
        if !entry.is_in_line() {
            return;
        }
        let left = self.identities.leave(id, own, stored);
        // What never was in a flush cannot have stored its identity, and no read can have missed it.
        if entry.flushed_at.is_some() {
            self.tick += 1;
            self.identities.remember(own, self.tick);
        }
        if let Some(operation) = entry.operation.as_ref().filter(|_| stored) {
            // What a stored document refers to is stored too.
            let ids = own.iter().chain(operation.extraction.referenced_ids());
            ids.for_each(|of| self.recently_stored.insert(of));
        }
        if let Stage::Flushing { lane: Some(lane), .. } = entry.stage {
            left.promoted.into_iter().flatten().for_each(|next| self.prefer_lane(next, lane));
        }
        self.todo.extend(left.promoted.into_iter().flatten().map(Todo::Promote));
        let by = stored.then_some(id);
        self.todo.extend(left.released.into_iter().map(|(of, who)| Todo::EndWait(who, of, by)));
        self.deferred.extend(left.awaited.into_iter().flatten().map(Deferred::DeadlockCandidate));
    }

    /// Lets an operation enter the lane of a flush that is about to return, where its own has one that may take long: the next
    /// of a hot identity waits no longer than it must.
    pub(super) fn prefer_lane(&mut self, id: OperationId, lane: usize) {
        if let Some(entry) = self.operations.get_mut(&id)
            && self.lanes[entry.home].flush.is_some()
        {
            entry.home = lane;
        }
    }

    /// An operation came to the head of one of its lines.
    pub(super) fn promote(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        let Stage::AwaitingIdentity { behind } = &mut entry.stage else { return };
        *behind -= 1;
        if *behind == 0 {
            self.enter(id);
        } else {
            self.deferred.push_back(Deferred::DeadlockCandidate(id));
        }
    }

    /// Sends an operation that is at the head of its lines on its way.
    pub(super) fn enter(&mut self, id: OperationId) {
        match self.destination_of(id) {
            Destination::Lane(lane) => self.enter_lane(id, lane),
            Destination::AwaitReferences(waits) => {
                let is_first = self.operations.get(&id).is_some_and(|entry| entry.waits.is_none());
                self.counters.awaiting_references_early += u64::from(is_first);
                self.await_references(id, &waits, true);
            }
            Destination::Watch(watches) => self.watch(id, watches),
        }
    }

    /// Sends an operation that waited before its first flush on its way again, as what it waits for stands in a lane
    /// now: behind it, it is written with it.
    pub(super) fn follow(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id).filter(|entry| entry.stage == Stage::AwaitingReferences) else {
            return;
        };
        let Some(record) = entry.waits.as_mut().filter(|record| record.missed.is_none()) else { return };
        // A wait that is broken off does not count as one: it may begin again.
        for of in &record.open {
            if let Some(through) = record.through.remove(of) {
                self.identities.unwait(*of, through, id);
            }
        }
        record.open.clear();
        self.enter(id);
    }

    /// An operation stands in a lane now: those that wait for it before their first flush may follow.
    pub(super) fn call_followers(&mut self, id: OperationId) {
        let own = self.operations.get(&id).and_then(Entry::own_ids);
        let ids = own.into_iter().flat_map(OwnIds::iter);
        self.todo.extend(ids.flat_map(|of| self.identities.waiting(of)).map(Todo::Follow));
    }

    pub(super) fn enter_lane(&mut self, id: OperationId, lane: usize) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        entry.stage = Stage::Queued { lane, since: self.now };
        entry.lane = lane;
        self.lanes[lane].enter(id, entry.bytes);
        self.call_followers(id);
    }

    /// Puts an operation that has been in a flush back into its lane, in front.
    pub(super) fn return_to_lane(&mut self, id: OperationId) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        entry.stage = Stage::Queued { lane: entry.lane, since: self.now };
        self.lanes[entry.lane].return_to(id, entry.bytes);
        self.call_followers(id);
    }

    /// An operation that refers to earlier ones in flight goes behind them, where they stand in one lane. It waits
    /// for the others, as it would after a futile flush; never up front for later ones, nor for what was stored. What
    /// may be among earlier ones that are not extracted is not known before they are.
    fn destination_of(&self, id: OperationId) -> Destination {
        let Some(entry) = self.operations.get(&id) else { return Destination::Lane(0) };
        let (Some(operation), Some(own)) = (&entry.operation, entry.own_ids()) else {
            return Destination::Lane(entry.home);
        };
        let watches = self.awaited_extractions(id, own);
        if !watches.is_empty() {
            return Destination::Watch(watches);
        }
        let mut near: Option<(OperationId, usize)> = None;
        let mut waits = Vec::new();
        let mut elsewhere = Vec::new();
        for of in operation.extraction.referenced_ids() {
            let Some(head) = self.awaited_head(id, entry, own, of) else { continue };
            match self.lane_before(head) {
                Some(lane) => {
                    elsewhere.push((of, lane));
                    near = near.max(Some((head, lane)));
                }
                None => waits.push(of),
            }
        }
        let lane = near.map_or(entry.home, |(_, lane)| lane);
        waits.extend(elsewhere.into_iter().filter(|(_, other)| *other != lane).map(|(of, _)| of));
        if waits.is_empty() {
            return Destination::Lane(lane);
        }
        waits.sort_unstable();
        waits.dedup();
        let earlier = |of: ReferentialId| {
            let last = self.identities.line(of).take_while(|other| *other < id).last();
            last.map(|last| (of, last))
        };
        Destination::AwaitReferences(waits.into_iter().filter_map(earlier).collect())
    }

    /// The earlier operations, not extracted, among which may be some that it refers to.
    pub(super) fn awaited_extractions(&self, id: OperationId, own: OwnIds) -> Vec<(NameId, OperationId)> {
        let is_unknown =
            |of| !own.contains(of) && self.identities.holder(of).is_none() && !self.recently_stored.contains(of);
        self.unextracted(id, Some(id), is_unknown)
    }

    /// The head of a referenced identity's line, if `id` should not be written before it.
    pub(super) fn awaited_head(
        &self,
        id: OperationId,
        entry: &Entry,
        own: OwnIds,
        of: ReferentialId,
    ) -> Option<OperationId> {
        let head = self.identities.holder(of)?;
        let waits = head < id
            && !self.recently_stored.contains(of)
            && entry.waited_through(of).is_none_or(|through| through < head)
            && !self.operations.get(&head).is_some_and(|other| {
                // One that is locked may be stored already, and what refers to it does not need its lock.
                other.aside.is_some() || other.own_ids().is_some_and(|other| other.shares(own))
            });
        waits.then_some(head)
    }

    /// The lane in which whatever enters now is written after that operation. On the single path lanes keep no order.
    fn lane_before(&self, id: OperationId) -> Option<usize> {
        if !self.limits.batching {
            return None;
        }
        match self.operations.get(&id)?.stage {
            Stage::Queued { lane, .. } => Some(lane),
            Stage::Flushing { lane, .. } => lane,
            _ => None,
        }
    }
}
