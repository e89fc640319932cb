//! What a store has counted. Names the runtime's counters again: a C struct's layout must not follow another crate's.

/// What a store has done since it was opened, and what it holds now. Zero it, set its size and, where counts by outcome
/// or by reason are wanted, its arrays. Counters never decrease.
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
    /// The caller's array for the operations completed, by outcome: index 0 is LANEWAY_OUTCOME_INSERTED, and so on.
    /// Later versions may know more outcomes: what has no room in the array is not written, what the library does not
    /// know is not touched.
    pub outcomes: *mut u64,
    /// How many counters `outcomes` has room for, set by the caller; 0: it may be NULL.
    pub outcomes_capacity: usize,
    /// How many outcomes the library counts.
    pub outcomes_len: usize,
    /// The caller's array for the flushes started, by reason: idle, items, bytes, linger, cycle, checkpoint, drain,
    /// single. Later versions may know more, as of outcomes.
    pub flush_reasons: *mut u64,
    /// How many counters `flush_reasons` has room for, set by the caller; 0: it may be NULL.
    pub flush_reasons_capacity: usize,
    /// How many reasons the library counts.
    pub flush_reasons_len: usize,
    /// Operations carried by those flushes; one that is flushed again counts again.
    pub batch_operations: u64,
    /// Transactions begun.
    pub transactions: u64,
    /// Transactions repeated after a failure.
    pub retries: u64,
    /// Times that a flush waited for the server.
    pub round_trips: u64,
    /// Operations that took the single path although batching was on.
    pub singles: u64,
    /// Flushes whose connection was lost.
    pub flushes_lost: u64,
    /// Operations that waited for an earlier one with the same identity.
    pub awaiting_identity: u64,
    /// Operations that waited for one that they refer to.
    pub awaiting_references: u64,
    /// The sum of the times from acceptance to completion, in microseconds.
    pub latency_sum_us: u64,
    /// What half of those times do not exceed, in microseconds, rounded up by an eighth at most.
    pub latency_p50_us: u64,
    /// What 95 % of them do not exceed.
    pub latency_p95_us: u64,
    /// What 99 % of them do not exceed.
    pub latency_p99_us: u64,
    /// Of the operations that failed, those whose document is at fault: the database refuses the data, and nothing is
    /// wrong with the database.
    pub documents_at_fault: u64,
    /// How long the oldest of the operations accepted and not completed has been so, in microseconds; 0: there is none.
    pub oldest_pending_us: u64,
    /// The caller's buffer for what flushes wait for now, other than their turn, as UTF-8: "waits for a lock on dms.document
    /// held by pid 12, application 'psql', role 'admin', for 31 s", or for a synchronous standby, or for the database itself,
    /// with the reason that it cannot be used. Never a password. What has no room is cut off between two characters.
    pub wait: *mut u8,
    /// How many bytes `wait` has room for, set by the caller; 0: it may be NULL.
    pub wait_capacity: usize,
    /// How many bytes the text has, whatever there is room for; 0: nothing is known to be waited for.
    pub wait_len: usize,
}
