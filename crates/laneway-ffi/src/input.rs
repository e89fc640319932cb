//! A caller's structs turned into our own values. Everything that is kept is copied here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use laneway_core::{Extracted, Request, Submission};
use laneway_model::{DocumentUuid, Operation, Operator, Outcome, Strategy};
use laneway_postgres::StoreOptions;
use uuid::Uuid;

use crate::abi::{
    laneway_log_level_t, laneway_operation_t, laneway_runtime_options_t, laneway_store_options_t, laneway_strategy_t,
};
use crate::failure::Failure;
use crate::given::{self, NotGiven};
use crate::versioned::{read_over, sized, slice};

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
            let strategy = unsafe { read_over(sized::<laneway_strategy_t>(), strategy)? };
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

/// The defaults.
pub(crate) fn runtime_options_default() -> laneway_runtime_options_t {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    laneway_runtime_options_t {
        worker_threads: cores.min(4) as u32,
        outstanding_max: 1 << 20,
        log_records_max: 4096,
        log_level: laneway_log_level_t::LANEWAY_LEVEL_INFO as u32,
        ..sized()
    }
}

/// The defaults.
pub(crate) fn store_options_default() -> laneway_store_options_t {
    laneway_store_options_t { connections_max: StoreOptions::default().connections_max as u32, ..sized() }
}
