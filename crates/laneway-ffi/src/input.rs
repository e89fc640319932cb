//! A caller's structs turned into our own values. Everything that is kept is copied here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use laneway_core::{Extracted, Request, Submission};
use laneway_model::{DocumentUuid, Limits, Operation, Operator, Outcome, Strategy};
use laneway_postgres::StoreOptions;
use uuid::Uuid;

use crate::abi::{
    laneway_limits_t, laneway_operation_t, laneway_runtime_options_t, laneway_store_options_t, laneway_strategy_t,
    laneway_text_t,
};
use crate::failure::Failure;
use crate::given::{self, NotGiven};
use crate::versioned::{read_over, slice};

/// An operation without anything in it: what an older caller leaves out.
pub(crate) const NO_OPERATION: laneway_operation_t = laneway_operation_t {
    struct_size: size_of::<laneway_operation_t>() as u32,
    authorize: 0,
    token: 0,
    project: laneway_text_t::EMPTY,
    endpoint: laneway_text_t::EMPTY,
    document: laneway_text_t::EMPTY,
    document_uuid: [0; 16],
    trace_id: laneway_text_t::EMPTY,
    timeout_us: 0,
    strategies: std::ptr::null(),
    strategies_count: 0,
    extraction: laneway_text_t::EMPTY,
};

const NO_STRATEGY: laneway_strategy_t = laneway_strategy_t {
    struct_size: size_of::<laneway_strategy_t>() as u32,
    operator_and: 0,
    name: laneway_text_t::EMPTY,
    filters: std::ptr::null(),
    filters_count: 0,
};

/// Copies an operation. An outcome instead: it cannot be stored as it is.
///
/// # Safety
/// Its texts and arrays are as long as they say.
pub(crate) unsafe fn submission(operation: &laneway_operation_t) -> Result<Result<Submission<'_>, Outcome>, Failure> {
    // SAFETY (all of them): the caller's.
    let project = unsafe { operation.project.text("project")? };
    let endpoint = unsafe { operation.endpoint.text("endpoint")? };
    let trace_id = unsafe { operation.trace_id.text("trace_id")? };
    let document = unsafe { operation.document.bytes() }.ok_or_else(|| Failure::argument("document.ptr is NULL"))?;
    let authorization = match operation.authorize {
        0 => None,
        1 => Some(unsafe { strategies(operation.strategies, operation.strategies_count)? }),
        other => return Err(Failure::argument(format!("authorize is {other}, not 0 or 1"))),
    };
    let extraction = unsafe { operation.extraction.text("extraction")? };
    let request = Request {
        project,
        endpoint,
        document: Bytes::copy_from_slice(document),
        document_uuid: match operation.document_uuid {
            [0, ..] if operation.document_uuid == [0; 16] => DocumentUuid::now(),
            bytes => DocumentUuid(Uuid::from_bytes(bytes)),
        },
        trace_id: trace_id.into(),
        authorization,
        deadline: deadline(operation.timeout_us),
    };
    if extraction.is_empty() {
        return Ok(Ok(request.into()));
    }
    let given = given::extraction(extraction, project, endpoint, &request.document);
    let extraction = match given {
        Ok(extraction) => extraction,
        Err(NotGiven::Document(outcome)) => return Ok(Err(outcome)),
        Err(NotGiven::Wrong(what)) => return Err(Failure::argument(format!("extraction: {what}"))),
    };
    let Request { document, document_uuid, trace_id, authorization, deadline, .. } = request;
    let operation = Operation { document, extraction, document_uuid, trace_id, authorization };
    Ok(Ok(Extracted { operation, deadline }.into()))
}

/// A time too far away to be told is never.
fn deadline(timeout_us: u64) -> Option<Instant> {
    (timeout_us > 0).then(|| Instant::now().checked_add(Duration::from_micros(timeout_us))).flatten()
}

/// # Safety
/// `ptr` points to `count` elements of the version that they state, all of one size.
unsafe fn strategies(ptr: *const laneway_strategy_t, count: usize) -> Result<Arc<[Strategy]>, Failure> {
    if count > 0 && ptr.is_null() {
        return Err(Failure::argument("strategies is NULL"));
    }
    // SAFETY: the caller's; there is a first one when there is any, and it states the size of all.
    let stride = if count == 0 { 0 } else { unsafe { ptr.cast::<u32>().read_unaligned() } };
    (0..count)
        .map(|at| ptr.wrapping_byte_add(at * stride as usize))
        .map(|strategy| {
            // SAFETY: the caller's.
            let strategy = unsafe { read_over(NO_STRATEGY, strategy)? };
            let filters = unsafe { slice(strategy.filters, strategy.filters_count, "filters")? };
            let filters: Result<_, Failure> =
                filters.iter().map(|filter| Ok(unsafe { filter.text("filter")? }.to_owned())).collect();
            let operator = match strategy.operator_and {
                0 => Operator::Or,
                1 => Operator::And,
                other => return Err(Failure::argument(format!("operator_and is {other}, not 0 or 1"))),
            };
            Ok(Strategy { name: unsafe { strategy.name.text("name")? }.to_owned(), operator, filters: filters? })
        })
        .collect()
}

/// The defaults, in C's words. A host's operations are not batched until it says so.
pub(crate) fn limits_default() -> laneway_limits_t {
    limits_to_c(&Limits { batching: false, ..Limits::default() })
}

/// Bounds, in C's words.
pub(crate) fn limits_to_c(limits: &Limits) -> laneway_limits_t {
    laneway_limits_t {
        struct_size: size_of::<laneway_limits_t>() as u32,
        batching: limits.batching.into(),
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
        latency_slo_us: limits.latency_objective.map_or(0, micros),
        locks_per_flush_max: saturated(limits.locks_per_flush_max),
        reserved: 0,
    }
}

/// The defaults, in C's words.
pub(crate) fn runtime_options_default() -> laneway_runtime_options_t {
    laneway_runtime_options_t {
        struct_size: size_of::<laneway_runtime_options_t>() as u32,
        worker_threads: saturated(std::thread::available_parallelism().map_or(1, usize::from).min(4)),
        outstanding_max: 1 << 20,
        log_records_max: 4096,
        log_level: crate::abi::laneway_level_t::LANEWAY_LEVEL_INFO as u32,
    }
}

/// The defaults, in C's words.
pub(crate) fn store_options_default() -> laneway_store_options_t {
    let options = StoreOptions::default();
    laneway_store_options_t {
        struct_size: size_of::<laneway_store_options_t>() as u32,
        connections_max: saturated(options.connections_max),
        database: laneway_text_t::EMPTY,
        plugins: 0,
        limits: std::ptr::null(),
        lock_timeout_ms: millis(options.lock_timeout),
        statement_timeout_ms: millis(options.statement_timeout),
        idle_in_transaction_timeout_ms: millis(options.idle_in_transaction_timeout),
    }
}

/// The bounds at `place`, or the defaults where there are none.
///
/// # Safety
/// As for [`read_over`].
pub(crate) unsafe fn limits(place: *const laneway_limits_t) -> Result<Limits, Failure> {
    let base = limits_default();
    // SAFETY: the caller's.
    let limits = if place.is_null() { base } else { unsafe { read_over(base, place)? } };
    let least_one = [
        ("batch_items_max", limits.batch_items_max.into()),
        ("batch_bytes_max", limits.batch_bytes_max),
        ("flushes_concurrent_max", limits.flushes_concurrent_max.into()),
        ("single_concurrent_max", limits.single_concurrent_max.into()),
        ("store_items_max", limits.store_items_max),
        ("store_bytes_max", limits.store_bytes_max),
        ("lane_items_max", limits.lane_items_max),
        ("identity_line_max", limits.identity_line_max),
        ("document_bytes_max", limits.document_bytes_max),
        ("locks_per_flush_max", limits.locks_per_flush_max.into()),
    ];
    if let Some((name, _)) = least_one.iter().find(|(_, value)| *value == 0) {
        return Err(Failure::argument(format!("{name} is 0, at least 1 is needed")));
    }
    if !(1..=16).contains(&limits.lanes) || limits.batching > 1 {
        let what = format!("lanes is {} (1 to 16), batching is {} (0 or 1)", limits.lanes, limits.batching);
        return Err(Failure::argument(what));
    }
    Ok(Limits {
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
        locks_per_flush_max: limits.locks_per_flush_max as usize,
        latency_objective: (limits.latency_slo_us > 0).then(|| Duration::from_micros(limits.latency_slo_us)),
        batching: limits.batching == 1,
    })
}

/// How a store's connections are to behave.
pub(crate) fn store_options(options: &laneway_store_options_t) -> Result<StoreOptions, Failure> {
    if options.connections_max == 0 {
        return Err(Failure::argument("connections_max is 0, at least 1 is needed"));
    }
    Ok(StoreOptions {
        connections_max: options.connections_max as usize,
        lock_timeout: Duration::from_millis(options.lock_timeout_ms),
        statement_timeout: Duration::from_millis(options.statement_timeout_ms),
        idle_in_transaction_timeout: Duration::from_millis(options.idle_in_transaction_timeout_ms),
    })
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn saturated(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
