//! SQLSTATEs (PostgreSQL, appendix A): the codes that decide what happens next, and what each means. Crates that do not
//! know this one, and messages that give a hint for a code, name it as the driver does
//! (`tokio_postgres::error::SqlState`).

use laneway_core::store::StoreErrorKind;
use laneway_model::{Outcome, SqlState};

/// Another transaction wrote first.
const SERIALIZATION_FAILURE: &str = "40001";
/// The server chose the transaction as a deadlock's victim.
const DEADLOCK_DETECTED: &str = "40P01";
/// A row that is referred to is missing, or was about to be removed.
const FOREIGN_KEY_VIOLATION: &str = "23503";
/// Another row has the key.
const UNIQUE_VIOLATION: &str = "23505";
/// `lock_timeout` passed.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// `statement_timeout` passed, or an operator cancelled the statement.
const QUERY_CANCELED: &str = "57014";
/// In practice the lock table, which is shared memory.
const OUT_OF_MEMORY: &str = "53200";
/// No room for files.
const DISK_FULL: &str = "53100";
/// `idle_in_transaction_session_timeout` passed: the server has closed the connection.
const IDLE_IN_TRANSACTION_SESSION_TIMEOUT: &str = "25P03";
/// The server is a standby, or read-only by its settings.
const READ_ONLY_SQL_TRANSACTION: &str = "25006";
/// A statement behind a failed one of the same transaction.
const IN_FAILED_SQL_TRANSACTION: &str = "25P02";
/// From `pg_xact_status`: the transaction id lies in the future.
const INVALID_PARAMETER_VALUE: &str = "22023";
/// The role lacks a right.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// What the executor does about a code.
pub(crate) fn kind_of(code: &str) -> StoreErrorKind {
    match code {
        SERIALIZATION_FAILURE | DEADLOCK_DETECTED | LOCK_NOT_AVAILABLE | QUERY_CANCELED => StoreErrorKind::Retry,
        UNIQUE_VIOLATION => StoreErrorKind::UniqueViolation,
        FOREIGN_KEY_VIOLATION => StoreErrorKind::LostRace,
        OUT_OF_MEMORY => StoreErrorKind::OutOfLocks,
        IDLE_IN_TRANSACTION_SESSION_TIMEOUT => StoreErrorKind::Connection,
        READ_ONLY_SQL_TRANSACTION => StoreErrorKind::Resource,
        code => match code.get(..2) {
            Some("08" | "57") => StoreErrorKind::Connection,
            Some("53" | "55") => StoreErrorKind::Resource,
            _ => StoreErrorKind::Data,
        },
    }
}

/// Whether the error only follows from an earlier one of its pipeline.
pub(crate) fn is_consequence(error: &tokio_postgres::Error) -> bool {
    has_code(error, IN_FAILED_SQL_TRANSACTION)
}

/// Whether `pg_xact_status` finds the transaction id in the future: a crash lost the transaction.
pub(crate) fn is_unknown_transaction(error: &tokio_postgres::Error) -> bool {
    has_code(error, INVALID_PARAMETER_VALUE)
}

/// Whether the role lacks a right, which an operator can grant.
#[must_use]
pub fn is_permission_denied(error: &tokio_postgres::Error) -> bool {
    has_code(error, INSUFFICIENT_PRIVILEGE)
}

/// Whether another row has the key.
#[must_use]
pub fn is_unique_violation(error: &tokio_postgres::Error) -> bool {
    has_code(error, UNIQUE_VIOLATION)
}

/// Whether a row that is referred to is missing, or was about to be removed.
#[must_use]
pub fn is_foreign_key_violation(error: &tokio_postgres::Error) -> bool {
    has_code(error, FOREIGN_KEY_VIOLATION)
}

/// Whether the server gave the transaction up in favour of another: it may succeed when it is repeated.
#[must_use]
pub fn is_write_conflict(code: SqlState) -> bool {
    [SERIALIZATION_FAILURE, DEADLOCK_DETECTED].contains(&code.as_str())
}

fn has_code(error: &tokio_postgres::Error, code: &str) -> bool {
    error.code().is_some_and(|found| found.code() == code)
}

/// Whether an operation failed because the connection was lost, or there was none: classes 08 and 57P, or no code.
#[must_use]
pub fn is_connection_lost(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed { sqlstate: Some(code), .. } => ["08", "57P"].iter().any(|of| code.as_str().starts_with(of)),
        Outcome::Failed { sqlstate: None, .. } | Outcome::InDoubt => true,
        _ => false,
    }
}

/// Whether an operation failed because the server's disk is full.
#[must_use]
pub fn is_disk_full(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { sqlstate: Some(code), .. } if code.as_str() == DISK_FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_design() {
        for (code, class) in [
            ("40001", StoreErrorKind::Retry),
            ("40P01", StoreErrorKind::Retry),
            ("55P03", StoreErrorKind::Retry),
            ("57014", StoreErrorKind::Retry),
            ("23505", StoreErrorKind::UniqueViolation),
            ("23503", StoreErrorKind::LostRace),
            ("53200", StoreErrorKind::OutOfLocks),
            ("53100", StoreErrorKind::Resource),
            ("53300", StoreErrorKind::Resource),
            ("55000", StoreErrorKind::Resource),
            ("25006", StoreErrorKind::Resource),
            ("57P01", StoreErrorKind::Connection),
            ("08006", StoreErrorKind::Connection),
            ("22P05", StoreErrorKind::Data),
            ("23502", StoreErrorKind::Data),
            ("54000", StoreErrorKind::Data),
            ("XX000", StoreErrorKind::Data),
        ] {
            assert_eq!(kind_of(code), class, "{code}");
        }
    }

    #[test]
    fn a_code_of_any_length_has_a_class() {
        for code in ["", "0", "08", "é"] {
            let expected = if code == "08" { StoreErrorKind::Connection } else { StoreErrorKind::Data };
            assert_eq!(kind_of(code), expected, "{code:?}");
        }
    }
}
