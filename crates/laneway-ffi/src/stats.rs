//! What a store has counted, written into the caller's struct and arrays.

use laneway_core::Stats;

use crate::abi::laneway_stats_t;
use crate::failure::Failure;
use crate::versioned::{read_over, sized, write};

/// Writes what has been counted, all of one snapshot.
///
/// # Safety
/// As for [`read_over`]; the arrays have room for as many counters as the struct states.
pub(crate) unsafe fn write_stats(stats: &Stats, place: *mut laneway_stats_t) -> Result<(), Failure> {
    // SAFETY: the caller's.
    let caller = unsafe { read_over(sized::<laneway_stats_t>(), place)? };
    // Both arrays are looked at before either is written.
    check_counters("outcomes", caller.outcomes, caller.outcomes_capacity)?;
    check_counters("flush_reasons", caller.flush_reasons, caller.flush_reasons_capacity)?;
    // SAFETY (both): the caller's.
    unsafe { write_counters(&stats.outcomes, caller.outcomes, caller.outcomes_capacity) };
    unsafe { write_counters(&stats.reasons, caller.flush_reasons, caller.flush_reasons_capacity) };
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
        ..caller
    };
    // SAFETY: the caller's.
    unsafe { write(&written, place) }
}

fn check_counters(what: &str, array: *const u64, capacity: usize) -> Result<(), Failure> {
    if array.is_null() && capacity > 0 {
        return Err(Failure::argument(format!("{what} is NULL, and {what}_capacity is {capacity}")));
    }
    Ok(())
}

/// Writes as many counters as there is room for.
///
/// # Safety
/// `array` has room for `capacity` of them; it may be null when that is 0.
unsafe fn write_counters(counters: &[u64], array: *mut u64, capacity: usize) {
    let count = counters.len().min(capacity);
    if count > 0 {
        // SAFETY: `count` is at most the length of either.
        unsafe { std::ptr::copy_nonoverlapping(counters.as_ptr(), array, count) };
    }
}
