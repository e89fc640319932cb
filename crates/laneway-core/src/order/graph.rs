//! From "stands behind" to units in order: cycles are found, then everything is sorted. Pure graph algorithms.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::convert::Infallible;
use std::ops::ControlFlow;

use crate::components::components;

/// The cycles of `before` as units, and whatever is in none as a unit by itself; their order is left to [`sort`].
pub(super) fn condense(before: &[Vec<usize>]) -> Vec<Vec<usize>> {
    if before.iter().all(Vec::is_empty) {
        return (0..before.len()).map(|position| vec![position]).collect();
    }
    let mut units = Vec::new();
    let edges = |position: usize, targets: &mut Vec<usize>| {
        targets.extend(&before[position]);
        ControlFlow::<Infallible>::Continue(())
    };
    let ControlFlow::Continue(()) = components(0..before.len(), edges, |mut unit| {
        unit.sort_unstable();
        units.push(unit);
        ControlFlow::Continue(())
    });
    units
}

/// Sorts units so that each stands behind those it depends on, otherwise by their first member's acceptance.
pub(super) fn sort(before: &[Vec<usize>], units: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
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
