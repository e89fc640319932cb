//! From PostgreSQL's errors to what the executor does about them: the one place that knows SQLSTATEs.

use laneway_core::store::{ErrorClass, StoreError};
use laneway_model::SqlState;

/// The class of a SQLSTATE (PostgreSQL, appendix A).
#[must_use]
pub fn class_of(sqlstate: &str) -> ErrorClass {
    match sqlstate {
        // Serialization failure, deadlock, lock not available in time, statement cancelled by its timeout.
        "40001" | "40P01" | "55P03" | "57014" => ErrorClass::Retry,
        // Another transaction inserted the identity first.
        "23505" => ErrorClass::UniqueViolation,
        // Another transaction deleted what was referred to.
        "23503" => ErrorClass::LostRace,
        // Out of shared memory: the lock table.
        "53200" => ErrorClass::OutOfLocks,
        // idle_in_transaction_session_timeout ends the connection.
        "25P03" => ErrorClass::Connection,
        // Read-only transaction: a standby.
        "25006" => ErrorClass::Resource,
        code => match &code[..2] {
            "08" | "57" => ErrorClass::Connection,
            "53" | "55" => ErrorClass::Resource,
            _ => ErrorClass::Data,
        },
    }
}

/// What a driver's error means.
pub(crate) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        return StoreError {
            class: if is_parameter_error(error) { ErrorClass::Data } else { ErrorClass::Connection },
            sqlstate: None,
            message: crate::config::chain(error),
        };
    };
    let code = database.code().code();
    // The primary message only: DETAIL may carry values of documents.
    StoreError { class: class_of(code), sqlstate: SqlState::new(code), message: database.message().to_owned() }
}

/// A value that could not be written into the protocol; everything else without a SQLSTATE is the connection.
fn is_parameter_error(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("error serializing parameter")
}

/// Whether the error only says that an earlier statement of the pipeline failed.
pub(crate) fn is_consequence(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code() == "25P02")
}

/// A failure without a server's word.
pub(crate) fn other(class: ErrorClass, message: impl Into<String>) -> StoreError {
    StoreError { class, sqlstate: None, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_design() {
        for (code, class) in [
            ("40001", ErrorClass::Retry),
            ("40P01", ErrorClass::Retry),
            ("55P03", ErrorClass::Retry),
            ("57014", ErrorClass::Retry),
            ("23505", ErrorClass::UniqueViolation),
            ("23503", ErrorClass::LostRace),
            ("53200", ErrorClass::OutOfLocks),
            ("53100", ErrorClass::Resource),
            ("53300", ErrorClass::Resource),
            ("55000", ErrorClass::Resource),
            ("25006", ErrorClass::Resource),
            ("57P01", ErrorClass::Connection),
            ("08006", ErrorClass::Connection),
            ("22P05", ErrorClass::Data),
            ("23502", ErrorClass::Data),
            ("54000", ErrorClass::Data),
            ("XX000", ErrorClass::Data),
        ] {
            assert_eq!(class_of(code), class, "{code}");
        }
    }
}
