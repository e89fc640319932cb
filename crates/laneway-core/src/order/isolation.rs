//! What must not share a transaction, as far as that is known before the store is read: identities, locks, isolated
//! operations. Pure.

use laneway_model::ReferentialId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::BatchOrder;
use super::ordered::Ordered;
use crate::failpoints::{FaultPoint, skips};
use crate::run::Persons;

/// What decides which operations may share a transaction, before the store is read.
pub(crate) trait Isolation: Ordered {
    /// Whether it must have a transaction of its own, whatever is stored.
    fn is_isolated(&self) -> bool;
    /// Of the runs that it may stand in: operations that share an identity may share a transaction where this is equal.
    /// `None`: it stands in none.
    fn run(&self) -> Option<Persons<'_>>;
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
pub(crate) struct Transaction<'a> {
    bounds: Bounds,
    /// The identities in it, with the run that each is of.
    ids: FxHashMap<ReferentialId, Option<Persons<'a>>>,
    locks: usize,
    is_empty: bool,
    is_closed: bool,
}

/// What a unit brings into a transaction.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Burden<'a> {
    /// One of its operations must not share.
    pub(crate) isolated: bool,
    /// The most persons that it locks.
    pub(crate) locks: usize,
    /// Of a single operation, the run that it may stand in.
    pub(crate) run: Option<Persons<'a>>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, ids: FxHashMap::default(), locks: 0, is_empty: true, is_closed: false }
    }

    /// Lets a unit in, which occupies `ids` (none twice), or leaves it to the next transaction with all that stands
    /// behind it. An empty transaction lets every unit in: a cycle is never torn.
    pub(crate) fn admits<I>(&mut self, ids: impl Fn() -> I, burden: Burden<'a>) -> bool
    where
        I: Iterator<Item = ReferentialId>,
    {
        let Bounds { locks_max, single } = self.bounds;
        let isolated = single || (burden.isolated && !skips(FaultPoint::Isolation));
        let is_other_run = |run: &Option<Persons<'a>>| run.is_none() || *run != burden.run;
        let collides =
            ids().any(|id| self.ids.get(&id).is_some_and(is_other_run)) && !skips(FaultPoint::OneIdentityATransaction);
        // The persons of a run are locked already.
        let locks = if ids().any(|id| self.ids.contains_key(&id)) { 0 } else { burden.locks };
        let fits = !(self.is_closed || isolated || collides || self.locks + locks > locks_max);
        if !(fits || self.is_empty) {
            self.is_closed = true;
            return false;
        }
        self.ids.extend(ids().map(|id| (id, burden.run)));
        self.locks += locks;
        self.is_closed = isolated;
        self.is_empty = false;
        true
    }
}

/// What is to go into one transaction: positions in the batch, in batch order, and of each the number of what it is written
/// whole with: the members of a cycle share it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Part {
    pub(crate) positions: Vec<usize>,
    pub(crate) units: Vec<usize>,
}

/// Cuts a batch into transactions: no identity twice in one but in a run, none over the bound on locks, isolated what must be.
pub(crate) fn parts<T: Isolation>(operations: &[T], order: &BatchOrder, bounds: Bounds) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let mut open = Transaction::new(bounds);
    let mut number = 0;
    for unit in &order.units {
        let (together, repeats) = unit.split_at(first_repeat(operations, unit));
        // A cycle may hold an identity twice (never from the router): what repeats it follows in a later transaction, each by
        // itself. Under the cycle's number they would make a second one there, and count on each other.
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
            number += 1;
        }
    }
    parts.retain(|part| !part.positions.is_empty());
    parts
}

fn burden<'a, T: Isolation>(operations: &'a [T], members: &[usize]) -> Burden<'a> {
    // What a cycle's members write depends on the others: they stand in no run.
    let run = if let [single] = members { operations[*single].run() } else { None };
    let members = || members.iter().map(|position| &operations[*position]);
    Burden { isolated: members().any(T::is_isolated), locks: members().map(T::locks_max).sum(), run }
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
