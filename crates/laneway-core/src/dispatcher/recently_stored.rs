//! Identities that were stored by this process not long ago: a bounded memory that saves waiting for references
//! that surely exist. Nothing rests on it.

use laneway_model::ReferentialId;
use rustc_hash::FxHashSet;

/// How many identities each of the two generations holds: some megabytes, and more than a bulk load's working set
/// of schools, courses and descriptors.
const GENERATION_MAX: usize = 1 << 16;

/// A set in two generations: when the young one is full, the old one is forgotten.
#[derive(Default, Debug)]
pub(super) struct RecentlyStored {
    young: FxHashSet<ReferentialId>,
    old: FxHashSet<ReferentialId>,
}

impl RecentlyStored {
    pub(super) fn contains(&self, id: ReferentialId) -> bool {
        self.young.contains(&id) || self.old.contains(&id)
    }

    /// Remembers an identity, or keeps it from being forgotten.
    pub(super) fn insert(&mut self, id: ReferentialId) {
        if self.young.contains(&id) {
            return;
        }
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id);
    }

    /// Forgets an identity that turned out not to be stored.
    pub(super) fn remove(&mut self, id: ReferentialId) {
        self.young.remove(&id);
        self.old.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn remembers_at_least_one_generation_and_at_most_two() {
        let mut known = RecentlyStored::default();
        let id = |n: usize| ReferentialId(Uuid::from_u128(n as u128));
        for n in 0..3 * GENERATION_MAX {
            known.insert(id(n));
        }
        assert!((2 * GENERATION_MAX..3 * GENERATION_MAX).all(|n| known.contains(id(n))));
        assert!((0..GENERATION_MAX).all(|n| !known.contains(id(n))));
        known.remove(id(3 * GENERATION_MAX - 1));
        assert!(!known.contains(id(3 * GENERATION_MAX - 1)));
    }
}
