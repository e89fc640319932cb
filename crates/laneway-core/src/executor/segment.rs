//! A segment: what is to go into one transaction, and how often it was tried. Pure.

use std::collections::VecDeque;

use laneway_model::Outcome;
use tokio::time::Instant;

use crate::failpoints::{FaultPoint, skips};
use crate::flush::{Accepted, Mode};
use crate::order::BatchOrder;
use crate::order::isolation::{self, Bounds, Part};
use crate::planned_operation::PlannedOperation;

/// Operations in batch order for one transaction.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) members: Vec<PlannedOperation>,
    /// The number of each member's unit: members of one cycle share it.
    pub(super) units: Vec<usize>,
    pub(super) tries: Tries,
    /// What becomes of those that would be written: the database has refused them together, and they cannot be written apart.
    /// Boxed: few segments have one, and all are moved about.
    pub(super) refusal: Option<Box<Outcome>>,
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
    /// After lost connections and outages.
    pub(super) losses: u32,
    /// After waiting in vain for a lock that nothing was found to hold.
    pub(super) locked: u32,
    /// When the store could not be used first.
    pub(super) unusable_since: Option<Instant>,
}

impl Tries {
    /// For what is left of a segment: what made it fail is counted from the start; what its operations took is not, nor
    /// how long the store cannot be used, nor how long they waited for locks.
    fn anew(self) -> Self {
        Self { attempts: self.attempts, locked: self.locked, unusable_since: self.unusable_since, ..Self::default() }
    }
}

/// The segments of a batch, in batch order: the parts that the rule of batches cuts it into.
pub(super) fn segments(operations: Vec<Accepted>, mode: Mode, locks_max: usize) -> VecDeque<Segment> {
    let members: Vec<PlannedOperation> = operations.into_iter().map(PlannedOperation::new).collect();
    let order = if skips(FaultPoint::BatchOrder) {
        BatchOrder { units: (0..members.len()).map(|position| vec![position]).collect() }
    } else {
        BatchOrder::of(&members)
    };
    let parts = isolation::parts(&members, &order, Bounds { locks_max, single: mode == Mode::Single });
    let mut members: Vec<Option<PlannedOperation>> = members.into_iter().map(Some).collect();
    let segment = |part: Part| Segment {
        members: part.positions.iter().filter_map(|position| members[*position].take()).collect(),
        units: part.units,
        tries: Tries::default(),
        refusal: None,
    };
    parts.into_iter().map(segment).collect()
}

impl Segment {
    /// Takes off everything behind the first `count` members.
    pub(super) fn split_off(&mut self, count: usize) -> Option<Self> {
        let (members, units) = (self.members.split_off(count), self.units.split_off(count));
        (!members.is_empty()).then(|| Self { members, units, tries: self.tries.anew(), refusal: None })
    }

    /// Those of which `takes` is true, and the others; each `None` where it would be empty.
    pub(super) fn partition(self, mut takes: impl FnMut(&PlannedOperation) -> bool) -> (Option<Self>, Option<Self>) {
        let taken: Vec<bool> = self.members.iter().map(&mut takes).collect();
        if !taken.contains(&true) {
            return (None, Some(self));
        }
        let (tries, refusal) = (self.tries, self.refusal);
        let mut taken = taken.into_iter();
        let (taken, others): (Vec<_>, Vec<_>) =
            self.members.into_iter().zip(self.units).partition(|_| taken.next().unwrap_or_default());
        let segment = |pairs: Vec<(PlannedOperation, usize)>| {
            let (members, units) = pairs.into_iter().unzip();
            Self { members, units, tries, refusal: refusal.clone() }
        };
        let segments = [taken, others].map(|pairs| (!pairs.is_empty()).then(|| segment(pairs)));
        segments.into()
    }

    /// The units, each with its members.
    pub(super) fn into_units(self) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let mut unit = rest.take()?;
            let end = unit.units.iter().take_while(|number| Some(*number) == unit.units.first()).count();
            rest = unit.split_off(end);
            Some(unit)
        })
    }

    /// The members of each unit.
    pub(super) fn unit_members(&self) -> impl Iterator<Item = &[PlannedOperation]> {
        let mut from = 0;
        self.units.chunk_by(|one, other| one == other).map(move |unit| {
            from += unit.len();
            &self.members[from - unit.len()..from]
        })
    }

    /// For each member what `units` says of its unit.
    pub(super) fn of_members(&self, units: &[bool]) -> Vec<bool> {
        let lengths = self.unit_members().map(<[_]>::len);
        lengths.zip(units).flat_map(|(length, of)| std::iter::repeat_n(*of, length)).collect()
    }

    /// Whether it cannot be halved: an operation, or a cycle.
    pub(super) fn is_unit(&self) -> bool {
        self.units.first() == self.units.last()
    }

    /// Two halves, cut between units; the segment itself where there is only one: an operation, or a cycle.
    pub(super) fn halves(mut self) -> Result<[Self; 2], Self> {
        let middle = self.members.len() / 2;
        let borders = (1..self.members.len()).filter(|at| self.units[*at - 1] != self.units[*at]);
        let cut = borders.min_by_key(|at| at.abs_diff(middle));
        let Some(second) = cut.and_then(|cut| self.split_off(cut)) else { return Err(self) };
        self.tries = self.tries.anew();
        Ok([self, second])
    }
}
