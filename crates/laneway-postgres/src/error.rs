//! From the driver's errors to what the executor does about them.

use laneway_core::store::{ErrorClass, StoreError};
use laneway_model::SqlState;
use laneway_pgconfig::chain;

use crate::sqlstate::class_of;

/// What a driver's error means.
pub(crate) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        let class = if is_parameter_error(error) { ErrorClass::Data } else { ErrorClass::Connection };
        return other(class, chain(error));
    };
    let code = database.code().code();
    // The primary message only: DETAIL may carry values of documents.
    StoreError { class: class_of(code), sqlstate: SqlState::new(code), message: database.message().to_owned() }
}

/// Whether a value could not be written into the protocol; every other error without a SQLSTATE is the connection's.
/// The driver keeps the kinds of its errors to itself, so that its text decides (pinned by `tests/tests/it/client_refusals.rs`).
fn is_parameter_error(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("error serializing parameter")
}

/// A failure that the server did not report.
pub(crate) fn other(class: ErrorClass, message: impl Into<String>) -> StoreError {
    StoreError { class, sqlstate: None, message: message.into() }
}
