//! Every batch of four operations: all ways in which they share identities and superclass identities, all graphs of
//! references, and all ways in which operations keep others out of their transaction.

use std::collections::BTreeSet;

use super::oracle::Oracle;
use super::*;

const COUNT: usize = 4;
/// The bound on locks: two operations that lock this many each do not share.
const LOCKS_MAX: usize = 3;
/// Alone or not, the locks, and whether it may stand in a run, of the kinds of operation that the cut tells apart.
const KINDS: [(bool, usize, bool); 4] = [(false, 0, false), (false, 2, false), (true, 0, true), (false, 2, true)];
/// Identities of superclasses start here.
const SUPERCLASSES: u8 = 10;

/// All ways to put `COUNT` operations into groups (numbered in order of appearance), or into none.
fn groupings(with_none: bool) -> Vec<[Option<u8>; COUNT]> {
    let mut all = vec![(Vec::new(), 0_u8)];
    for _ in 0..COUNT {
        let extend = |(groups, count): (Vec<Option<u8>>, u8)| {
            let none = with_none.then_some((None, count));
            let known = (0..=count).map(move |group| (Some(group), count.max(group + 1)));
            none.into_iter().chain(known).map(move |(group, count)| {
                let mut groups = groups.clone();
                groups.push(group);
                (groups, count)
            })
        };
        all = all.into_iter().flat_map(extend).collect();
    }
    all.into_iter().map(|(groups, _)| groups.try_into().expect("four")).collect()
}

/// Calls `check` with every batch whose operations own `own` and refer to any of `targets`.
fn graphs(own: &[Vec<u8>], targets: &[u8], check: &mut impl FnMut(&[Op])) {
    let bits = COUNT * targets.len();
    for edges in 0..1_u32 << bits {
        let refers = |a: usize, at: usize| edges >> (a * targets.len() + at) & 1 == 1;
        let refs = |a: usize| (0..targets.len()).filter(|at| refers(a, *at)).map(|at| targets[at]).collect();
        let op = |a: usize| Op { own: own[a].clone(), refs: refs(a), ..Op::default() };
        check(&(0..COUNT).map(op).collect::<Vec<_>>());
    }
}

/// Every batch of four, by identities that several share, and by superclass identities that several share.
fn every_batch(mut check: impl FnMut(&[Op])) {
    for groups in groupings(false) {
        let own: Vec<Vec<u8>> = groups.iter().flatten().map(|group| vec![*group]).collect();
        let targets: BTreeSet<u8> = own.concat().into_iter().collect();
        graphs(&own, &targets.into_iter().collect::<Vec<_>>(), &mut check);
    }
    for groups in groupings(true) {
        let superclass = |group: Option<u8>| group.map(|group| SUPERCLASSES + group);
        let own: Vec<Vec<u8>> =
            (0..COUNT).map(|a| std::iter::once(a as u8).chain(superclass(groups[a])).collect()).collect();
        let superclasses: BTreeSet<u8> = groups.iter().filter_map(|group| superclass(*group)).collect();
        // Some refer to a superclass identity, some to the first operation's own.
        let targets: Vec<u8> = superclasses.into_iter().take(2).chain([0]).collect();
        graphs(&own, &targets, &mut check);
    }
}

/// Order and own references of every batch; then, for everything that the cut can tell apart, the transactions.
#[test]
fn every_batch_of_four_goes_by_the_rule() {
    let mut batches = 0;
    let mut shapes = BTreeSet::new();
    every_batch(|operations| {
        let oracle = Oracle::of(operations);
        let order = BatchOrder::of(operations);
        assert_eq!(order.units, oracle.units(), "{operations:?}");
        check_own_references(operations, &order, &oracle);
        batches += 1;
        shapes.insert((order.units, operations.iter().map(|op| op.own.clone()).collect::<Vec<_>>()));
    });
    assert!(batches > 100_000, "{batches}");
    let mut cuts = BTreeSet::new();
    for (units, own) in shapes {
        let order = BatchOrder { units };
        for kinds in 0..KINDS.len().pow(COUNT as u32) {
            let kind = |a: usize| KINDS[kinds / KINDS.len().pow(a as u32) % KINDS.len()];
            let op = |a: usize| {
                let (isolated, locks, runs) = kind(a);
                // One with two identities stands in no run.
                Op { own: own[a].clone(), refs: Vec::new(), isolated, locks, runs: runs && own[a].len() == 1 }
            };
            let operations: Vec<Op> = (0..COUNT).map(op).collect();
            cuts.insert(check_cut(&operations, &order));
        }
    }
    assert_eq!(cuts, (1..=COUNT).collect(), "all numbers of transactions occur");
}

fn check_own_references(operations: &[Op], order: &BatchOrder, oracle: &Oracle<'_>) {
    let positions: Vec<usize> = order.positions().collect();
    let mut own = BatchAliases::new();
    for unit in &order.units {
        for member in unit {
            operations[*member].own_ids().for_each(|id| own.bring(id, *member));
        }
        for member in unit {
            for number in &operations[*member].refs {
                let satisfied = own.satisfies(&operations[*member], id(*number)).is_some();
                assert_eq!(
                    satisfied,
                    oracle.is_own(&positions, *member, *number),
                    "{member} to {number}: {operations:?}"
                );
            }
        }
    }
}

/// The number of transactions, once they are those of the oracle; on the single path everything is isolated.
fn check_cut(operations: &[Op], order: &BatchOrder) -> usize {
    let bounds = |single| Bounds { locks_max: LOCKS_MAX, single };
    let cut = parts(operations, order, bounds(false));
    let positions = |parts: &[Part]| parts.iter().map(|part| part.positions.clone()).collect::<Vec<_>>();
    let oracle = Oracle::of(operations);
    assert_eq!(positions(&cut), oracle.transactions(&order.units, LOCKS_MAX), "{order:?} {operations:?}");
    let whole = oracle.whole(&order.units);
    for part in &cut {
        let unit_of = |position: &usize| whole.iter().position(|unit| unit.contains(position));
        let units: Vec<usize> = part.positions.iter().filter_map(unit_of).collect();
        assert_eq!(part.units, units, "{order:?} {operations:?}");
    }
    let isolated: Vec<Op> = operations.iter().map(|op| Op { isolated: true, ..op.clone() }).collect();
    let single = parts(operations, order, bounds(true));
    assert_eq!(positions(&single), Oracle::of(&isolated).transactions(&order.units, LOCKS_MAX), "the single path");
    cut.len()
}
