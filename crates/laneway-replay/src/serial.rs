//! One operation after another: by whatever upserts one at a time.

use laneway_model::{Operation, Outcome};
use laneway_postgres::comparison::Comparison;

use crate::answer::Answer;
use crate::case::Step;

/// Something that upserts one operation.
pub trait Upserts {
    /// Writes the operation, or says why not.
    fn upsert(&self, operation: &Operation) -> impl Future<Output = Outcome> + Send;
}

impl Upserts for Comparison {
    async fn upsert(&self, operation: &Operation) -> Outcome {
        Self::upsert(self, operation).await
    }
}

/// Whose answers are expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// Laneway's.
    Laneway,
    /// The DMS's own, where Laneway differs on purpose.
    Dms,
}

impl Basis {
    /// What a step is expected to be answered.
    pub(crate) fn expected(self, step: &Step) -> Option<Answer> {
        match (self, &step.dms) {
            // An answer that is none of the known ones ("error") is a failure of some kind.
            (Self::Dms, Some(dms)) => {
                Some(serde_json::from_value(dms.clone()).unwrap_or(Answer::Failed { sqlstate: None }))
            }
            _ => step.outcome.clone(),
        }
    }
}
