//! Which documents of a data set are superseded: a later version of the same record is stored. Knows ids and numbers, and
//! relies on versions of one record being settled in their order.

use std::collections::{HashMap, HashSet};

use laneway_model::{OutcomeKind, ReferentialId};
use rustc_hash::FxBuildHasher;

/// How many documents that were not stored are remembered, some 100 bytes each. Of those beyond it, a later version is not
/// noticed: they stay failed.
const UNSTORED_MAX: usize = 1 << 19;

/// How many stored records are remembered at the least, and half of those at the most; some 20 MB.
const STORED_MAX: usize = (1 << 21) / 8 * 7;

/// A document that was not stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unstored {
    /// Its number in the data set.
    pub(super) number: usize,
    /// How it ended.
    pub(super) kind: OutcomeKind,
    /// Whether it was counted as that; else it is to be submitted again.
    pub(super) is_counted: bool,
    /// Which entry of the failures' file is its.
    pub(super) entry: Option<u64>,
}

/// What is known of the records of a load so far.
#[derive(Default)]
pub(super) struct Versions {
    unstored: HashMap<ReferentialId, Vec<Unstored>, FxBuildHasher>,
    unstored_count: usize,
    stored: Generation,
    /// Those before `stored`; when that is full, they are forgotten.
    stored_before: Generation,
    forgotten: bool,
    superseded: u64,
}

/// Ids of records, folded to 64 bits: they are hashes, and only counted.
type Generation = HashSet<u64, FxBuildHasher>;

impl Versions {
    /// Notes a document that was not stored.
    pub(super) fn unstored(&mut self, id: ReferentialId, document: Unstored) {
        if self.unstored_count < UNSTORED_MAX {
            let of_record = self.unstored.entry(id).or_default();
            // Of each round anew.
            let known = of_record.iter_mut().find(|known| known.number == document.number);
            match known {
                Some(known) => *known = document,
                None => {
                    of_record.push(document);
                    self.unstored_count += 1;
                }
            }
        }
    }

    /// Notes a document that was stored; returns the earlier versions of its record that were not, and now never will be.
    pub(super) fn stored(&mut self, id: ReferentialId, number: usize) -> Vec<Unstored> {
        let mut earlier = self.unstored.remove(&id).unwrap_or_default();
        self.unstored_count -= earlier.len();
        // Its own entry, from a round before.
        earlier.retain(|known| known.number < number);
        self.superseded += earlier.len() as u64;
        let folded = folded(id);
        if self.stored_before.contains(&folded) || !self.stored.insert(folded) {
            self.superseded += 1;
        }
        if self.stored.len() >= STORED_MAX {
            self.forgotten |= !self.stored_before.is_empty();
            self.stored_before = std::mem::take(&mut self.stored);
        }
        earlier
    }

    /// How many documents a later version has superseded, stored before or not.
    pub(super) fn superseded(&self) -> u64 {
        self.superseded
    }

    /// Whether there may have been more.
    pub(super) fn is_least(&self) -> bool {
        self.forgotten || self.unstored_count >= UNSTORED_MAX
    }
}

fn folded(id: ReferentialId) -> u64 {
    let (high, low) = id.0.as_u64_pair();
    high ^ low
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> ReferentialId {
        ReferentialId(Uuid::from_u128(number))
    }

    fn refused(number: usize) -> Unstored {
        Unstored { number, kind: OutcomeKind::InvalidReferences, is_counted: true, entry: None }
    }

    #[test]
    fn a_stored_version_supersedes_those_before_it_and_no_other() {
        let mut versions = Versions::default();
        versions.unstored(id(1), refused(0));
        versions.unstored(id(2), refused(1));
        versions.unstored(id(1), refused(2));
        assert_eq!(versions.stored(id(1), 3), [refused(0), refused(2)]);
        assert_eq!(versions.stored(id(3), 4), []);
        assert_eq!(versions.superseded(), 2);
        versions.unstored(id(1), refused(5));
        assert_eq!(versions.stored(id(1), 6), [refused(5)]);
        // Besides the refused one, the one that was stored.
        assert_eq!(versions.superseded(), 4);
        assert!(!versions.is_least());
    }

    #[test]
    fn a_document_that_is_stored_in_the_end_supersedes_not_itself() {
        let mut versions = Versions::default();
        versions.unstored(id(1), refused(7));
        versions.unstored(id(1), refused(7));
        assert_eq!((versions.stored(id(1), 7), versions.superseded()), (vec![], 0));
    }
}
