//! What a store has counted, written into the caller's struct and arrays.

use laneway_core::Stats;

use crate::abi::laneway_stats_t;
use crate::arguments::Out;
use crate::failure::Failure;
use crate::versioned::sized;

/// Writes what has been counted, all of one snapshot.
///
/// # Safety
/// The arrays that the struct points to have room for as many counters as it states.
pub(crate) unsafe fn write(stats: &Stats, to: &Out<laneway_stats_t>) -> Result<(), Failure> {
    let caller = to.read_over(sized())?;
    // SAFETY: the caller's.
    unsafe { write_counters(&stats.outcomes, caller.outcomes, caller.outcomes_capacity, "outcomes")? };
    // SAFETY: the caller's.
    unsafe { write_counters(&stats.reasons, caller.flush_reasons, caller.flush_reasons_capacity, "flush_reasons")? };
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
        ..caller
    };
    to.write(&written)
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
