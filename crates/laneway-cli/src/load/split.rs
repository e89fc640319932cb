//! Where documents' time goes. Knows phases and times only.

use serde::Serialize;

/// Where a document's time went on average, in milliseconds. What a transaction takes is the time of each document in it.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize)]
pub(crate) struct Split {
    /// Waiting for a worker, and its work.
    pub(crate) extraction: f64,
    /// From then to the first flush.
    pub(crate) queue: f64,
    /// Locks and reads.
    pub(crate) resolve: f64,
    /// Writing.
    pub(crate) apply: f64,
    /// COMMIT.
    pub(crate) commit: f64,
    /// What is left: further flushes, transactions that were repeated, the way to the caller.
    pub(crate) rest: f64,
}
