//! What a run of a world showed, and the same world on the model in the order that the run reported.

use std::collections::{BTreeMap, BTreeSet};

use laneway_memory::{Member, Model, Referenced};
use laneway_model::{Operation, Outcome, OutcomeKind, ReferentialId};
use laneway_postgres_tools::Deletion;
use laneway_replay::{Prepared, StepOutcome};

/// What a run of a world showed.
#[derive(Default, Debug)]
pub(super) struct Ran {
    /// How each step ended; `None`: a delete that succeeded, or a step that was passed over.
    pub(super) outcomes: Vec<Option<StepOutcome>>,
    /// The steps in the order in which they took effect, the members of a circle together.
    pub(super) units: Vec<Vec<usize>>,
    /// Where something was not as it should be.
    pub(super) illegal: Vec<String>,
    /// The steps whose outcome need not be that of a serial run, as it was shown to follow from the rule of circles.
    pub(super) explained: BTreeSet<usize>,
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

/// Whether the first refers to the second; to itself, or to another of its own identity, does not count.
pub(super) fn refers(from: &Operation, to: &Operation) -> bool {
    let own: Vec<ReferentialId> = from.extraction.own_ids().collect();
    let ids: Vec<ReferentialId> = to.extraction.own_ids().filter(|id| !own.contains(id)).collect();
    from.extraction.referenced_ids().any(|id| ids.contains(&id))
}

/// A world on the model.
pub(super) struct Modelled {
    pub(super) outcomes: Vec<Option<StepOutcome>>,
    pub(super) model: Model,
    /// What became of the members of circles.
    pub(super) members: BTreeMap<usize, Member>,
    /// What was not there when an operation was refused for its references.
    pub(super) missing: BTreeMap<usize, Vec<ReferentialId>>,
    /// Of those, the outcomes if others had been decided together with them.
    pub(super) in_circle: BTreeMap<usize, Vec<InCircle>>,
}

/// An outcome if others had been decided together with it.
pub(super) struct InCircle {
    pub(super) outcome: StepOutcome,
    /// The identities of the others, which counted as present.
    pub(super) present: BTreeSet<ReferentialId>,
}

/// Runs units of steps one after another on the model. `together` says which steps may have been decided together with one that
/// is refused for its references, given the outcome without them.
pub(super) fn modelled(
    steps: &[Prepared],
    units: &[Vec<usize>],
    together: impl Fn(usize, &StepOutcome) -> Vec<Vec<usize>>,
) -> Modelled {
    let mut ran = Ran::of(steps);
    let (mut model, mut members) = (Model::default(), BTreeMap::new());
    let (mut missing, mut in_circle) = (BTreeMap::new(), BTreeMap::new());
    for unit in units {
        if let [step] = unit[..]
            && let Prepared::Delete(uuid) = &steps[step]
        {
            let deletion = model.delete(*uuid).map_or_else(|Referenced| Deletion::Referenced, |()| Deletion::Gone);
            ran.outcomes[step] = StepOutcome::of_deletion(deletion);
            continue;
        }
        let operations: Vec<&Operation> = unit.iter().filter_map(|step| operation(steps, *step)).collect();
        let written = model.upsert_together(&operations);
        for ((step, operation), member) in unit.iter().zip(operations).zip(written) {
            if matches!(member.outcome.kind(), OutcomeKind::InvalidReferences | OutcomeKind::InvalidDescriptors) {
                let ids = operation.extraction.referenced_ids().filter(|id| !model.contains(*id));
                missing.insert(*step, ids.collect());
                let sets = together(*step, &StepOutcome::of(member.outcome.clone()));
                in_circle
                    .insert(*step, sets.iter().flat_map(|others| decided(steps, &model, operation, others)).collect());
            }
            ran.settle(*step, member.outcome.clone());
            members.insert(*step, member);
        }
    }
    Modelled { outcomes: ran.outcomes, model, members, missing, in_circle }
}

/// What becomes of an operation in one circle with others, before or behind them.
fn decided(steps: &[Prepared], model: &Model, of: &Operation, others: &[usize]) -> [InCircle; 2] {
    let others: Vec<&Operation> = others.iter().filter_map(|step| operation(steps, *step)).collect();
    let present: BTreeSet<ReferentialId> = others.iter().flat_map(|other| other.extraction.own_ids()).collect();
    [0, others.len()].map(|at| {
        let mut members = others.clone();
        members.insert(at, of);
        let outcome = model.clone().upsert_together(&members).swap_remove(at).outcome;
        InCircle { outcome: StepOutcome::of(outcome), present: present.clone() }
    })
}
