//! The service's own statements for steps that are not Laneway's: deletes, and updates by id.

use std::collections::BTreeMap;

use laneway_model::{DocumentUuid, Outcome};
use laneway_postgres_tools::Deletion;
use laneway_postgres_tools::baseline::Baseline;

use crate::prepared::Prepared;

/// How often a statement is sent again that was a deadlock's victim, as the service does with a write conflict. Each time another
/// transaction gets through.
const CONFLICTS_MAX: u32 = 8;

/// The service, which takes all deletes and some updates.
#[derive(Debug)]
pub(crate) struct Service<'a> {
    pub(crate) baseline: &'a Baseline,
    /// Steps that are updates of the documents with these ids.
    pub(crate) updates: BTreeMap<usize, DocumentUuid>,
}

/// How a statement ended.
#[derive(Debug)]
pub(crate) enum Answer {
    Deletion(Deletion),
    Outcome(Outcome),
    /// There is no document with the id.
    NotThere,
}

impl Answer {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Deletion(Deletion::Failed { sqlstate, .. }) => sqlstate.starts_with("40"),
            Self::Outcome(outcome) => matches!(outcome, Outcome::WriteConflict { .. }),
            _ => false,
        }
    }
}

impl Service<'_> {
    /// Runs a step; `None`: it is Laneway's.
    pub(crate) async fn run(&self, steps: &[Prepared], step: usize) -> Option<Answer> {
        for _ in 0..CONFLICTS_MAX {
            let answer = self.once(steps, step).await?;
            if !answer.is_conflict() {
                return Some(answer);
            }
        }
        self.once(steps, step).await
    }

    async fn once(&self, steps: &[Prepared], step: usize) -> Option<Answer> {
        match (&steps[step], self.updates.get(&step)) {
            (Prepared::Delete(id), _) => Some(match self.baseline.delete(*id).await {
                Ok(deletion) => Answer::Deletion(deletion),
                Err(outcome) => Answer::Outcome(outcome),
            }),
            (Prepared::Upsert(operation), Some(id)) => {
                let updated = self.baseline.update(*id, operation).await;
                Some(updated.map_or(Answer::NotThere, Answer::Outcome))
            }
            _ => None,
        }
    }
}
