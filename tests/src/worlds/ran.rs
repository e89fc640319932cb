//! What a run of a world showed, and the same world on the model in the order that the run reported.

use std::collections::{BTreeMap, BTreeSet};

use laneway_memory::{Model, Referenced};
use laneway_model::{Operation, Outcome, OutcomeKind, ReferentialId};
use laneway_postgres_tools::Deletion;
use laneway_replay::{Prepared, StepOutcome};

use super::order::batch_order;

/// What a run of a world showed.
#[derive(Default, Debug)]
pub(super) struct Ran {
    /// How each step ended; `None`: a delete that succeeded, or a step that was passed over.
    pub(super) outcomes: Vec<Option<StepOutcome>>,
    /// The steps in the order in which they took effect, the members of a circle together.
    pub(super) units: Vec<Vec<usize>>,
    /// Where the order was not as it should be.
    pub(super) illegal: Vec<String>,
}

impl Ran {
    /// Before anything: what extraction has refused has ended.
    pub(super) fn of(steps: &[Prepared]) -> Self {
        let refused = |step: &Prepared| match step {
            Prepared::Refused(outcome) => Some(StepOutcome::of(outcome.clone())),
            _ => None,
        };
        Self { outcomes: steps.iter().map(refused).collect(), ..Self::default() }
    }

    pub(super) fn settle(&mut self, step: usize, outcome: Outcome) {
        self.outcomes[step] = Some(StepOutcome::of(outcome));
    }
}

/// A step's operation.
pub(super) fn operation(steps: &[Prepared], step: usize) -> Option<&Operation> {
    if let Prepared::Upsert(operation) = &steps[step] { Some(operation) } else { None }
}

/// The units of steps that one transaction reported, in that order. What stands before something that it refers to counted on it:
/// they are members of a circle, with all that stands between them.
pub(super) fn units(steps: &[Prepared], transaction: &[usize]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut end = 0;
    for (at, step) in transaction.iter().enumerate() {
        match units.last_mut().filter(|_| at < end) {
            Some(unit) => unit.push(*step),
            None => units.push(vec![*step]),
        }
        let counts_on = |later: &usize| refers(steps, *step, transaction[*later]);
        let last = (at + 1..transaction.len()).rev().find(counts_on);
        end = end.max(last.map_or(at + 1, |last| last + 1));
    }
    units
}

fn refers(steps: &[Prepared], from: usize, to: usize) -> bool {
    let Some((from, to)) = operation(steps, from).zip(operation(steps, to)) else { return false };
    let own: Vec<ReferentialId> = from.extraction.own_ids().collect();
    let ids: Vec<ReferentialId> = to.extraction.own_ids().filter(|id| !own.contains(id)).collect();
    from.extraction.referenced_ids().any(|id| ids.contains(&id))
}

/// A world on the model.
pub(super) struct Modelled {
    pub(super) outcomes: Vec<Option<StepOutcome>>,
    pub(super) model: Model,
    /// What was not there when an operation was refused for its references.
    pub(super) missing: BTreeMap<usize, Vec<ReferentialId>>,
    /// Of members of circles that were refused so, the outcome if the others of their circle had been there.
    pub(super) counting: BTreeMap<usize, StepOutcome>,
}

/// Runs units of steps one after another on the model.
pub(super) fn modelled(steps: &[Prepared], units: &[Vec<usize>]) -> Modelled {
    let mut ran = Ran::of(steps);
    let (mut model, mut missing, mut counting) = (Model::default(), BTreeMap::new(), BTreeMap::new());
    for unit in units {
        if let [step] = unit[..]
            && let Prepared::Delete(uuid) = &steps[step]
        {
            let deletion = model.delete(*uuid).map_or_else(|Referenced| Deletion::Referenced, |()| Deletion::Gone);
            ran.outcomes[step] = StepOutcome::of_deletion(deletion);
            continue;
        }
        let members: Vec<&Operation> = unit.iter().filter_map(|step| operation(steps, *step)).collect();
        let outcomes = model.upsert_together(&members);
        for ((step, member), outcome) in unit.iter().zip(members).zip(outcomes) {
            if matches!(outcome.kind(), OutcomeKind::InvalidReferences | OutcomeKind::InvalidDescriptors) {
                let ids = member.extraction.referenced_ids().filter(|id| !model.contains(*id));
                missing.insert(*step, ids.collect());
                let counted = model.outcome_counting(member, &circle(steps, *step));
                counting.insert(*step, StepOutcome::of(counted));
            }
            ran.settle(*step, outcome);
        }
    }
    Modelled { outcomes: ran.outcomes, model, missing, counting }
}

/// The identities of all that refer to each other with this step, in the whole world.
pub(super) fn circle(steps: &[Prepared], step: usize) -> BTreeSet<ReferentialId> {
    let upserts: Vec<usize> = (0..steps.len()).filter(|step| operation(steps, *step).is_some()).collect();
    let operations: Vec<&Operation> = upserts.iter().filter_map(|step| operation(steps, *step)).collect();
    let unit = batch_order(&operations).into_iter().find(|unit| unit.iter().any(|at| upserts[*at] == step));
    unit.into_iter().flatten().flat_map(|at| operations[at].extraction.own_ids()).collect()
}
