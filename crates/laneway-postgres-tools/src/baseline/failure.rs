//! From a statement's failure to the operation's outcome.

use laneway_model::{Operation, Outcome, SqlState};
use laneway_pgconfig::chain;
use laneway_postgres::sqlstate::{is_unique_violation, is_write_conflict};

/// A statement's failure, by what it means for the operation.
pub(super) enum Failure {
    /// Another document holds the identity or the document's id.
    Conflict(Outcome),
    Database {
        sqlstate: Option<SqlState>,
        message: String,
    },
}

impl Failure {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        // The primary message only: DETAIL may carry values of documents.
        let message = error.as_db_error().map_or_else(|| chain(error), |error| error.message().to_owned());
        Self::Database { sqlstate: error.code().and_then(|code| SqlState::new(code.code())), message }
    }

    /// What the failure of a statement of an insert means: any unique key that it violates is the document's identity.
    pub(super) fn of_insert(error: &tokio_postgres::Error, operation: &Operation) -> Self {
        if is_unique_violation(error) {
            return Self::Conflict(Outcome::identity_conflict(&operation.extraction));
        }
        Self::of(error)
    }

    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Conflict(outcome) => outcome,
            Self::Database { sqlstate, .. } if sqlstate.is_some_and(is_write_conflict) => {
                Outcome::WriteConflict { sqlstate }
            }
            Self::Database { sqlstate, message } => Outcome::Failed { sqlstate, message },
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::of(&error)
    }
}

/// The outcome of what the database refused.
pub(super) fn failed(sqlstate: Option<&str>, message: impl Into<String>) -> Outcome {
    Outcome::Failed { sqlstate: sqlstate.and_then(SqlState::new), message: message.into() }
}
