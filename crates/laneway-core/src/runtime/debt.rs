//! What a lowered bound still has to take back. Knows no semaphore; loom runs it in all orders
//! (`crates/laneway-ffi/loom`), so the atomics come from its parent.

use super::atomic::{AtomicUsize, Ordering};

/// How much of what is given back must not be given out again.
#[derive(Debug)]
pub(super) struct Debt(AtomicUsize);

impl Debt {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(super) fn add(&self, amount: usize) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Pays from `amount`; what is left of it. Safe to call from several threads: the dispatcher's task, which gives
    /// back, and whoever raises a bound.
    ///
    /// Relaxed: the debt stands for nothing but itself. One that is added while this finds none is paid by the next to
    /// give back; until then as much is inside as before the bound was lowered.
    pub(super) fn pay(&self, amount: usize) -> usize {
        // Nearly always there is none, and a load is enough.
        if self.0.load(Ordering::Relaxed) == 0 {
            return amount;
        }
        // One step from the old debt to the new: had it been read before it is lowered, two would pay it twice.
        let lower = |debt: usize| Some(debt.saturating_sub(amount));
        let owed = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower).unwrap_or_else(|owed| owed);
        amount.saturating_sub(owed)
    }
}
