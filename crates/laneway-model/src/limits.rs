//! The bounds of a store's runtime, with the names that an operator sees.

use std::time::Duration;

/// Every queue, batch, wait and retry of one store has its bound here.
#[derive(Clone, PartialEq, Debug)]
pub struct Limits {
    /// How many lanes operations are spread over, 1 to 16. Few make larger batches.
    pub lanes: usize,
    /// The most operations a batch carries; a cycle of references may go beyond.
    pub batch_items_max: usize,
    /// The most document bytes a batch carries; a single larger document goes alone.
    pub batch_bytes_max: usize,
    /// How long an idle lane waits for company before it flushes.
    pub linger: Duration,
    /// The most transactions open at a time.
    pub flushes_concurrent_max: usize,
    /// The most single-path transactions open at a time.
    pub single_concurrent_max: usize,
    /// The most operations accepted and not settled.
    pub store_items_max: usize,
    /// The most bytes accepted and not settled: of documents, and of all that is handed over with them.
    pub store_bytes_max: usize,
    /// The most operations standing in one lane.
    pub lane_items_max: usize,
    /// The most operations standing in line for one identity.
    pub identity_line_max: usize,
    /// The largest document.
    pub document_bytes_max: usize,
    /// How many threads read documents; 0: as many as the machine has cores.
    pub extract_threads: usize,
    /// How often a batch is repeated after a serialization failure, deadlock or timeout before it is halved.
    pub retries_max: u32,
    /// The most advisory locks one flush may ask for: the lock table has an end (`max_locks_per_transaction`).
    pub locks_per_flush_max: usize,
    /// An operation whose queue is older than this goes by the single path; `None`: never.
    pub latency_objective: Option<Duration>,
    /// Whether operations are batched at all; without, each takes the single path.
    pub batching: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lanes: 2,
            batch_items_max: 128,
            batch_bytes_max: 4 << 20,
            linger: Duration::ZERO,
            flushes_concurrent_max: 4,
            single_concurrent_max: 4,
            store_items_max: 16_384,
            store_bytes_max: 256 << 20,
            lane_items_max: 8_192,
            identity_line_max: 1_024,
            document_bytes_max: 16 << 20,
            extract_threads: 0,
            retries_max: 3,
            locks_per_flush_max: 512,
            latency_objective: None,
            batching: true,
        }
    }
}
