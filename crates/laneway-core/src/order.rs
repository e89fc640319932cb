//! Batch order: which operation of a batch comes before which. Pure.
//!
//! Batch order is the order of acceptance, except that an operation stands behind those of its batch that it
//! refers to, and operations that share an identity keep their order; members of a cycle stay together. A
//! document that refers to itself is no cycle. Outcomes and store of a batch equal a serial run in this order,
//! in which references inside a cycle count as present.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use laneway_model::ReferentialId;
use rustc_hash::FxHashMap;

/// What the order of one operation depends on.
pub trait Ordered {
    /// The identities that the operation occupies.
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId>;
    /// The identities that it refers to.
    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId>;
}

/// A batch in batch order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchOrder {
    /// Units in order; each holds the positions (in order of acceptance) of one operation, or of the members
    /// of one cycle, the latter in order of acceptance.
    pub units: Vec<Vec<usize>>,
}

impl BatchOrder {
    /// The batch order of `operations`, which are given in order of acceptance.
    pub fn of<T: Ordered>(operations: &[T]) -> Self {
        let before = predecessors(operations);
        let units = condense(&before);
        Self { units: sort(&before, units) }
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
    let owners_of = |id| owners.get(&id).map_or(&[][..], Vec::as_slice);
    operations
        .iter()
        .enumerate()
        .map(|(position, operation)| {
            let own: Vec<ReferentialId> = operation.own_ids().collect();
            let earlier = own.iter().flat_map(|id| owners_of(*id)).copied().filter(|other| *other < position);
            let referenced = operation.referenced_ids().filter(|id| !own.contains(id)).collect::<Vec<_>>();
            let mut before: Vec<usize> = earlier
                .chain(referenced.iter().flat_map(|id| owners_of(*id)).copied())
                .filter(|o| *o != position)
                .collect();
            before.sort_unstable();
            before.dedup();
            before
        })
        .collect()
}

/// The strongly connected components (Tarjan, without recursion: a chain of references may be as long as the batch).
fn condense(before: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let n = before.len();
    if before.iter().all(Vec::is_empty) {
        return (0..n).map(|i| vec![i]).collect();
    }
    let (mut index, mut low, mut on_stack) = (vec![UNSEEN; n], vec![0; n], vec![false; n]);
    let (mut stack, mut units, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..n {
        if index[root] != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some(&mut (v, ref mut edge)) = calls.last_mut() {
            if *edge == 0 {
                (index[v], low[v], on_stack[v]) = (next, next, true);
                next += 1;
                stack.push(v);
            }
            if let Some(&w) = before[v].get(*edge) {
                *edge += 1;
                if index[w] == UNSEEN {
                    calls.push((w, 0));
                } else if on_stack[w] {
                    low[v] = low[v].min(index[w]);
                }
                continue;
            }
            if low[v] == index[v] {
                let at = stack.iter().rposition(|w| *w == v).unwrap_or(0);
                let mut unit = stack.split_off(at);
                unit.iter().for_each(|w| on_stack[*w] = false);
                unit.sort_unstable();
                units.push(unit);
            }
            calls.pop();
            if let Some(&(parent, _)) = calls.last() {
                low[parent] = low[parent].min(low[v]);
            }
        }
    }
    units
}

/// Sorts units so that each stands behind those it depends on, otherwise by their first member's acceptance.
fn sort(before: &[Vec<usize>], units: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut unit_of = vec![0; before.len()];
    for (unit, members) in units.iter().enumerate() {
        members.iter().for_each(|member| unit_of[*member] = unit);
    }
    let mut waits_for = vec![0_usize; units.len()];
    let mut awaited_by = vec![Vec::new(); units.len()];
    for (unit, members) in units.iter().enumerate() {
        let mut others: Vec<usize> =
            members.iter().flat_map(|m| &before[*m]).map(|o| unit_of[*o]).filter(|o| *o != unit).collect();
        others.sort_unstable();
        others.dedup();
        waits_for[unit] = others.len();
        others.into_iter().for_each(|other| awaited_by[other].push(unit));
    }
    let mut ready: BinaryHeap<Reverse<(usize, usize)>> =
        (0..units.len()).filter(|unit| waits_for[*unit] == 0).map(|unit| Reverse((units[unit][0], unit))).collect();
    let mut sorted = Vec::with_capacity(units.len());
    while let Some(Reverse((_, unit))) = ready.pop() {
        for &next in &awaited_by[unit] {
            waits_for[next] -= 1;
            if waits_for[next] == 0 {
                ready.push(Reverse((units[next][0], next)));
            }
        }
        sorted.push(units[unit].clone());
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// (own ids, referenced ids)
    struct Op(Vec<u8>, Vec<u8>);

    fn id(n: u8) -> ReferentialId {
        ReferentialId(Uuid::from_u128(u128::from(n)))
    }

    impl Ordered for Op {
        fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
            self.0.iter().map(|n| id(*n))
        }
        fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
            self.1.iter().map(|n| id(*n))
        }
    }

    fn units(operations: &[(&[u8], &[u8])]) -> Vec<Vec<usize>> {
        let operations: Vec<Op> = operations.iter().map(|(own, refs)| Op(own.to_vec(), refs.to_vec())).collect();
        BatchOrder::of(&operations).units
    }

    #[test]
    fn independent_operations_keep_the_order_of_acceptance() {
        assert_eq!(units(&[(&[1], &[]), (&[2], &[9]), (&[3], &[])]), [[0], [1], [2]]);
    }

    #[test]
    fn an_operation_stands_behind_what_it_refers_to() {
        assert_eq!(units(&[(&[1], &[3]), (&[2], &[]), (&[3], &[])]), [[1], [2], [0]]);
        assert_eq!(units(&[(&[1], &[2]), (&[2], &[3]), (&[3], &[])]), [[2], [1], [0]]);
    }

    #[test]
    fn superclass_identities_count() {
        assert_eq!(units(&[(&[1], &[20]), (&[2, 20], &[])]), [[1], [0]]);
    }

    #[test]
    fn one_identity_keeps_its_order() {
        assert_eq!(units(&[(&[1], &[2]), (&[1], &[]), (&[2], &[])]), [[2], [0], [1]]);
    }

    #[test]
    fn a_cycle_is_one_unit_and_a_self_reference_is_none() {
        assert_eq!(units(&[(&[1], &[2]), (&[3], &[]), (&[2], &[1])]), [vec![0, 2], vec![1]]);
        assert_eq!(units(&[(&[1], &[1]), (&[2], &[])]), [[0], [1]]);
    }

    /// Every batch of four operations over four identities, each referring to any subset: the order is a
    /// permutation, nothing stands before what it refers to outside its unit, and units are the cycles.
    #[test]
    fn holds_for_every_batch_of_four() {
        for edges in 0..1_u32 << 12 {
            let refers = |a: usize, b: usize| a != b && edges >> (a * 3 + if b > a { b - 1 } else { b }) & 1 == 1;
            let operations: Vec<Op> = (0..4)
                .map(|a| Op(vec![a as u8], (0..4).filter(|b| refers(a, *b)).map(|b| b as u8).collect()))
                .collect();
            let mut reach = [[false; 4]; 4];
            for (a, row) in reach.iter_mut().enumerate() {
                for (b, cell) in row.iter_mut().enumerate() {
                    *cell = refers(a, b);
                }
            }
            for via in 0..4 {
                for a in 0..4 {
                    for b in 0..4 {
                        reach[a][b] |= reach[a][via] && reach[via][b];
                    }
                }
            }
            let order = BatchOrder::of(&operations);
            let mut unit_of = [usize::MAX; 4];
            for (unit, members) in order.units.iter().enumerate() {
                members.iter().for_each(|m| unit_of[*m] = unit);
            }
            assert_eq!(order.positions().count(), 4);
            for a in 0..4 {
                for b in 0..4 {
                    let mutual = a == b || (reach[a][b] && reach[b][a]);
                    assert_eq!(unit_of[a] == unit_of[b], mutual, "units of {edges:b}");
                    assert!(!reach[a][b] || unit_of[b] <= unit_of[a], "order of {edges:b}");
                }
            }
            // Nothing moves without a reason: the first unit whose dependencies are met goes first.
            let mut done = vec![false; order.units.len()];
            for unit in 0..order.units.len() {
                let free = |u: usize| {
                    order.units[u].iter().all(|a| (0..4).all(|b| !reach[*a][b] || unit_of[b] == u || done[unit_of[b]]))
                };
                let first = (0..order.units.len()).filter(|u| !done[*u] && free(*u)).min_by_key(|u| order.units[*u][0]);
                assert_eq!(first, Some(unit), "stability of {edges:b}");
                done[unit] = true;
            }
        }
    }
}
