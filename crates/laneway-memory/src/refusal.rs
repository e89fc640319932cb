//! Why an upsert leaves nothing behind.

use laneway_model::{Extraction, Outcome, SqlState};

/// Why an upsert leaves nothing behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// By the rules, before anything is written.
    Outcome(Outcome),
    /// A unique key is taken.
    Unique,
    /// The database refuses, with this code.
    Sql(&'static str),
}

impl Refusal {
    pub(crate) fn sql(code: &'static str) -> Self {
        Self::Sql(code)
    }

    /// What the caller gets.
    pub(crate) fn outcome(self, extraction: &Extraction) -> Outcome {
        match self {
            Self::Outcome(outcome) => outcome,
            Self::Unique => Outcome::identity_conflict(extraction),
            Self::Sql(code) => {
                Outcome::Failed { sqlstate: SqlState::new(code), message: format!("the database refuses: {code}") }
            }
        }
    }
}
