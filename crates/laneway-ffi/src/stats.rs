//! What a store counts, in C's words.

use laneway_core::Stats;

use crate::abi::laneway_stats_t;

/// Nothing counted.
pub(crate) const NONE: laneway_stats_t = laneway_stats_t {
    struct_size: size_of::<laneway_stats_t>() as u32,
    reserved: 0,
    accepted: 0,
    pending: 0,
    outcomes: [0; 17],
    flush_reasons: [0; 8],
    batch_operations: 0,
    transactions: 0,
    retries: 0,
    round_trips: 0,
    singles: 0,
    flushes_lost: 0,
    stood_in_line: 0,
    parked: 0,
    latency_sum_us: 0,
    latency_p50_us: 0,
    latency_p95_us: 0,
    latency_p99_us: 0,
};

pub(crate) fn of(stats: &Stats) -> laneway_stats_t {
    laneway_stats_t {
        accepted: stats.accepted,
        pending: stats.pending(),
        outcomes: stats.outcomes,
        flush_reasons: stats.reasons,
        batch_operations: stats.batch_operations,
        transactions: stats.transactions,
        retries: stats.retries,
        round_trips: stats.round_trips,
        singles: stats.singles,
        flushes_lost: stats.flushes_lost,
        stood_in_line: stats.awaiting_identity,
        parked: stats.awaiting_references,
        latency_sum_us: stats.latency_us.sum(),
        latency_p50_us: stats.latency_us.quantile(0.50),
        latency_p95_us: stats.latency_us.quantile(0.95),
        latency_p99_us: stats.latency_us.quantile(0.99),
        ..NONE
    }
}
