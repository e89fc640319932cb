//! A caller's structs turned into our own values. Everything that is kept is copied here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use laneway_core::{Extracted, Rejected, Request, Submission};
use laneway_json::byte_order_mark_len;
use laneway_model::{DocumentUuid, Operation, Operator, Outcome, Strategy, TRACE_ID_CHARS_MAX};
use laneway_plugin::CoercionExtent;
use laneway_postgres::Isolation;
use uuid::Uuid;

use crate::abi::{
    laneway_coercion_t, laneway_isolation_t, laneway_log_level_t, laneway_operation_t, laneway_runtime_options_t,
    laneway_store_options_t, laneway_strategy_t,
};
use crate::arguments::{Elements, Text, Texts};
use crate::failure::Failure;
use crate::host_extraction::{self, ReadError};
use crate::versioned::{size_at, sized};

/// Copies an operation, once its parts are found to be usable. An outcome instead: it cannot be stored as it is.
///
/// # Safety
/// Its texts and arrays are as long as they state, and stay unchanged meanwhile.
pub(crate) unsafe fn submission(
    operation: &laneway_operation_t,
    document_bytes_max: usize,
) -> Result<Result<Submission<'_>, Outcome>, Failure> {
    let laneway_operation_t { project, endpoint, document, trace_id, extraction, .. } = operation;
    // SAFETY: the caller's, of every text.
    let [project, endpoint, document, trace_id, extraction] =
        [project, endpoint, document, trace_id, extraction].map(|text| unsafe { Text::of(text) });
    let (project, endpoint) = (project.text("project")?, endpoint.text("endpoint")?);
    let (document, trace_id) = (document.bytes("document")?, trace_id.text("trace_id")?);
    let extraction = extraction.text("extraction")?;
    let trace_id_chars = trace_id.chars().count();
    if trace_id_chars > TRACE_ID_CHARS_MAX {
        let what = format!("trace_id has {trace_id_chars} characters, at most {TRACE_ID_CHARS_MAX} can be stored");
        return Err(Failure::argument(what));
    }
    let authorization = match operation.authorize {
        0 => None,
        // SAFETY: the caller's.
        1 => Some(unsafe { strategies(operation.strategies, operation.strategies_count)? }),
        other => return Err(Failure::argument(format!("authorize is {other}, not 0 or 1"))),
    };
    // Before it is copied: the runtime, which looks again, would refuse the copy.
    if document.len() > document_bytes_max {
        return Ok(Err(Outcome::TooLarge { bytes: document.len(), bytes_max: document_bytes_max }));
    }
    // Before it is copied and before its extraction, which host and library make of the text without the mark.
    let document = match byte_order_mark_len(document) {
        Ok(mark) => &document[mark..],
        Err(encoding) => return Ok(Err(Rejected::Encoding(encoding).outcome())),
    };
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
    let extraction = match host_extraction::read(extraction, project, endpoint, &request.document) {
        Ok(extraction) => extraction,
        Err(ReadError::Document(outcome)) => return Ok(Err(outcome)),
        Err(ReadError::Extraction(what)) => return Err(Failure::argument(format!("extraction: {what}"))),
    };
    let Request { document, document_uuid, trace_id, authorization, deadline, .. } = request;
    let operation = Operation { document, extraction, document_uuid, trace_id, authorization };
    Ok(Ok(Extracted { operation, deadline }.into()))
}

/// The extent that a number names.
pub(crate) fn coercion(number: u32) -> Result<CoercionExtent, Failure> {
    use laneway_coercion_t::{LANEWAY_COERCION_ALL, LANEWAY_COERCION_DATES, LANEWAY_COERCION_NOTHING};
    let extents = [
        (LANEWAY_COERCION_NOTHING, CoercionExtent::Nothing),
        (LANEWAY_COERCION_DATES, CoercionExtent::Dates),
        (LANEWAY_COERCION_ALL, CoercionExtent::All),
    ];
    let extent = extents.iter().find(|(known, _)| *known as u32 == number).map(|(_, extent)| *extent);
    extent.ok_or_else(|| Failure::argument(format!("coercion is {number} (0 to 2)")))
}

/// The isolation that a number names.
pub(crate) fn isolation(number: u32) -> Result<Isolation, Failure> {
    use laneway_isolation_t::{LANEWAY_ISOLATION_READ_COMMITTED, LANEWAY_ISOLATION_REPEATABLE_READ};
    let isolations = [
        (LANEWAY_ISOLATION_READ_COMMITTED, Isolation::ReadCommitted),
        (LANEWAY_ISOLATION_REPEATABLE_READ, Isolation::RepeatableRead),
    ];
    let isolation = isolations.iter().find(|(known, _)| *known as u32 == number).map(|(_, isolation)| *isolation);
    isolation.ok_or_else(|| Failure::argument(format!("isolation is {number} (0 to 1)")))
}

/// A time too far away to be expressed is never.
fn deadline(timeout_us: u64) -> Option<Instant> {
    (timeout_us > 0).then(|| Instant::now().checked_add(Duration::from_micros(timeout_us))).flatten()
}

/// Copies strategies.
///
/// # Safety
/// `first` is null, or points to `count` structs of the size that the first states, with what they point to.
unsafe fn strategies(first: *const laneway_strategy_t, count: usize) -> Result<Arc<[Strategy]>, Failure> {
    if count == 0 {
        return Ok(Arc::default());
    }
    // SAFETY: the caller's.
    let stride = unsafe { size_at(first)? };
    // SAFETY: the caller's.
    let strategies = unsafe { Elements::new(first, count, stride) };
    (0..strategies.count("strategies")?)
        .map(|at| {
            let mut kept = None;
            let strategy = strategies.get(at, &sized(), &mut kept)?;
            // SAFETY: the caller's.
            let name = unsafe { Text::of(&strategy.name) };
            // SAFETY: the caller's.
            let filters = unsafe { Texts::new(strategy.filters, strategy.filters_count) };
            let filters: Result<_, Failure> =
                filters.get("filters")?.iter().map(|filter| Ok(filter.text("filter")?.to_owned())).collect();
            let operator = match strategy.operator_and {
                0 => Operator::Or,
                1 => Operator::And,
                other => return Err(Failure::argument(format!("operator_and is {other}, not 0 or 1"))),
            };
            Ok(Strategy { name: name.text("name")?.to_owned(), operator, filters: filters? })
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
    sized()
}
