//! A store's bounds as the caller states them: defaults, ranges, and their forms in Rust.

use std::ops::RangeInclusive;
use std::time::Duration;

use laneway_model::{LimitError, Limits};
use laneway_postgres::StoreOptions;

use crate::abi::{laneway_limits_t, laneway_store_options_t};
use crate::arguments::In;
use crate::failure::Failure;
use crate::input;
use crate::versioned::sized;

/// What is counted: 32 bits number more than any machine holds.
pub(crate) const COUNT: RangeInclusive<u64> = 1..=u32::MAX as u64;
/// What PostgreSQL takes for a timeout; 0 would be none, and every wait has its end.
const TIMEOUT_MS: RangeInclusive<u64> = 1..=i32::MAX as u64;

/// The defaults. A host's operations are not batched until it asks for that, so that it can go over to Laneway
/// first and to batches later.
pub(crate) fn defaults() -> laneway_limits_t {
    let (limits, options) = (Limits::default(), StoreOptions::default());
    laneway_limits_t {
        batching: 0,
        lanes: saturated(limits.lanes),
        batch_items_max: saturated(limits.batch_items_max),
        batch_bytes_max: limits.batch_bytes_max as u64,
        linger_us: micros(limits.linger),
        flushes_concurrent_max: saturated(limits.flushes_concurrent_max),
        single_concurrent_max: saturated(limits.single_concurrent_max),
        store_items_max: limits.store_items_max as u64,
        store_bytes_max: limits.store_bytes_max as u64,
        lane_items_max: limits.lane_items_max as u64,
        identity_line_max: limits.identity_line_max as u64,
        document_bytes_max: limits.document_bytes_max as u64,
        extract_threads: saturated(limits.extract_threads),
        retries_max: limits.retries_max,
        latency_objective_us: limits.latency_objective.map_or(0, micros),
        locks_per_flush_max: saturated(limits.locks_per_flush_max),
        lock_timeout_ms: saturated(options.lock_timeout.as_millis()),
        statement_timeout_ms: saturated(options.statement_timeout.as_millis()),
        idle_in_transaction_timeout_ms: saturated(options.idle_in_transaction_timeout.as_millis()),
        answer_timeout_ms: saturated(options.answer_timeout.as_millis()),
        outage_ms_max: saturated(limits.outage_max.as_millis()),
        reference_recheck_ms: saturated(limits.reference_recheck.as_millis()),
        ..sized()
    }
}

/// The caller's bounds, or the defaults where it hands NULL over.
pub(crate) fn read(limits: &In<laneway_limits_t>) -> Result<laneway_limits_t, Failure> {
    let limits = limits.read_or(defaults())?;
    check(&limits)?;
    Ok(limits)
}

/// Refuses a bound that is outside of its range.
pub(crate) fn check(limits: &laneway_limits_t) -> Result<(), Failure> {
    let ranges = [
        ("batching", limits.batching.into(), 0..=1),
        // Whoever waits longer than this, or than a day below, has most likely mistaken the unit.
        ("linger_us", limits.linger_us, 0..=60_000_000),
        ("latency_objective_us", limits.latency_objective_us, 0..=86_400_000_000),
        ("lock_timeout_ms", limits.lock_timeout_ms.into(), TIMEOUT_MS),
        ("statement_timeout_ms", limits.statement_timeout_ms.into(), TIMEOUT_MS),
        ("idle_in_transaction_timeout_ms", limits.idle_in_transaction_timeout_ms.into(), TIMEOUT_MS),
        ("answer_timeout_ms", limits.answer_timeout_ms.into(), TIMEOUT_MS),
        ("outage_ms_max", limits.outage_ms_max.into(), TIMEOUT_MS),
    ];
    ranges.into_iter().try_for_each(|(name, value, range)| within(name, value, &range))?;
    Ok(of_runtime(limits).check()?)
}

impl From<LimitError> for Failure {
    fn from(error: LimitError) -> Self {
        Self::argument(error.to_string())
    }
}

/// Refuses a value that is outside of its range.
pub(crate) fn within(name: &str, value: u64, range: &RangeInclusive<u64>) -> Result<(), Failure> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(Failure::argument(format!("{name} is {value}, not within {} to {}", range.start(), range.end())))
}

/// `limits`, but for what is fixed when a store is opened: that stays as it is in `current`.
pub(crate) fn with_fixed_of(current: &laneway_limits_t, limits: laneway_limits_t) -> laneway_limits_t {
    laneway_limits_t {
        // Threads and connections are there by now, with these settings.
        extract_threads: current.extract_threads,
        lock_timeout_ms: current.lock_timeout_ms,
        statement_timeout_ms: current.statement_timeout_ms,
        idle_in_transaction_timeout_ms: current.idle_in_transaction_timeout_ms,
        answer_timeout_ms: current.answer_timeout_ms,
        ..limits
    }
}

/// What the runtime is bounded by.
pub(crate) fn of_runtime(limits: &laneway_limits_t) -> Limits {
    Limits {
        lanes: limits.lanes as usize,
        batch_items_max: limits.batch_items_max as usize,
        batch_bytes_max: size(limits.batch_bytes_max),
        linger: Duration::from_micros(limits.linger_us),
        flushes_concurrent_max: limits.flushes_concurrent_max as usize,
        single_concurrent_max: limits.single_concurrent_max as usize,
        store_items_max: size(limits.store_items_max),
        store_bytes_max: size(limits.store_bytes_max),
        lane_items_max: size(limits.lane_items_max),
        identity_line_max: size(limits.identity_line_max),
        document_bytes_max: size(limits.document_bytes_max),
        extract_threads: limits.extract_threads as usize,
        retries_max: limits.retries_max,
        outage_max: millis(limits.outage_ms_max),
        reference_recheck: millis(limits.reference_recheck_ms),
        locks_per_flush_max: limits.locks_per_flush_max as usize,
        latency_objective: (limits.latency_objective_us > 0)
            .then(|| Duration::from_micros(limits.latency_objective_us)),
        batching: limits.batching == 1,
    }
}

/// What the connections are bounded by.
pub(crate) fn of_connections(
    options: &laneway_store_options_t,
    limits: &laneway_limits_t,
) -> Result<StoreOptions, Failure> {
    let runtime = of_runtime(limits);
    let connections_max = (options.connections_max > 0).then_some(options.connections_max as usize);
    connections_max.map_or(Ok(()), |connections_max| runtime.check_connections(connections_max))?;
    let stated = StoreOptions {
        connections_max,
        lock_timeout: millis(limits.lock_timeout_ms),
        statement_timeout: millis(limits.statement_timeout_ms),
        idle_in_transaction_timeout: millis(limits.idle_in_transaction_timeout_ms),
        answer_timeout: millis(limits.answer_timeout_ms),
        isolation: input::isolation(options.isolation)?,
    };
    Ok(stated.fitting(&runtime))
}

fn millis(value: u32) -> Duration {
    Duration::from_millis(value.into())
}

/// A size in memory.
pub(crate) fn size(value: u64) -> usize {
    // Where pointers have 32 bits, no more than that can be handed over anyway.
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn saturated(value: impl TryInto<u32>) -> u32 {
    value.try_into().unwrap_or(u32::MAX)
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
