//! From "stands behind" to units in order: cycles are found, then everything is sorted. Pure graph algorithms.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The strongly connected components (Tarjan, without recursion: a chain of references may be as long as the batch).
pub(super) fn condense(before: &[Vec<usize>]) -> Vec<Vec<usize>> {
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
