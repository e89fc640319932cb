//! Who watches a load: what a summary does not keep is reported to it. Knows no more of documents than their numbers.

use std::time::Duration;

/// Follows how documents end, while the load goes on: it should take next to no time.
pub(crate) trait Watch: Send + Sync {
    /// The document of this number was settled, so long after it was submitted or due.
    fn settled(&self, number: usize, latency: Duration);

    /// So many documents as there are callers are unsettled; their bodies are of so many bytes.
    fn full(&self, bytes: usize);
}

/// No one watches.
impl Watch for () {
    fn settled(&self, _: usize, _: Duration) {}

    fn full(&self, _: usize) {}
}
