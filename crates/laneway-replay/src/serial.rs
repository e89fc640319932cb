//! One operation after another: by whatever upserts one at a time.

use laneway_model::{Operation, Outcome};
use laneway_postgres_tools::baseline::Baseline;

use crate::case::{Action, Step};
use crate::step_outcome::StepOutcome;

/// Something that upserts one operation.
pub trait Upserts {
    /// Whether it decides about authorization. If not, what was refused is passed over and the rest goes without
    /// strategies: a refusal leaves nothing behind.
    const AUTHORIZES: bool;

    /// Writes the operation, or returns why not.
    fn upsert(&self, operation: &Operation) -> impl Future<Output = Outcome> + Send;
}

impl Upserts for Baseline {
    const AUTHORIZES: bool = false;

    async fn upsert(&self, operation: &Operation) -> Outcome {
        Self::upsert(self, operation).await
    }
}

/// Whether a step was refused, or failed, for its strategies alone.
pub(crate) fn is_refused_for_strategies(step: &Step) -> bool {
    let Action::Upsert(upsert) = &step.action else { return false };
    match &step.outcome {
        Some(StepOutcome::NotAuthorized { .. }) => true,
        // A strategy that is not known; every other failure has a code of the database's.
        Some(StepOutcome::Failed { sqlstate: None }) => upsert.authorization.is_some(),
        _ => false,
    }
}
