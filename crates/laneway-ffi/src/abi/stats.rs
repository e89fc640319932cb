//! What a store has counted.

/// What a store has done since it was opened, and what it holds now. Counters only grow.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_stats_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// Always 0.
    pub reserved: u32,
    /// Operations accepted.
    pub accepted: u64,
    /// Operations accepted and not completed.
    pub pending: u64,
    /// Operations completed, by outcome: index 0 is LANEWAY_OUTCOME_INSERTED, and so on.
    pub outcomes: [u64; 17],
    /// Flushes started, by reason: idle, items, bytes, linger, cycle, checkpoint, drain, single.
    pub flush_reasons: [u64; 8],
    /// Operations carried by those flushes; one that is flushed again counts again.
    pub batch_operations: u64,
    /// Transactions begun.
    pub transactions: u64,
    /// Transactions repeated after a failure.
    pub retries: u64,
    /// Times that a flush waited for the server.
    pub round_trips: u64,
    /// Operations that went by the single path although batched.
    pub singles: u64,
    /// Flushes that broke off.
    pub flushes_lost: u64,
    /// Operations that stood in line for an identity.
    pub stood_in_line: u64,
    /// Operations that waited for one that they refer to.
    pub parked: u64,
    /// The sum of the times from acceptance to completion, in microseconds.
    pub latency_sum_us: u64,
    /// What half of those times do not exceed, rounded up by an eighth at most.
    pub latency_p50_us: u64,
    /// What 95 % of them do not exceed.
    pub latency_p95_us: u64,
    /// What 99 % of them do not exceed.
    pub latency_p99_us: u64,
}
