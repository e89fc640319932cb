//! Whether a plugin is still asked: after too many failures in a row it is taken out, until something is published.

use std::sync::atomic::{AtomicU32, Ordering};

/// How a plugin has done of late. With each publish all start anew.
#[derive(Default)]
pub(crate) struct Health {
    failures_in_a_row: AtomicU32,
}

impl Health {
    /// A document was answered. Writes only after failures, so that workers do not fight over the line.
    pub(crate) fn succeeded(&self) {
        if self.failures_in_a_row.load(Ordering::Relaxed) != 0 {
            self.failures_in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// The plugin starts anew.
    pub(crate) fn forgive(&self) {
        self.failures_in_a_row.store(0, Ordering::Relaxed);
    }

    /// A document failed; the number of failures in a row so far.
    pub(crate) fn failed(&self) -> u32 {
        self.failures_in_a_row.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// How many documents failed one after another, if too many.
    pub(crate) fn quarantined(&self, failures_max: u32) -> Option<u32> {
        let failures = self.failures_in_a_row.load(Ordering::Relaxed);
        (failures >= failures_max).then_some(failures)
    }
}
