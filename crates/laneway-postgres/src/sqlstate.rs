//! SQLSTATEs (PostgreSQL 15 to 18, appendix A): of which kind each failure is, and the codes that are asked for by name.
//! Crates that do not know this one, and messages that give a hint for a code, name it as the driver does
//! (`tokio_postgres::error::SqlState`).

use laneway_core::store::{StoreErrorKind, StoreErrorKind::*};
use laneway_model::{Outcome, SqlState};

/// Another transaction wrote first.
const SERIALIZATION_FAILURE: &str = "40001";
/// The server chose the transaction as a deadlock's victim.
const DEADLOCK_DETECTED: &str = "40P01";
/// A row that is referred to is missing, or was about to be removed; from PostgreSQL 18 on the latter has a code of its own.
const FOREIGN_KEY_VIOLATIONS: [&str; 2] = ["23503", "23001"];
/// Another row has the key.
const UNIQUE_VIOLATION: &str = "23505";
/// The role lacks a right.
const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// No room for files.
const DISK_FULL: &str = "53100";
/// `lock_timeout` passed.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// A statement behind a failed one of the same transaction.
const IN_FAILED_SQL_TRANSACTION: &str = "25P02";
/// From `pg_xact_status`: the transaction id lies in the future.
const INVALID_PARAMETER_VALUE: &str = "22023";

/// The kind of each class (two characters) and, before its class, of each code that differs from it; the last column says
/// what it is in Laneway's statements. Every class of PostgreSQL's that reports an error is listed.
pub const KINDS: &[(&str, StoreErrorKind, &str)] = &[
    ("03", StaleSession, "statement not yet complete"),
    ("08", Connection, "connection exception; a pooler's own errors"),
    ("09", Document, "an error in a trigger"),
    ("0A", StaleSession, "feature not supported: a prepared plan whose table has changed"),
    ("0B", StaleSession, "invalid transaction initiation"),
    ("0F", Document, "a function's error, from a trigger"),
    ("0L", Permanent, "invalid grantor"),
    ("0P", Permanent, "invalid role"),
    ("0Z", Document, "a function's error, from a trigger"),
    ("10", Document, "XQuery error"),
    ("20", Document, "a function's error, from a trigger"),
    ("21", Document, "cardinality violation"),
    ("22", Document, "a value that cannot be stored: an escaped NUL, a number out of range, a text too long"),
    ("23001", LostRace, "a row that is referred to was about to be removed (18 and newer)"),
    ("23503", LostRace, "a row that is referred to is missing, or was about to be removed"),
    ("23505", UniqueViolation, "another row has the key"),
    ("23", Document, "another constraint"),
    ("24", StaleSession, "invalid cursor state"),
    ("25006", Connection, "the server became a standby"),
    ("25P03", Connection, "`idle_in_transaction_session_timeout` passed"),
    ("25P04", Transient, "`transaction_timeout` passed (17 and newer); the server closes the connection"),
    ("25", StaleSession, "another state of the transaction than ours: a pooler between"),
    ("26", StaleSession, "a prepared statement is gone: a pooler between"),
    ("27", Document, "a trigger changed the row"),
    ("28", LoginRefused, "user, password or pg_hba.conf"),
    ("2B", Permanent, "dependent privileges"),
    ("2D", StaleSession, "invalid transaction termination"),
    ("2F", Document, "a function's error, from a trigger"),
    ("34", StaleSession, "a portal is gone"),
    ("38", Document, "a function's error, from a trigger"),
    ("39", Document, "a function's error, from a trigger"),
    ("3B", StaleSession, "savepoint exception"),
    ("3D", Unavailable, "the database is not there"),
    ("3F", Unavailable, "the schema is not there"),
    ("40002", Document, "a deferred constraint"),
    ("40", Transient, "serialization failure, deadlock"),
    ("42501", Permanent, "a right is missing"),
    ("42602", Permanent, "invalid name"),
    ("42703", Unavailable, "a column is not there: the store is being deployed"),
    ("42704", Unavailable, "an object is not there: the store is being deployed"),
    ("42883", Unavailable, "a function is not there: the store is being deployed"),
    ("42P01", Unavailable, "a table is not there: the store is being deployed"),
    ("42P05", StaleSession, "a prepared statement exists already: a pooler between"),
    ("42", Permanent, "the statement does not fit the tables"),
    ("44", Document, "WITH CHECK OPTION"),
    ("53200", OutOfLocks, "out of shared memory: in practice the lock table"),
    ("53", Unavailable, "no connection, disk or memory left"),
    ("54", Document, "a limit of the server: an index entry or a row too large"),
    ("55P02", Permanent, "a setting that cannot be changed now"),
    ("55P03", Locked, "`lock_timeout` passed"),
    ("55P04", Permanent, "unsafe use of a new enum value"),
    ("55006", Transient, "object in use"),
    ("55", Connection, "object not in the state needed: recovery in progress"),
    ("57014", Transient, "`statement_timeout` passed, or an operator cancelled the statement"),
    ("57000", Transient, "operator intervention"),
    ("57P03", Unavailable, "the server starts, stops or recovers"),
    ("57P04", Unavailable, "the database was dropped"),
    ("57", Connection, "the server shuts down, or an operator or a timeout closed the connection"),
    ("58", Unavailable, "an error of the operating system"),
    ("72", Transient, "snapshot too old"),
    ("F0", Unavailable, "an error in the server's configuration file"),
    ("HV", Document, "a foreign table, from a trigger"),
    ("P0", Document, "RAISE in a trigger"),
    ("XX", StaleSession, "internal error: an object that a plan names was replaced"),
];

/// The kind of a failure with this code; one of a class that PostgreSQL does not have is treated as a session that no
/// longer fits: it is tried again elsewhere, then halved.
#[must_use]
pub fn kind_of(code: &str) -> StoreErrorKind {
    let of = |prefix: Option<&str>| {
        let row = KINDS.iter().find(|(listed, ..)| Some(*listed) == prefix);
        row.map(|(_, kind, _)| *kind)
    };
    of(Some(code)).or_else(|| of(code.get(..2))).unwrap_or(StaleSession)
}

/// What `docs/failures.md` ends with: each kind with its reaction, and each code with its kind.
#[must_use]
pub fn as_markdown() -> String {
    let mut text = "## Kinds\n\n| kind | what is done |\n|---|---|\n".to_owned();
    for kind in StoreErrorKind::ALL {
        text.push_str(&format!("| *{}* | {} |\n", kind.as_str(), kind.reaction()));
    }
    text.push_str("\n## Codes\n\n| SQLSTATE | kind | in a statement of Laneway's |\n|---|---|---|\n");
    for (code, kind, meaning) in KINDS {
        text.push_str(&format!("| {code} | *{}* | {meaning} |\n", kind.as_str()));
    }
    text
}

/// Whether the error only follows from an earlier one of its pipeline.
pub(crate) fn is_consequence(error: &tokio_postgres::Error) -> bool {
    has_code(error, IN_FAILED_SQL_TRANSACTION)
}

/// Whether a lock was held for longer than it was to be waited for.
pub(crate) fn is_lock_timeout(error: &tokio_postgres::Error) -> bool {
    has_code(error, LOCK_NOT_AVAILABLE)
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
    FOREIGN_KEY_VIOLATIONS.iter().any(|code| has_code(error, code))
}

/// Whether the server gave the transaction up in favour of another: it may succeed when it is repeated.
#[must_use]
pub fn is_write_conflict(code: SqlState) -> bool {
    [SERIALIZATION_FAILURE, DEADLOCK_DETECTED].contains(&code.as_str())
}

fn has_code(error: &tokio_postgres::Error, code: &str) -> bool {
    error.code().is_some_and(|found| found.code() == code)
}

/// Whether an operation failed because the store could not be used, and others will fail in the same way.
#[must_use]
pub fn is_store_lost(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed { sqlstate: Some(code), .. } => {
            matches!(kind_of(code.as_str()), Connection | Unavailable | LoginRefused | Permanent)
        }
        Outcome::Failed { sqlstate: None, .. } | Outcome::InDoubt => true,
        _ => false,
    }
}

/// Whether an operation failed because of what only an operator can change.
#[must_use]
pub fn is_permanent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { sqlstate: Some(code), .. } if kind_of(code.as_str()) == Permanent)
}

/// Whether an operation failed because the server's disk is full.
#[must_use]
pub fn is_disk_full(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { sqlstate: Some(code), .. } if code.as_str() == DISK_FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The classes of PostgreSQL 18 that report errors; 00, 01 and 02 are success, warnings and "no data".
    const CLASSES: &str = "03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 \
                           53 54 55 57 58 72 F0 HV P0 XX";

    #[test]
    fn the_document_shows_the_tables() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/failures.md");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.ends_with(&as_markdown()), "docs/failures.md does not end with what `--example failures` prints");
    }

    #[test]
    fn each_kind_is_some_code_s_or_the_connection_s() {
        for kind in StoreErrorKind::ALL {
            let without_code = [StoreErrorKind::InDoubt].contains(&kind);
            assert_eq!(KINDS.iter().any(|(_, of, _)| *of == kind), !without_code, "{kind:?}");
        }
    }

    #[test]
    fn every_class_has_a_row() {
        for class in CLASSES.split_whitespace() {
            assert!(KINDS.iter().any(|(listed, ..)| *listed == class), "{class} has no row");
        }
    }

    #[test]
    fn a_code_comes_before_its_class_and_once() {
        for (at, (listed, ..)) in KINDS.iter().enumerate() {
            let later = &KINDS[at + 1..];
            assert!(!later.iter().any(|(other, ..)| other == listed), "{listed} is listed twice");
            let class_above = KINDS[..at].iter().any(|(other, ..)| other.len() == 2 && listed.starts_with(other));
            assert!(listed.len() == 2 || !class_above, "{listed} stands behind its class");
        }
    }

    #[test]
    fn a_code_of_any_length_has_a_kind() {
        for (code, kind) in [("", StaleSession), ("0", StaleSession), ("08", Connection), ("é", StaleSession)] {
            assert_eq!(kind_of(code), kind, "{code:?}");
        }
    }
}
