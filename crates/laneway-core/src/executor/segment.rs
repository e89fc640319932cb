//! A segment: what is to go into one transaction, and how often it was tried. Pure.

use std::collections::VecDeque;

use crate::failpoints::{FaultPoint, Faults};
use crate::flush::{Accepted, Mode};
use crate::member::Member;
use crate::order::{self, BatchOrder, Bounds, Part};

/// Operations in batch order for one transaction.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) members: Vec<Member>,
    /// The number of each member's unit: members of one cycle share it.
    pub(super) units: Vec<usize>,
    pub(super) tries: Tries,
}

/// What was tried with a segment so far.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Tries {
    /// Transactions begun.
    pub(super) attempts: u32,
    /// After serialization failures, deadlocks and timeouts.
    pub(super) retries: u32,
    /// After lost races.
    pub(super) races: u32,
    /// After lost connections.
    pub(super) reconnects: u32,
}

/// The segments of a batch, in batch order: the parts that the rule of batches cuts it into.
pub(super) fn segments(operations: Vec<Accepted>, mode: Mode, locks_max: usize, faults: Faults) -> VecDeque<Segment> {
    let members: Vec<Member> = operations.into_iter().map(Member::new).collect();
    let order = if faults.has(FaultPoint::BatchOrder) {
        BatchOrder { units: (0..members.len()).map(|place| vec![place]).collect() }
    } else {
        BatchOrder::of(&members)
    };
    let parts = order::parts(&members, &order, Bounds { locks_max, single: mode == Mode::Single, faults });
    let mut members: Vec<Option<Member>> = members.into_iter().map(Some).collect();
    let segment = |part: Part| Segment {
        members: part.positions.iter().filter_map(|position| members[*position].take()).collect(),
        units: part.units,
        tries: Tries::default(),
    };
    parts.into_iter().map(segment).collect()
}

impl Segment {
    /// Whether nothing smaller can be made of it: one operation, or one cycle.
    pub(super) fn is_whole(&self) -> bool {
        self.units.first() == self.units.last()
    }

    /// Takes off everything behind the first `count` members.
    pub(super) fn split_off(&mut self, count: usize) -> Option<Self> {
        let (members, units) = (self.members.split_off(count), self.units.split_off(count));
        (!members.is_empty()).then(|| Self {
            members,
            units,
            tries: Tries { attempts: self.tries.attempts, ..Tries::default() },
        })
    }

    /// Two halves, cut between units; the segment must not be whole.
    pub(super) fn halves(mut self) -> (Self, Self) {
        let middle = self.members.len() / 2;
        let is_border = |at: &usize| self.units[*at - 1] != self.units[*at];
        let cut =
            (1..self.members.len()).filter(is_border).min_by_key(|at| at.abs_diff(middle)).unwrap_or(middle.max(1));
        let attempts = self.tries.attempts;
        let second = self.split_off(cut).unwrap_or_else(|| Self {
            members: Vec::new(),
            units: Vec::new(),
            tries: Tries::default(),
        });
        self.tries = Tries { attempts, ..Tries::default() };
        (self, second)
    }
}
