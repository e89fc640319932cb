//! A segment: what is to go into one transaction, and how often it was tried. Pure.

use std::collections::VecDeque;

use laneway_model::ReferentialId;
use rustc_hash::FxHashSet;

use crate::flush::{Accepted, Mode};
use crate::member::Member;
use crate::order::{BatchOrder, Ordered as _};
use crate::question;
use crate::step::{LeftOut, Step};

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

/// The segments of a batch, in batch order: no identity twice in one, none over the lock budget, and what must be
/// alone alone.
pub(super) fn segments(
    operations: Vec<Accepted>,
    mode: Mode,
    locks_max: usize,
    left_out: LeftOut,
) -> VecDeque<Segment> {
    let mut members: Vec<Option<Member>> = operations.into_iter().map(|accepted| Some(Member::new(accepted))).collect();
    let order = if left_out.has(Step::BatchOrder) {
        BatchOrder { units: (0..members.len()).map(|place| vec![place]).collect() }
    } else {
        BatchOrder::of(&members.iter().flatten().cloned().collect::<Vec<_>>())
    };
    let mut builder =
        Builder { locks_max, left_out, single: mode == Mode::Single, segments: VecDeque::new(), ..Builder::default() };
    for (number, unit) in order.units.iter().enumerate() {
        builder.add(number, unit.iter().filter_map(|position| members[*position].take()).collect());
    }
    builder.close();
    builder.segments
}

#[derive(Default)]
struct Builder {
    left_out: LeftOut,
    locks_max: usize,
    single: bool,
    segments: VecDeque<Segment>,
    open: Option<Segment>,
    ids: FxHashSet<ReferentialId>,
    locks: usize,
}

impl Builder {
    fn add(&mut self, number: usize, unit: Vec<Member>) {
        let alone =
            self.single || (unit.iter().any(|member| member.alone) && !self.left_out.has(Step::AloneInItsTransaction));
        let locks = unit.iter().map(question::locks_of).sum::<usize>();
        let collides = unit.iter().flat_map(|member| member.own_ids()).any(|id| self.ids.contains(&id))
            && !self.left_out.has(Step::OneIdentityATransaction);
        if alone || collides || self.locks + locks > self.locks_max {
            self.close();
        }
        let mut later = Vec::new();
        for member in unit {
            // A cycle may hold an identity twice (never from the router): the second has a transaction of its own.
            let again = member.own_ids().any(|id| self.ids.contains(&id));
            if again && !self.left_out.has(Step::OneIdentityATransaction) {
                later.push(member);
                continue;
            }
            self.ids.extend(member.own_ids());
            let open = self.open.get_or_insert_with(|| Segment::of(Vec::new(), Vec::new()));
            open.members.push(member);
            open.units.push(number);
        }
        self.locks += locks;
        if alone || !later.is_empty() {
            self.close();
        }
        for member in later {
            self.segments.push_back(Segment::of(vec![member], vec![number]));
        }
    }

    fn close(&mut self) {
        self.segments.extend(self.open.take());
        self.ids.clear();
        self.locks = 0;
    }
}

impl Segment {
    fn of(members: Vec<Member>, units: Vec<usize>) -> Self {
        Self { members, units, tries: Tries::default() }
    }

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
        let second = self.split_off(cut).unwrap_or_else(|| Self::of(Vec::new(), Vec::new()));
        self.tries = Tries { attempts, ..Tries::default() };
        (self, second)
    }
}
