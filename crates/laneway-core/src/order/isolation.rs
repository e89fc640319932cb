//! What must not share a transaction, as far as that is known before the store is read: identities, locks, isolated
//! operations. Pure.

use laneway_model::ReferentialId;
use rustc_hash::FxHashSet;

use super::BatchOrder;
use super::ordered::Ordered;
use crate::failpoints::{FaultPoint, skips};

/// What decides which operations may share a transaction, before the store is read.
pub(crate) trait Isolation: Ordered {
    /// Whether it must have a transaction of its own, whatever is stored.
    fn is_isolated(&self) -> bool;
    /// The most persons that it locks.
    fn locks_max(&self) -> usize;
}

/// Within what bounds operations share transactions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The most persons that a transaction of several units locks.
    pub(crate) locks_max: usize,
    /// Nothing shares: the single path.
    pub(crate) single: bool,
}

/// A transaction in the making. Units (single operations, whole cycles) are offered to it in batch order.
#[derive(Debug)]
pub(crate) struct Transaction {
    bounds: Bounds,
    ids: FxHashSet<ReferentialId>,
    locks: usize,
    is_empty: bool,
    is_closed: bool,
}

/// What a unit brings into a transaction.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Burden {
    /// One of its operations must not share.
    pub(crate) isolated: bool,
    /// The most persons that it locks.
    pub(crate) locks: usize,
}

impl Transaction {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, ids: FxHashSet::default(), locks: 0, is_empty: true, is_closed: false }
    }

    /// Lets a unit in, which occupies `ids` (none twice), or leaves it to the next transaction with all that stands
    /// behind it. An empty transaction lets every unit in: a cycle is never torn.
    pub(crate) fn admits<I>(&mut self, ids: impl Fn() -> I, burden: Burden) -> bool
    where
        I: Iterator<Item = ReferentialId>,
    {
        let Bounds { locks_max, single } = self.bounds;
        let isolated = single || (burden.isolated && !skips(FaultPoint::Isolation));
        let collides = ids().any(|id| self.ids.contains(&id)) && !skips(FaultPoint::OneIdentityATransaction);
        let fits = !(self.is_closed || isolated || collides || self.locks + burden.locks > locks_max);
        if !(fits || self.is_empty) {
            self.is_closed = true;
            return false;
        }
        self.ids.extend(ids());
        self.locks += burden.locks;
        self.is_closed = isolated;
        self.is_empty = false;
        true
    }
}

/// What is to go into one transaction: positions in the batch, in batch order, and the number of each one's unit.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Part {
    pub(crate) positions: Vec<usize>,
    pub(crate) units: Vec<usize>,
}

/// Cuts a batch into transactions: no identity twice in one, none over the bound on locks, isolated what must be.
pub(crate) fn parts<T: Isolation>(operations: &[T], order: &BatchOrder, bounds: Bounds) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let mut open = Transaction::new(bounds);
    for (number, unit) in order.units.iter().enumerate() {
        let (together, repeats) = unit.split_at(first_repeat(operations, unit));
        // A cycle may hold an identity twice (never from the router): what repeats it follows in a later transaction.
        for members in std::iter::once(together).chain(repeats.chunks(1)) {
            let ids = || members.iter().flat_map(|position| operations[*position].own_ids());
            if !open.admits(ids, burden(operations, members)) {
                open = Transaction::new(bounds);
                open.admits(ids, burden(operations, members));
                parts.push(Part::default());
            }
            let part = parts.len() - 1;
            parts[part].positions.extend(members);
            parts[part].units.extend(members.iter().map(|_| number));
        }
    }
    parts.retain(|part| !part.positions.is_empty());
    parts
}

fn burden<T: Isolation>(operations: &[T], members: &[usize]) -> Burden {
    let members = || members.iter().map(|position| &operations[*position]);
    Burden { isolated: members().any(T::is_isolated), locks: members().map(T::locks_max).sum() }
}

/// From where on the members of a unit repeat an identity of one before them.
fn first_repeat<T: Ordered>(operations: &[T], unit: &[usize]) -> usize {
    if unit.len() == 1 || skips(FaultPoint::OneIdentityATransaction) {
        return unit.len();
    }
    let mut seen = FxHashSet::default();
    let repeats = |position: &usize| !operations[*position].own_ids().all(|id| seen.insert(id));
    unit.iter().position(repeats).unwrap_or(unit.len())
}
