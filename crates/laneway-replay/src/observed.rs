//! What a run of a case showed, gathered step by step.

use laneway_model::Outcome;
use laneway_postgres_tools::Deletion;

use crate::case::{Case, Step};
use crate::content::Content;
use crate::prepared::Prepared;
use crate::service::Answer;
use crate::step_outcome::StepOutcome;

/// What a run of a case showed.
#[derive(Clone, Debug)]
pub struct Observed {
    /// How each step ended; `None`: a delete that succeeded.
    pub outcomes: Vec<Option<StepOutcome>>,
    /// The message of each outcome that has one; not compared.
    pub messages: Vec<Option<String>>,
    /// What the store held at the end.
    pub content: Content,
}

impl Observed {
    /// The case with what was observed in step of what was expected.
    #[must_use]
    pub fn record(self, case: &Case) -> Case {
        let steps = case.steps.iter().zip(self.outcomes);
        Case {
            steps: steps.map(|(step, outcome)| Step { outcome, ..step.clone() }).collect(),
            store: self.content.store,
            documents: self.content.documents,
            ..case.clone()
        }
    }
}

/// The outcomes so far.
#[derive(Debug)]
pub(crate) struct Outcomes {
    outcomes: Vec<Option<StepOutcome>>,
    messages: Vec<Option<String>>,
}

impl Outcomes {
    /// Before the first step: only what extraction has refused has ended.
    pub(crate) fn of(steps: &[Prepared]) -> Self {
        let mut outcomes = Self { outcomes: vec![None; steps.len()], messages: vec![None; steps.len()] };
        for (index, step) in steps.iter().enumerate() {
            if let Prepared::Refused(outcome) = step {
                outcomes.settle(index, outcome.clone());
            }
        }
        outcomes
    }

    pub(crate) fn settle(&mut self, step: usize, outcome: Outcome) {
        self.messages[step] = match &outcome {
            Outcome::InvalidDocument { message, .. }
            | Outcome::UnknownResource { message, .. }
            | Outcome::Failed { message, .. }
            | Outcome::PluginFailed { message } => Some(message.clone()),
            _ => None,
        };
        self.outcomes[step] = Some(StepOutcome::of(outcome));
    }

    pub(crate) fn deleted(&mut self, step: usize, deletion: Deletion) {
        if let Deletion::Failed { message, .. } = &deletion {
            self.messages[step] = Some(message.clone());
        }
        self.outcomes[step] = StepOutcome::of_deletion(deletion);
    }

    pub(crate) fn answered(&mut self, step: usize, answer: Answer) {
        match answer {
            Answer::Deletion(deletion) => self.deleted(step, deletion),
            Answer::Outcome(outcome) => self.settle(step, outcome),
            Answer::NotThere => self.outcomes[step] = Some(StepOutcome::NotThere),
        }
    }

    pub(crate) fn observed(self, content: Content) -> Observed {
        Observed { outcomes: self.outcomes, messages: self.messages, content }
    }
}
