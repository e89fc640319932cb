//! The rule of batches, all of it: what batch order is, which references count as a batch's own, and what must not
//! share a transaction. Pure; the executor, replays and tests all go by it.
//!
//! **Batch order** is the order of acceptance, except that an operation stands behind those of its batch that it
//! refers to, and operations that share an identity keep their order; members of a cycle stay together. A
//! document that refers to itself is no cycle. Outcomes and store of a batch equal a serial run in this order,
//! in which references inside a cycle count as present, unless they name a member that repeats an identity: that member
//! comes after the others, in a later transaction, and finds what stands before it and no more.
//!
//! **A batch's own references** (`BatchAliases`): a reference is satisfied by what stands before the operation and was
//! written (one of its own identity, too), and by the other members of its cycle; never by the operation itself.
//!
//! **What must not share a transaction** (`Transaction`; where it depends on what is stored, `decide::isolated`): two
//! operations on one identity that make no run (`run`), and whatever depends on the exact order of rows or may be refused by
//! the database, with anything else.

mod batch_aliases;
mod graph;
pub(crate) mod isolation;
mod ordered;
#[cfg(test)]
mod tests;

use laneway_model::ReferentialId;
use rustc_hash::FxHashMap;

pub(crate) use batch_aliases::BatchAliases;
pub use ordered::Ordered;

/// A batch in batch order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchOrder {
    /// Units in order; each holds the position (in order of acceptance) of one operation, or the positions of the
    /// members of one cycle: in order of acceptance, but those that share an identity with one before them behind the
    /// others. The others write what the whole cycle counts on in one transaction; these cannot be in it.
    pub units: Vec<Vec<usize>>,
}

impl BatchOrder {
    /// The batch order of `operations`, which are given in order of acceptance.
    pub fn of<T: Ordered>(operations: &[T]) -> Self {
        let before = predecessors(operations);
        let mut units = graph::condense(&before);
        for unit in units.iter_mut().filter(|unit| unit.len() > 1) {
            repeats_last(operations, unit);
        }
        Self { units: graph::sort(&before, units) }
    }

    /// All positions in batch order.
    pub fn positions(&self) -> impl Iterator<Item = usize> + '_ {
        self.units.iter().flatten().copied()
    }
}

/// For each operation the ones that must stand before it.
fn predecessors<T: Ordered>(operations: &[T]) -> Vec<Vec<usize>> {
    let mut owners: FxHashMap<ReferentialId, Vec<usize>> = FxHashMap::default();
    for (position, operation) in operations.iter().enumerate() {
        for id in operation.own_ids() {
            owners.entry(id).or_default().push(position);
        }
    }
    // Those of one identity stand behind each other: to be behind the last of them is to be behind all.
    let last_of = |id, before: usize| {
        let owners = owners.get(&id).map_or(&[][..], Vec::as_slice);
        owners[..owners.partition_point(|owner| *owner < before)].last().copied()
    };
    operations
        .iter()
        .enumerate()
        .map(|(position, operation)| {
            let own: Vec<ReferentialId> = operation.own_ids().collect();
            let earlier = own.iter().filter_map(|id| last_of(*id, position));
            let referenced = operation.referenced_ids().filter(|id| !own.contains(id));
            let mut before: Vec<usize> =
                earlier.chain(referenced.filter_map(|id| last_of(id, operations.len()))).collect();
            before.sort_unstable();
            before.dedup();
            before
        })
        .collect()
}

/// Puts the members of a cycle that repeat an identity behind the others; otherwise nothing moves.
fn repeats_last<T: Ordered>(operations: &[T], unit: &mut [usize]) {
    let mut seen = FxHashMap::default();
    for &position in &*unit {
        for id in operations[position].own_ids() {
            seen.entry(id).or_insert(position);
        }
    }
    unit.sort_by_key(|position| operations[*position].own_ids().any(|id| seen[&id] != *position));
}
