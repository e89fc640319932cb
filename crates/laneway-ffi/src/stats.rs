//! What a store has counted, and what it waits for, written into the caller's struct and arrays.

use laneway_core::Stats;

use crate::abi::laneway_stats_t;
use crate::arguments::Out;
use crate::failure::Failure;
use crate::versioned::sized;

/// Writes what has been counted, all of one snapshot.
///
/// # Safety
/// The arrays that the struct points to have room for as many counters, and its buffer for as many bytes, as it states.
pub(crate) unsafe fn write(stats: &Stats, wait: &str, to: &Out<laneway_stats_t>) -> Result<(), Failure> {
    let caller = to.read_over(sized())?;
    // SAFETY: the caller's.
    unsafe { write_counters(&stats.outcomes, caller.outcomes, caller.outcomes_capacity, "outcomes")? };
    // SAFETY: the caller's.
    unsafe { write_counters(&stats.reasons, caller.flush_reasons, caller.flush_reasons_capacity, "flush_reasons")? };
    // SAFETY: the caller's.
    unsafe { write_text(wait, caller.wait, caller.wait_capacity)? };
    let written = laneway_stats_t {
        accepted: stats.accepted,
        pending: stats.pending(),
        outcomes_len: stats.outcomes.len(),
        flush_reasons_len: stats.reasons.len(),
        batch_operations: stats.batch_operations,
        transactions: stats.transactions,
        retries: stats.retries,
        round_trips: stats.round_trips,
        singles: stats.singles,
        flushes_lost: stats.flushes_lost,
        awaiting_identity: stats.awaiting_identity,
        awaiting_references: stats.awaiting_references,
        latency_sum_us: stats.latency_us.sum(),
        latency_p50_us: stats.latency_us.quantile(0.50),
        latency_p95_us: stats.latency_us.quantile(0.95),
        latency_p99_us: stats.latency_us.quantile(0.99),
        documents_at_fault: stats.documents_at_fault,
        oldest_pending_us: stats.oldest_pending_us,
        wait_len: wait.len(),
        ..caller
    };
    to.write(&written)
}

/// Writes as much of the text as there is room for.
///
/// # Safety
/// `buffer` is null, or has room for `capacity` bytes.
unsafe fn write_text(text: &str, buffer: *mut u8, capacity: usize) -> Result<(), Failure> {
    if capacity > 0 && buffer.is_null() {
        return Err(Failure::argument(format!("wait is NULL, and wait_capacity is {capacity}")));
    }
    let count = text.floor_char_boundary(capacity);
    if count > 0 {
        // SAFETY: `count` is at most the length of either.
        unsafe { buffer.copy_from_nonoverlapping(text.as_ptr(), count) };
    }
    Ok(())
}

/// Writes as many counters as there is room for.
///
/// # Safety
/// `array` is null, or has room for `capacity` of them.
unsafe fn write_counters(counters: &[u64], array: *mut u64, capacity: usize, name: &str) -> Result<(), Failure> {
    let count = counters.len().min(capacity);
    if count == 0 {
        return Ok(());
    }
    if array.is_null() {
        return Err(Failure::argument(format!("{name} is NULL, and {name}_capacity is {capacity}")));
    }
    // SAFETY: `count` is at most the length of either.
    unsafe { array.copy_from_nonoverlapping(counters.as_ptr(), count) };
    Ok(())
}
