//! The operations that an echo holds: found by number and by token without looking at the others. Knows no outcomes.

use std::collections::{BTreeMap, BTreeSet};

/// Operations by number, each with a token.
pub(crate) struct Held<K, T> {
    by_number: BTreeMap<K, (K, T)>,
    /// Token and number. Several may have one token.
    by_token: BTreeSet<(K, K)>,
}

impl<K, T> Default for Held<K, T> {
    fn default() -> Self {
        Self { by_number: BTreeMap::new(), by_token: BTreeSet::new() }
    }
}

impl<K: Ord + Copy, T> Held<K, T> {
    pub(crate) fn insert(&mut self, number: K, token: K, operation: T) {
        self.by_number.insert(number, (token, operation));
        self.by_token.insert((token, number));
    }

    /// Takes one out, with its token.
    pub(crate) fn remove(&mut self, number: K) -> Option<(K, T)> {
        let (token, operation) = self.by_number.remove(&number)?;
        self.by_token.remove(&(token, number));
        Some((token, operation))
    }

    /// The number of the last that came with a token.
    pub(crate) fn last_with(&self, token: K) -> Option<K> {
        let last = *self.by_number.last_key_value()?.0;
        self.by_token.range((token, self.first()?)..=(token, last)).next_back().map(|(_, number)| *number)
    }

    /// The lowest number.
    pub(crate) fn first(&self) -> Option<K> {
        self.by_number.first_key_value().map(|(number, _)| *number)
    }

    /// The operation with the lowest number.
    pub(crate) fn oldest(&self) -> Option<&T> {
        self.by_number.first_key_value().map(|(_, (_, operation))| operation)
    }

    /// All numbers, in order.
    pub(crate) fn numbers(&self) -> Vec<K> {
        self.by_number.keys().copied().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_number.len()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::cmp::Ordering;

    use super::*;

    thread_local! {
        static COMPARISONS: Cell<u64> = const { Cell::new(0) };
    }

    /// A key that counts how often it is compared.
    #[derive(Clone, Copy, PartialEq, Eq)]
    struct Counted(u64);

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    /// How many comparisons it takes, for each, to cancel so many one after another.
    fn comparisons_each(count: u64) -> u64 {
        let mut held = Held::default();
        (0..count).for_each(|number| held.insert(Counted(number), Counted(count - number), ()));
        COMPARISONS.set(0);
        for token in 1..=count {
            let number = held.last_with(Counted(token)).unwrap();
            assert!(held.remove(number).is_some());
        }
        assert_eq!(held.len(), 0);
        COMPARISONS.get() / count
    }

    #[test]
    fn cancelling_one_of_many_costs_hardly_more_than_one_of_few() {
        let (few, many) = (comparisons_each(1_000), comparisons_each(100_000));
        assert!(many < 2 * few, "{many} comparisons each, of fewer {few}");
    }

    #[test]
    fn the_last_with_a_token_is_found_until_it_is_taken_out() {
        let mut held = Held::default();
        for (number, token) in [(1, 7), (2, 8), (3, 7), (4, u64::MAX)] {
            held.insert(number, token, ());
        }
        assert_eq!([7, 8, 9, u64::MAX].map(|token| held.last_with(token)), [Some(3), Some(2), None, Some(4)]);
        assert_eq!(held.remove(3), Some((7, ())));
        assert_eq!(held.remove(3), None);
        assert_eq!((held.last_with(7), held.first(), held.numbers(), held.len()), (Some(1), Some(1), vec![1, 2, 4], 3));
    }
}
