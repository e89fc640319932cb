//! What a run of a case showed, compared with what was expected of it.

use crate::case::{Action, Case};
use crate::content::Content;
use crate::diff::{Difference, Differences};
use crate::observed::Observed;
use crate::step_outcome::StepOutcome;

/// The most characters of a document that a difference shows.
const SHOWN_MAX: usize = 200;

pub(crate) fn compare_with_recorded(case: &Case, observed: &Observed, differences: &mut Differences) {
    let outcomes: Vec<_> = case.steps.iter().map(|step| step.outcome.clone()).collect();
    compare(case, &outcomes, &Content::expected(case), observed, differences);
}

pub(crate) fn compare(
    case: &Case,
    outcomes: &[Option<StepOutcome>],
    content: &Content,
    observed: &Observed,
    differences: &mut Differences,
) {
    for (index, expected) in outcomes.iter().enumerate() {
        let found = &observed.outcomes[index];
        let agrees = match (expected, found) {
            (Some(expected), Some(observed)) => expected.allows(observed),
            (expected, observed) => expected == observed,
        };
        if !agrees {
            differences.0.push(Difference::Outcome {
                step: index + 1,
                action: describe(&case.steps[index].action),
                expected: expected.clone(),
                observed: found.clone(),
                message: observed.messages[index].clone(),
            });
        }
    }
    differences.add_content(content, &observed.content);
}

fn describe(action: &Action) -> String {
    match action {
        Action::Delete(uuid) => format!("delete {uuid}"),
        Action::Upsert(upsert) => {
            let document = upsert.document();
            let shown: String = document.chars().take(SHOWN_MAX).collect();
            let more = if shown.len() < document.len() { "…" } else { "" };
            format!("upsert {}/{} {shown}{more}", upsert.project, upsert.endpoint)
        }
    }
}
