//! The order in which a batch is to take effect, worked out a second time and in the plainest way: acceptance order, but behind
//! what an operation refers to; those of one identity keep theirs; circles stay together. Pure.

use std::collections::BTreeSet;

use laneway_model::{Operation, ReferentialId};

/// The operations of a batch, given in order of acceptance, in batch order; the members of a circle together.
#[must_use]
pub(super) fn batch_order(operations: &[&Operation]) -> Vec<Vec<usize>> {
    let behind: Vec<BTreeSet<usize>> = (0..operations.len()).map(|at| directly_before(operations, at)).collect();
    let before: Vec<BTreeSet<usize>> = (0..operations.len()).map(|at| all_before(&behind, at)).collect();
    let unit_of = |at: usize| -> Vec<usize> {
        (0..operations.len())
            .filter(|other| *other == at || (before[at].contains(other) && before[*other].contains(&at)))
            .collect()
    };
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut placed: BTreeSet<usize> = BTreeSet::new();
    while placed.len() < operations.len() {
        // The first in order of acceptance whose unit waits for nothing but itself. There always is one.
        let is_next = |at: &usize| {
            let unit = unit_of(*at);
            !placed.contains(at)
                && unit.iter().all(|member| before[*member].iter().all(|b| placed.contains(b) || unit.contains(b)))
        };
        let next = (0..operations.len()).find(is_next).expect("an operation that waits for none");
        let unit = unit_of(next);
        placed.extend(&unit);
        units.extend(repeats_apart(operations, unit));
    }
    units
}

/// What one operation must stand behind.
fn directly_before(operations: &[&Operation], at: usize) -> BTreeSet<usize> {
    let own: Vec<ReferentialId> = operations[at].extraction.own_ids().collect();
    let referenced: Vec<ReferentialId> =
        operations[at].extraction.referenced_ids().filter(|id| !own.contains(id)).collect();
    let owns = |other: usize, ids: &[ReferentialId]| operations[other].extraction.own_ids().any(|id| ids.contains(&id));
    (0..operations.len())
        .filter(|other| *other != at && (owns(*other, &referenced) || (*other < at && owns(*other, &own))))
        .collect()
}

fn all_before(behind: &[BTreeSet<usize>], at: usize) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    let mut left: Vec<usize> = behind[at].iter().copied().collect();
    while let Some(next) = left.pop() {
        if all.insert(next) {
            left.extend(&behind[next]);
        }
    }
    all
}

/// A circle counts on the first of each identity: what repeats one stands behind it, each by itself.
fn repeats_apart(operations: &[&Operation], unit: Vec<usize>) -> Vec<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut is_new = |at: &usize| {
        let ids: Vec<ReferentialId> = operations[*at].extraction.own_ids().collect();
        ids.into_iter().filter(|id| !seen.insert(*id)).count() == 0
    };
    let (circle, repeats): (Vec<usize>, Vec<usize>) = unit.into_iter().partition(|at| is_new(at));
    std::iter::once(circle).chain(repeats.into_iter().map(|at| vec![at])).collect()
}
