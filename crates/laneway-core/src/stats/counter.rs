//! A count that one task writes and any thread reads.

use std::sync::atomic::{AtomicU64, Ordering};

/// Relaxed throughout: a count orders nothing, and a snapshot of several need not be of one moment.
#[derive(Default, Debug)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Only the one writer may call it: a load and a store, half the price of a read-modify-write.
    pub(super) fn add(&self, amount: u64) {
        self.set(self.get().wrapping_add(amount));
    }
}
