//! Whether the documents of the next flush are likely to be new: as those of the last ones were. Only a guess; whoever acts on
//! it looks.

use std::sync::atomic::{AtomicU32, Ordering};

use laneway_core::store::{Found, ResolveRequest, Snapshot};

/// After so many flushes without a stored document the next one is taken for such a one. A wrong guess costs a round trip
/// and some hundredths of a batch's time; a right one saves as much. One by one, documents are new or stored in runs.
const FLUSHES_MIN: u32 = 2;

/// How many flushes in a row found none of their documents stored. `Relaxed`: it stands for nothing else in memory.
#[derive(Debug)]
pub(crate) struct Novelty(AtomicU32);

impl Default for Novelty {
    fn default() -> Self {
        Self(AtomicU32::new(FLUSHES_MIN))
    }
}

impl Novelty {
    /// Whether what `request` is about is taken to be new. Not after a collision: another flush writes the same.
    pub(crate) fn takes_for_new(&self, request: &ResolveRequest<'_>) -> bool {
        request.uuids.is_empty() && self.0.load(Ordering::Relaxed) >= FLUSHES_MIN
    }

    /// Takes note of what a flush found that looked for stored documents.
    pub(crate) fn found(&self, snapshot: &Snapshot) {
        if snapshot.documents.values().any(|found| matches!(found, Found::Stored(_))) {
            self.0.store(0, Ordering::Relaxed);
        } else {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use laneway_core::store::NewIds;
    use laneway_model::DocumentUuid;

    #[test]
    fn documents_are_taken_for_new_after_flushes_without_a_stored_one() {
        let novelty = Novelty::default();
        let request = |uuids: &[DocumentUuid]| ResolveRequest {
            operations: Vec::new(),
            references: Vec::new(),
            persons: Default::default(),
            hierarchy: None,
            organizations: Vec::new(),
            uuids: uuids.to_vec(),
        };
        let id = |number| laneway_model::ReferentialId(uuid::Uuid::from_u128(number));
        let nothing = (id(0), Found::Nothing(NewIds::default()));
        let new = Snapshot { documents: [nothing.clone()].into_iter().collect(), ..Snapshot::default() };
        let stored = laneway_core::store::StoredDocument {
            key: laneway_core::store::DocumentKey { partition: 0, id: 1 },
            uuid: DocumentUuid::now(),
            etag: None,
            securable: Default::default(),
            association: None,
        };
        let mixed = Snapshot {
            documents: [nothing, (id(1), Found::Stored(stored))].into_iter().collect(),
            ..Snapshot::default()
        };
        assert!(novelty.takes_for_new(&request(&[])), "of a store that was just opened");
        assert!(!novelty.takes_for_new(&request(&[DocumentUuid::now()])), "after a collision");
        novelty.found(&mixed);
        for _ in 0..FLUSHES_MIN {
            assert!(!novelty.takes_for_new(&request(&[])));
            novelty.found(&new);
        }
        assert!(novelty.takes_for_new(&request(&[])));
    }
}
