//! What a run of a case showed, gathered step by step.

use laneway_model::Outcome;
use laneway_postgres_tools::Deletion;

use crate::answer::Answer;
use crate::case::{Case, Step};
use crate::content::Content;
use crate::prepared::Prepared;

/// What a run of a case showed.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What each step was answered; `None`: a delete that succeeded.
    pub answers: Vec<Option<Answer>>,
    /// What the answers said beyond what is compared.
    pub said: Vec<Option<String>>,
    /// What the store held at the end.
    pub content: Content,
}

impl Seen {
    /// The case with what was seen in place of what was expected.
    #[must_use]
    pub fn record(self, case: &Case) -> Case {
        let steps = case.steps.iter().zip(self.answers);
        Case {
            steps: steps.map(|(step, outcome)| Step { outcome, ..step.clone() }).collect(),
            store: self.content.store,
            documents: self.content.documents,
            ..case.clone()
        }
    }
}

/// The answers so far.
#[derive(Debug)]
pub(crate) struct Answers {
    answers: Vec<Option<Answer>>,
    said: Vec<Option<String>>,
}

impl Answers {
    /// Before the first step: only what extraction has refused is answered.
    pub(crate) fn of(steps: &[Prepared]) -> Self {
        let mut answers = Self { answers: vec![None; steps.len()], said: vec![None; steps.len()] };
        for (place, step) in steps.iter().enumerate() {
            if let Prepared::Refused(outcome) = step {
                answers.settle(place, outcome.clone());
            }
        }
        answers
    }

    pub(crate) fn settle(&mut self, place: usize, outcome: Outcome) {
        self.said[place] = match &outcome {
            Outcome::InvalidDocument { message, .. }
            | Outcome::UnknownResource { message, .. }
            | Outcome::Failed { message, .. }
            | Outcome::PluginFailed { message } => Some(message.clone()),
            _ => None,
        };
        self.answers[place] = Some(Answer::of(outcome));
    }

    pub(crate) fn deleted(&mut self, place: usize, deletion: Deletion) {
        if let Deletion::Failed { message, .. } = &deletion {
            self.said[place] = Some(message.clone());
        }
        self.answers[place] = Answer::of_deletion(deletion);
    }

    pub(crate) fn seen(self, content: Content) -> Seen {
        Seen { answers: self.answers, said: self.said, content }
    }
}
