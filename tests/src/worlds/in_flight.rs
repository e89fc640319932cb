//! What may have been in flight when an operation was decided, what of it refers to the operation in a circle, and what waits
//! for it. Pure.

use std::collections::BTreeSet;

use laneway_model::{Extraction, Operation, ReferentialId, ResourceName};

use super::ran::refers;

/// An operation, and what may have been in flight with it.
pub(super) struct InFlight<'a> {
    /// The operation itself first.
    operations: Vec<Flying<'a>>,
}

/// An operation in flight.
pub(super) struct Flying<'a> {
    pub(super) step: usize,
    pub(super) operation: &'a Operation,
    /// Its place in the reported order.
    pub(super) place: usize,
    /// Whether it was in flight all the time until the first one was decided; else it may have been.
    pub(super) surely: bool,
}

impl<'a> InFlight<'a> {
    pub(super) fn new(decided: Flying<'a>, others: impl Iterator<Item = Flying<'a>>) -> Self {
        Self { operations: std::iter::once(decided).chain(others).collect() }
    }

    /// The steps of those that refer to the operation in a circle.
    pub(super) fn circle(&self) -> BTreeSet<usize> {
        self.of_circle().into_iter().map(|at| self.operations[at].step).collect()
    }

    /// The steps of those that may have been decided together with the operation: some of its circle, but all that it refers to and
    /// that surely were in flight, or it would have waited for them.
    pub(super) fn together(&self) -> Vec<Vec<usize>> {
        let (did, may): (Vec<usize>, Vec<usize>) =
            self.of_circle().into_iter().partition(|at| self.operations[*at].surely && self.refer(0, *at));
        let mut all = vec![did];
        for at in may {
            let with = |set: &Vec<usize>| set.iter().copied().chain([at]).collect();
            let more: Vec<Vec<usize>> = all.iter().map(with).collect();
            all.extend(more);
        }
        all.retain(|set| !set.is_empty());
        all.iter_mut().for_each(|set| set.sort_unstable());
        all.into_iter().map(|set| set.into_iter().map(|at| self.operations[at].step).collect()).collect()
    }

    /// What a refusal for these missing identities names though it should have waited: a descriptor, or a resource of which
    /// nothing is missing but what was on its way. A resource stands for all that is missing of it.
    pub(super) fn unexplained(&self, missing: &BTreeSet<ReferentialId>) -> Option<String> {
        let extraction = &self.operations[0].operation.extraction;
        let named = named(extraction, missing);
        let on_its_way =
            |name: &&ResourceName| named.iter().filter(|(_, of)| of == name).all(|(id, _)| self.is_on_its_way(*id));
        if let Some(descriptor) = extraction.descriptors.iter().find(|descriptor| missing.contains(&descriptor.id)) {
            let is_on_its_way = extraction
                .descriptors
                .iter()
                .any(|descriptor| missing.contains(&descriptor.id) && self.is_on_its_way(descriptor.id));
            return is_on_its_way.then(|| extraction.descriptor_path(descriptor));
        }
        named.iter().map(|(_, name)| *name).find(on_its_way).map(|name| name.resource_name.to_string())
    }

    /// Whether an operation of that identity was surely in flight, and did not itself have to wait until the first one had
    /// ended, in line behind it.
    fn is_on_its_way(&self, id: ReferentialId) -> bool {
        (1..self.operations.len()).any(|at| {
            self.operations[at].surely
                && !self.share(0, at)
                && self.operations[at].operation.extraction.own_ids().any(|own| own == id)
                && !self.waits_in_line_for_first(at)
        })
    }

    fn of_circle(&self) -> Vec<usize> {
        let refer = |from: usize, to: usize| {
            [from, to].into_iter().all(|at| at == 0 || !self.share(0, at)) && self.refer(from, to)
        };
        let (there, back) = (self.reached(0, refer), |at: &usize| self.reached(*at, refer).contains(&0));
        there.into_iter().filter(|at| *at != 0).filter(back).collect()
    }

    /// Whether there is a way from it to the first operation, over references and lines, and over one line at least.
    fn waits_in_line_for_first(&self, at: usize) -> bool {
        let waits = |from: usize, to: usize| self.refer(from, to) || self.is_in_line_behind(from, to);
        let count = self.operations.len();
        self.reached(at, waits)
            .into_iter()
            .any(|from| (0..count).any(|to| self.is_in_line_behind(from, to) && self.reached(to, waits).contains(&0)))
    }

    /// Itself, and all that it leads to.
    fn reached(&self, from: usize, edge: impl Fn(usize, usize) -> bool) -> BTreeSet<usize> {
        let (mut reached, mut left) = (BTreeSet::from([from]), vec![from]);
        while let Some(at) = left.pop() {
            left.extend((0..self.operations.len()).filter(|to| edge(at, *to) && reached.insert(*to)));
        }
        reached
    }

    fn refer(&self, from: usize, to: usize) -> bool {
        from != to && refers(self.operations[from].operation, self.operations[to].operation)
    }

    fn is_in_line_behind(&self, from: usize, to: usize) -> bool {
        self.operations[from].place > self.operations[to].place && self.share(from, to)
    }

    /// Whether two have an identity in common.
    fn share(&self, one: usize, other: usize) -> bool {
        let [one, other] = [one, other].map(|at| &self.operations[at].operation.extraction);
        one.own_ids().any(|id| other.own_ids().any(|own| own == id))
    }
}

/// The missing references, each with the name of what it points to.
fn named<'e>(extraction: &'e Extraction, missing: &BTreeSet<ReferentialId>) -> Vec<(ReferentialId, &'e ResourceName)> {
    extraction.referenced_names().filter(|(id, _)| missing.contains(id)).collect()
}
