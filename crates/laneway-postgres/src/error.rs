//! From the driver's errors to the kinds that the executor distinguishes.

use laneway_core::store::{StoreError, StoreErrorKind};
use laneway_model::SqlState;
use laneway_pgconfig::{ConnectError, Refusal, chain};
use tokio_postgres::error::{DbError, Severity};

use crate::pooler;
use crate::sqlstate::kind_of;

/// Errors that the driver reports without a SQLSTATE, by the beginning of their text: it keeps their kinds to itself
/// (pinned by `tests/tests/it/client_refusals.rs`).
const DRIVER_ERRORS: [(&str, StoreErrorKind); 9] = [
    ("error serializing parameter", StoreErrorKind::Document),
    ("error encoding message to server", StoreErrorKind::Document),
    ("error deserializing column", StoreErrorKind::StaleSession),
    ("invalid column", StoreErrorKind::StaleSession),
    ("query returned an unexpected number of rows", StoreErrorKind::StaleSession),
    ("unexpected message from server", StoreErrorKind::Connection),
    ("authentication error", StoreErrorKind::LoginRefused),
    ("invalid configuration", StoreErrorKind::LoginRefused),
    ("error performing TLS handshake", StoreErrorKind::LoginRefused),
];

/// What an error of a flush's statement means.
pub(crate) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(database) = error.as_db_error() else { return StoreError::new(driver_kind(error), chain(error)) };
    // FATAL and PANIC end the session, whatever code they bear (a pooler gives XX000 when it has lost its server).
    let kind = match kind_of(database.code().code()) {
        StoreErrorKind::Transient => StoreErrorKind::Transient,
        _ if ends_session(error) => StoreErrorKind::Connection,
        kind => kind,
    };
    reported(kind, database)
}

/// What an error means that kept a new connection's statements from being prepared.
pub(crate) fn statement_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(database) = error.as_db_error() else { return StoreError::new(driver_kind(error), chain(error)) };
    reported(login_kind(kind_of(database.code().code())), database)
}

/// What it means that no server could be connected to.
pub(crate) fn connect_error(error: &ConnectError) -> StoreError {
    let kinds: Vec<StoreErrorKind> = error.refusals().map(refusal_kind).collect();
    // One server that may take the writes later is enough to wait for; a refused login sets the pace.
    let kind = if kinds.iter().all(|kind| *kind == StoreErrorKind::Permanent) {
        StoreErrorKind::Permanent
    } else if kinds.contains(&StoreErrorKind::LoginRefused) {
        StoreErrorKind::LoginRefused
    } else {
        StoreErrorKind::Unavailable
    };
    StoreError::new(kind, error.to_string()).with_sqlstate(error.sqlstate().and_then(SqlState::new))
}

fn refusal_kind(refusal: &Refusal) -> StoreErrorKind {
    match refusal {
        Refusal::Driver(error) => {
            error.code().map_or_else(|| driver_kind(error), |code| login_kind(kind_of(code.code())))
        }
        Refusal::Silent(_) | Refusal::Unresolved(_) | Refusal::Standby => StoreErrorKind::Unavailable,
        Refusal::ReadOnly(_) => StoreErrorKind::Permanent,
    }
}

/// The kind of a refusal of a login or of what follows it: FATAL as it is, it means no more than its code.
fn login_kind(kind: StoreErrorKind) -> StoreErrorKind {
    match kind {
        StoreErrorKind::LoginRefused | StoreErrorKind::Permanent => kind,
        _ => StoreErrorKind::Unavailable,
    }
}

/// Whether the server has closed the connection with it.
pub(crate) fn ends_session(error: &tokio_postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

fn reported(kind: StoreErrorKind, database: &DbError) -> StoreError {
    // The primary message only: DETAIL may carry values of documents.
    let message = if pooler::is_statement_elsewhere(database.code()) {
        // Opening finds such a pooler; this one was put in, or set otherwise, since.
        format!("{}; if a pooler is before the server, {}", database.message(), pooler::REMEDY)
    } else {
        database.message().to_owned()
    };
    StoreError::new(kind, message).with_sqlstate(SqlState::new(database.code().code()))
}

fn driver_kind(error: &tokio_postgres::Error) -> StoreErrorKind {
    let text = error.to_string();
    let found = DRIVER_ERRORS.iter().find(|(begins, _)| text.starts_with(begins));
    found.map_or(StoreErrorKind::Connection, |(_, kind)| *kind)
}
