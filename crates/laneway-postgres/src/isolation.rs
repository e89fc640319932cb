//! How flushes are isolated, and what the choice makes of their locks. Knows neither connections nor statements' purposes.

use std::fmt;
use std::str::FromStr;

/// How a flush's transaction is isolated from those of other sessions. Outcomes and store are those of a serial run with either,
/// as long as all that write to the store take Laneway's locks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    #[default]
    ReadCommitted,
    /// All statements see what was committed before the first of them. A row that another session has changed since is not
    /// written to: the flush begins again (SQLSTATE 40001). Locks are those of the session, so each connection must lead to one
    /// session of the server.
    RepeatableRead,
}

/// A name that is none of [`Isolation`]'s.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no isolation; there are read-committed and repeatable-read")]
pub struct IsolationError(String);

/// Lets go of the session's locks.
pub(crate) const UNLOCK: &str = "SELECT pg_catalog.pg_advisory_unlock_all()";

/// The functions by which a transaction's locks are taken, as the statements in `queries/flush` name them.
const LOCK: &str = "pg_advisory_xact_lock";
/// Those by which a session's are.
const SESSION_LOCK: &str = "pg_advisory_lock";

impl Isolation {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::ReadCommitted, Self::RepeatableRead];

    /// The name in options and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read-committed",
            Self::RepeatableRead => "repeatable-read",
        }
    }

    /// Whether locks are the session's, not the transaction's. A snapshot is as old as its transaction's first statement, and so
    /// would be as old as the first lock; these are taken before the transaction begins.
    pub(crate) fn locks_by_session(self) -> bool {
        self == Self::RepeatableRead
    }

    /// A statement that takes locks, as it takes them.
    pub(crate) fn adapt(self, text: &str) -> String {
        if self.locks_by_session() { text.replace(LOCK, SESSION_LOCK) } else { text.to_owned() }
    }

    /// PostgreSQL's functions by which locks are taken and let go.
    pub(crate) fn functions(self) -> &'static [&'static str] {
        match self {
            Self::ReadCommitted => {
                &["pg_catalog.pg_advisory_xact_lock(bigint)", "pg_catalog.pg_advisory_xact_lock_shared(bigint)"]
            }
            Self::RepeatableRead => &[
                "pg_catalog.pg_advisory_lock(bigint)",
                "pg_catalog.pg_advisory_lock_shared(bigint)",
                "pg_catalog.pg_advisory_unlock_all()",
            ],
        }
    }

    /// The batch that ends a transaction of which nothing is to stay, locks included.
    pub(crate) fn rollback(self) -> &'static str {
        match self {
            Self::ReadCommitted => "ROLLBACK",
            Self::RepeatableRead => "ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()",
        }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Isolation {
    type Err = IsolationError;

    fn from_str(name: &str) -> Result<Self, IsolationError> {
        Self::ALL.into_iter().find(|of| of.as_str() == name).ok_or_else(|| IsolationError(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        for isolation in Isolation::ALL {
            assert_eq!(isolation.to_string().parse(), Ok(isolation));
        }
        assert!("serializable".parse::<Isolation>().is_err());
    }

    #[test]
    fn a_sessions_locks_are_taken_and_let_go_by_the_functions_that_are_asked_for() {
        let lock = include_str!("../queries/flush/lock_named.sql");
        for isolation in Isolation::ALL {
            let text = isolation.adapt(lock);
            for function in &isolation.functions()[..2] {
                let name = function.trim_start_matches("pg_catalog.").trim_end_matches("(bigint)");
                assert!(text.contains(&format!("{name}(key)")), "{name}: {text}");
            }
            assert_eq!(text.contains("xact"), !isolation.locks_by_session(), "{text}");
        }
        assert!(Isolation::RepeatableRead.rollback().ends_with(UNLOCK));
    }
}
