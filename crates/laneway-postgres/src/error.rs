//! From the driver's errors to what the executor does about them.

use laneway_core::store::{StoreError, StoreErrorKind};
use laneway_model::SqlState;
use laneway_pgconfig::{ConnectError, Refusal, chain};

use crate::sqlstate::kind_of;

/// What a driver's error means.
pub(crate) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        let kind = if is_parameter_error(error) { StoreErrorKind::Data } else { StoreErrorKind::Connection };
        return StoreError::new(kind, chain(error));
    };
    let code = database.code().code();
    // The primary message only: DETAIL may carry values of documents.
    StoreError::new(kind_of(code), database.message()).with_sqlstate(SqlState::new(code))
}

/// What it means that no server could be connected to.
pub(crate) fn connect_error(error: &ConnectError) -> StoreError {
    // Every server would have to be mended by an operator; otherwise another, or the same later, may take the writes.
    let is_read_only = error.refusals().all(|refusal| matches!(refusal, Refusal::ReadOnly(_)));
    let kind = if is_read_only { StoreErrorKind::Resource } else { StoreErrorKind::Connection };
    let kind = error.sqlstate().map_or(kind, kind_of);
    StoreError::new(kind, error.to_string()).with_sqlstate(error.sqlstate().and_then(SqlState::new))
}

/// Whether a value could not be written into the protocol; every other error without a SQLSTATE is the connection's.
/// The driver keeps the kinds of its errors to itself, so that its text decides (pinned by `tests/tests/it/client_refusals.rs`).
fn is_parameter_error(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("error serializing parameter")
}
