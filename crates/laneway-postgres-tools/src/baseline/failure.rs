//! From a statement's failure to the operation's outcome.

use laneway_model::{Operation, Outcome};
use laneway_pgconfig::chain;
use tokio_postgres::error::SqlState;

/// A statement's failure, by what it means for the operation.
pub(super) enum Failure {
    /// Another document holds the identity or the document's id.
    Conflict(Outcome),
    Database {
        code: Option<SqlState>,
        message: String,
    },
}

impl Failure {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        // The primary message only: DETAIL may carry values of documents.
        let message = error.as_db_error().map_or_else(|| chain(error), |error| error.message().to_owned());
        Self::Database { code: error.code().cloned(), message }
    }

    /// What the failure of a statement of an insert means: any unique key that it violates is the document's identity.
    pub(super) fn of_insert(error: &tokio_postgres::Error, operation: &Operation) -> Self {
        if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
            return Self::Conflict(Outcome::identity_conflict(&operation.extraction));
        }
        Self::of(error)
    }

    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Conflict(outcome) => outcome,
            Self::Database { code: Some(code), .. }
                if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(&code) =>
            {
                Outcome::WriteConflict { sqlstate: laneway_model::SqlState::new(code.code()) }
            }
            Self::Database { code, message } => failed(code.as_ref().map(SqlState::code), message),
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
    Outcome::Failed { sqlstate: sqlstate.and_then(laneway_model::SqlState::new), message: message.into() }
}
