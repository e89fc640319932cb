//! The lane that an operation enters by itself. Pure; knows neither queues nor references.

use std::hash::{Hash, Hasher};

use laneway_model::{Operation, PersonKind};
use rustc_hash::FxHasher;

/// With more unsettled operations a lane than this, batches are so large that two of them nearly always have a person in
/// common, and lanes are chosen by person. With fewer it is cheaper that each lane writes to partitions of its own.
pub(super) const LANE_ITEMS_BY_PERSON: usize = 256;

/// The lane of the person that the document is about, if there is one. A flush holds the locks of its persons until it commits:
/// two lanes that write about the same person wait for each other.
pub(super) fn lane_of_person(operation: &Operation, lanes: usize) -> Option<usize> {
    let person = PersonKind::ALL.into_iter().find_map(|kind| operation.extraction.first_person(kind))?;
    let mut hasher = FxHasher::default();
    person.hash(&mut hasher);
    usize::try_from(hasher.finish() % u64::try_from(lanes).ok()?).ok()
}
