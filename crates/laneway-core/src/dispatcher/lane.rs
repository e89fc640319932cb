//! A lane: operations in order, one flush at a time. Knows ids and sizes; when and how much to cut is decided
//! elsewhere (`cut`).

use std::collections::VecDeque;

use laneway_model::OperationId;

use super::event::FlushId;

/// Withdrawn operations that a lane's queues may still name before they are swept out: few against a full lane,
/// many against the price of a sweep.
const WITHDRAWN_MAX: usize = 1_024;

/// Operations that may be written now: no two of one identity, as only holders of their identities enter.
#[derive(Default, Debug)]
pub(super) struct Lane {
    /// Cycles of references, each to be cut as one.
    units: VecDeque<Vec<OperationId>>,
    /// Those that have been in a flush, or were made to wait, and go first.
    returning: VecDeque<OperationId>,
    /// The others, in order of entry.
    queue: VecDeque<OperationId>,
    /// How many stand here. The queues may also name operations that were withdrawn.
    items: usize,
    /// The bytes of their documents.
    bytes: usize,
    withdrawn: usize,
    /// The flush that keeps the lane busy.
    pub(super) flush: Option<FlushId>,
}

impl Lane {
    pub(super) fn items(&self) -> usize {
        self.items
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All that its queues name, withdrawn ones too.
    #[cfg(test)]
    pub(super) fn named(&self) -> impl Iterator<Item = OperationId> {
        self.units.iter().flatten().chain(&self.returning).chain(&self.queue).copied()
    }

    /// Puts an operation behind the others.
    pub(super) fn enter(&mut self, id: OperationId, bytes: usize) {
        self.queue.push_back(id);
        self.add(bytes);
    }

    /// Puts an operation before those that entered, behind those that returned.
    pub(super) fn return_to(&mut self, id: OperationId, bytes: usize) {
        self.returning.push_back(id);
        self.add(bytes);
    }

    /// Puts a cycle before all others.
    pub(super) fn enter_unit(&mut self, members: Vec<OperationId>, bytes: usize) {
        self.items += members.len();
        self.bytes += bytes;
        self.units.push_back(members);
    }

    fn add(&mut self, bytes: usize) {
        self.items += 1;
        self.bytes += bytes;
    }

    /// Takes note that an operation standing here settled; `is_here`: whether another one still stands.
    pub(super) fn withdraw(&mut self, bytes: usize, is_here: impl Fn(OperationId) -> bool) {
        self.take(bytes);
        self.withdrawn += 1;
        self.trim(&is_here);
        if self.items == 0 || self.withdrawn > WITHDRAWN_MAX.max(self.items) {
            self.returning.retain(|id| is_here(*id));
            self.queue.retain(|id| is_here(*id));
            self.units.iter_mut().for_each(|unit| unit.retain(|id| is_here(*id)));
            self.units.retain(|unit| !unit.is_empty());
            self.withdrawn = 0;
        }
    }

    /// Takes note that an operation standing here is cut.
    pub(super) fn take(&mut self, bytes: usize) {
        self.items -= 1;
        self.bytes -= bytes;
    }

    /// The next cycle.
    pub(super) fn pop_unit(&mut self) -> Option<Vec<OperationId>> {
        self.units.pop_front()
    }

    /// Whether a cycle stands here.
    pub(super) fn has_unit(&self) -> bool {
        !self.units.is_empty()
    }

    /// The first of those that returned and the first of those that entered.
    pub(super) fn fronts(&self) -> impl Iterator<Item = OperationId> {
        self.returning.front().into_iter().chain(self.queue.front()).copied()
    }

    /// Drops withdrawn operations from the fronts; `is_here`: whether one still stands.
    pub(super) fn trim(&mut self, is_here: impl Fn(OperationId) -> bool) {
        for queue in [&mut self.returning, &mut self.queue] {
            while queue.front().is_some_and(|id| !is_here(*id)) {
                queue.pop_front();
            }
        }
    }

    /// The next operation that may still stand here.
    pub(super) fn peek(&self) -> Option<OperationId> {
        self.returning.front().or_else(|| self.queue.front()).copied()
    }

    /// Drops what [`Self::peek`] showed.
    pub(super) fn pop(&mut self) {
        if self.returning.pop_front().is_none() {
            self.queue.pop_front();
        }
    }
}
