//! The rule of batches read plainly, for a handful of operations: what stands behind what is a table, everything else
//! is found by trying. Shares no code with the module that it judges.

use super::Op;

/// The rule, applied to a batch.
pub(super) struct Oracle<'a> {
    operations: &'a [Op],
    /// `behind[a][b]`: `a` must stand behind `b`, directly or through others.
    behind: Vec<Vec<bool>>,
}

impl<'a> Oracle<'a> {
    pub(super) fn of(operations: &'a [Op]) -> Self {
        let all = || 0..operations.len();
        let directly = |a: usize, b: usize| {
            let refers =
                operations[a].refs.iter().any(|id| operations[b].own.contains(id) && !operations[a].own.contains(id));
            a != b && (refers || (b < a && share(&operations[a], &operations[b])))
        };
        let mut behind: Vec<Vec<bool>> = all().map(|a| all().map(|b| directly(a, b)).collect()).collect();
        for via in all() {
            for a in all() {
                for b in all() {
                    behind[a][b] |= behind[a][via] && behind[via][b];
                }
            }
        }
        Self { operations, behind }
    }

    fn one_unit(&self, a: usize, b: usize) -> bool {
        a == b || (self.behind[a][b] && self.behind[b][a])
    }

    /// The first in order of acceptance that may be next is next, with its cycle.
    pub(super) fn units(&self) -> Vec<Vec<usize>> {
        let all = || 0..self.operations.len();
        let mut units: Vec<Vec<usize>> = Vec::new();
        loop {
            let done = |a: usize| units.iter().any(|unit| unit.contains(&a));
            let ready = |a: usize| {
                all()
                    .filter(|c| self.one_unit(a, *c))
                    .all(|member| all().all(|b| !self.behind[member][b] || self.one_unit(a, b) || done(b)))
            };
            let Some(next) = all().find(|a| !done(*a) && ready(*a)) else { return units };
            let members: Vec<usize> = all().filter(|b| self.one_unit(next, *b)).collect();
            let repeats =
                |a: &usize| members.iter().any(|b| b < a && share(&self.operations[*a], &self.operations[*b]));
            let (last, first): (Vec<usize>, Vec<usize>) = members.iter().copied().partition(repeats);
            units.push([first, last].concat());
        }
    }

    /// Whether a reference of `a` to `id` is satisfied by another operation of the batch, if all are written.
    /// `order` are all of them in batch order.
    pub(super) fn is_own(&self, order: &[usize], a: usize, id: u8) -> bool {
        let position = |a: usize| order.iter().position(|b| *b == a);
        let owns = |b: usize| b != a && self.operations[b].own.contains(&id);
        !self.operations[a].own.contains(&id)
            && (0..self.operations.len()).any(|b| owns(b) && (position(b) < position(a) || self.one_unit(a, b)))
    }

    /// What is never torn: operations, and cycles without what repeats an identity in them.
    pub(super) fn whole(&self, units: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let apart = |unit: &Vec<usize>| {
            let repeats = |a: &usize| unit.iter().any(|b| b < a && share(&self.operations[*a], &self.operations[*b]));
            let (last, first): (Vec<usize>, Vec<usize>) = unit.iter().copied().partition(repeats);
            std::iter::once(first).chain(last.into_iter().map(|a| vec![a]))
        };
        units.iter().flat_map(apart).collect()
    }

    /// The longest beginnings that may share a transaction, one after another.
    pub(super) fn transactions(&self, units: &[Vec<usize>], locks_max: usize) -> Vec<Vec<usize>> {
        let whole = self.whole(units);
        let mut rest = &whole[..];
        let mut transactions = Vec::new();
        while !rest.is_empty() {
            let longest = (1..=rest.len()).take_while(|n| *n == 1 || self.may_share(&rest[..*n], locks_max)).last();
            let (now, later) = rest.split_at(longest.unwrap_or(1));
            transactions.push(now.concat());
            rest = later;
        }
        transactions
    }

    /// `units`: what is never torn.
    fn may_share(&self, units: &[Vec<usize>], locks_max: usize) -> bool {
        let members = units.concat();
        let operation = |a: &usize| &self.operations[*a];
        let is_single = |a: &usize| units.contains(&vec![*a]);
        let in_run = |a: &usize, b: &usize| [a, b].into_iter().all(|a| operation(a).runs && is_single(a));
        let pairs = || members.iter().flat_map(|a| members.iter().map(move |b| (a, b))).filter(|(a, b)| a < b);
        let twice = pairs().any(|(a, b)| share(operation(a), operation(b)) && !in_run(a, b));
        // The locks of a run are those of its first.
        let position = |a: &usize| members.iter().position(|b| a == b);
        let repeats =
            |a: &usize| members.iter().any(|b| position(b) < position(a) && share(operation(a), operation(b)));
        let locks: usize = members.iter().filter(|a| !repeats(a)).map(|a| operation(a).locks).sum();
        !(twice || members.iter().any(|a| operation(a).isolated) || locks > locks_max)
    }
}

fn share(a: &Op, b: &Op) -> bool {
    a.own.iter().any(|id| b.own.contains(id))
}
