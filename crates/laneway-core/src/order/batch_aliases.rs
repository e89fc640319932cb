//! Which references count as a batch's own. Pure.

use laneway_model::ReferentialId;
use rustc_hash::FxHashMap;

use super::ordered::Ordered;

/// What a batch brings by itself, as it is walked in batch order: what was written so far, and, while a cycle is
/// walked, what its members are going to write.
#[derive(Debug)]
pub(crate) struct BatchAliases<V>(FxHashMap<ReferentialId, V>);

impl<V: Copy> BatchAliases<V> {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self(FxHashMap::default())
    }

    /// Lets `id` count from now on. To be called for each identity of an operation that was written, and for those of
    /// all members of a cycle that have not failed, before the first of them is decided about.
    pub(crate) fn bring(&mut self, id: ReferentialId, value: V) {
        self.0.insert(id, value);
    }

    /// What `id` counts for, whoever refers to it.
    pub(crate) fn get(&self, id: ReferentialId) -> Option<V> {
        self.0.get(&id).copied()
    }

    /// What satisfies the reference of `referrer` to `id`; nothing if only itself would: it has to be stored.
    pub(crate) fn satisfies(&self, referrer: &impl Ordered, id: ReferentialId) -> Option<V> {
        self.get(id).filter(|_| referrer.own_ids().all(|own| own != id))
    }
}
