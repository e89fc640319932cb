//! What the runtime reported of a world, and whether that may be: the order, and what was refused. Pure.

use std::collections::BTreeSet;

use laneway_model::{Operation, Outcome, ReferentialId};
use laneway_replay::{Prepared, StepOutcome};

use super::hosted::Handed;
use super::in_flight::{Flying, InFlight};
use super::ran::{InCircle, Modelled, Ran, modelled, operation, refers};

/// A world's operations as the runtime reported them.
pub(super) struct Reported<'a> {
    steps: &'a [Prepared],
    /// In the reported order.
    handed: Vec<Handed>,
}

impl<'a> Reported<'a> {
    pub(super) fn new(steps: &'a [Prepared], handed: Vec<Handed>) -> Self {
        Self { steps, handed }
    }

    /// The run as it was reported, with all that is not as it should be, and the same on the model.
    pub(super) fn judged(&self) -> (Ran, Modelled) {
        let mut ran = Ran::of(self.steps);
        let transactions = self.handed.chunk_by(|one, other| sequence(one) == sequence(other));
        ran.units = transactions.flat_map(|transaction| self.units(transaction)).collect();
        let together = |step: usize, outcome: &StepOutcome| {
            let differs = |at: &usize| StepOutcome::of(self.handed[*at].completion.outcome.clone()) != *outcome;
            self.place(step).filter(differs).map(|at| self.in_flight(at).together()).unwrap_or_default()
        };
        let modelled = modelled(self.steps, &ran.units, together);
        self.handed.iter().for_each(|handed| ran.settle(handed.step, handed.completion.outcome.clone()));
        self.check_order(&mut ran);
        self.check_circles(&mut ran);
        for at in 0..self.handed.len() {
            self.check_refusal(at, &modelled, &mut ran);
        }
        (ran, modelled)
    }

    /// The units of one transaction. What stands before something that it refers to counted on it: they are members of a circle,
    /// with all that stands between them.
    fn units(&self, transaction: &[Handed]) -> Vec<Vec<usize>> {
        // What the database refuses, it refuses in all that cannot be written apart.
        if transaction.iter().any(|handed| is_refused_by_database(&handed.completion.outcome)) {
            return vec![transaction.iter().map(|handed| handed.step).collect()];
        }
        let mut units: Vec<Vec<usize>> = Vec::new();
        let mut end = 0;
        for (at, Handed { step, .. }) in transaction.iter().enumerate() {
            match units.last_mut().filter(|_| at < end) {
                Some(unit) => unit.push(*step),
                None => units.push(vec![*step]),
            }
            let counts_on = |later: &usize| {
                let pair = self.operation(*step).zip(self.operation(transaction[*later].step));
                pair.is_some_and(|(from, to)| refers(from, to))
            };
            let last = (at + 1..transaction.len()).rev().find(counts_on);
            end = end.max(last.map_or(at + 1, |last| last + 1));
        }
        units
    }

    /// Nothing before it was handed over or behind its end, and upserts of one identity as they were accepted.
    fn check_order(&self, ran: &mut Ran) {
        // In the reported order: `first` takes effect before `second`.
        for (at, first) in self.handed.iter().enumerate() {
            for second in &self.handed[at + 1..] {
                if let Some(fault) = self.fault(first, second) {
                    ran.illegal.push(format!("step {} before step {}: {fault}", first.step + 1, second.step + 1));
                }
            }
        }
    }

    fn fault(&self, first: &Handed, second: &Handed) -> Option<&'static str> {
        if second.times.ended < first.times.began {
            return Some("the second had ended when the first was handed over");
        }
        let (one, other) = (self.operation(first.step)?, self.operation(second.step)?);
        let share = one.extraction.own_ids().any(|id| other.extraction.own_ids().any(|own| own == id));
        let is_accepted_before = second.times.accepted < first.times.began;
        (is_accepted_before && share).then_some("both have one identity, and the second was accepted first")
    }

    /// What was refused together, because the database refused one of it, is one circle.
    fn check_circles(&self, ran: &mut Ran) {
        let is_refused = |step: &usize| {
            self.place(*step).is_some_and(|at| is_refused_by_database(&self.handed[at].completion.outcome))
        };
        for unit in ran.units.iter().filter(|unit| unit.len() > 1 && unit.iter().any(is_refused)) {
            let Some(at) = self.place(unit[0]) else { continue };
            let circle = self.in_flight(at).circle();
            if !unit[1..].iter().all(|step| circle.contains(step)) {
                let steps: Vec<usize> = unit.iter().map(|step| step + 1).collect();
                ran.illegal.push(format!("steps {steps:?} were refused together, and are no circle"));
            }
        }
    }

    /// An operation is refused for its references only when nothing was on its way that it could have waited for. Others of its
    /// circle may have counted as present: they are reported behind it, as they were tried again, alone, when it had been refused.
    fn check_refusal(&self, at: usize, modelled: &Modelled, ran: &mut Ran) {
        let Handed { step, completion, .. } = &self.handed[at];
        let Some(missing) = modelled.missing.get(step) else { return };
        let missing: BTreeSet<ReferentialId> = missing.iter().copied().collect();
        let in_flight = self.in_flight(at);
        let observed = StepOutcome::of(completion.outcome.clone());
        if modelled.outcomes[*step].as_ref() == Some(&observed) {
            if let Some(name) = in_flight.unexplained(&missing) {
                ran.illegal.push(format!("step {} did not wait for what was on its way: {name}", step + 1));
            }
            return;
        }
        let explains = |decided: &InCircle| {
            let missing: BTreeSet<ReferentialId> = missing.difference(&decided.present).copied().collect();
            decided.outcome == observed && (missing.is_empty() || in_flight.unexplained(&missing).is_none())
        };
        let is_refused = !completion.outcome.is_stored();
        if is_refused && modelled.in_circle.get(step).is_some_and(|decided| decided.iter().any(explains)) {
            ran.explained.insert(*step);
        }
    }

    fn in_flight(&self, at: usize) -> InFlight<'_> {
        let decided = &self.handed[at];
        let flying = |place: usize| {
            let Handed { step, times, .. } = &self.handed[place];
            let surely = place > at && times.accepted < decided.times.began;
            Some(Flying { step: *step, operation: self.operation(*step)?, place, surely })
        };
        // What stands before it in its transaction, and was refused there, may have counted as present, too.
        let before = (0..at).filter(|place| {
            let other = &self.handed[*place];
            sequence(other) == sequence(decided) && !other.completion.outcome.is_stored()
        });
        let behind = (at + 1..self.handed.len()).filter(|place| self.handed[*place].times.began < decided.times.ended);
        InFlight::new(flying(at).expect("an upsert"), before.chain(behind).filter_map(flying))
    }

    fn place(&self, step: usize) -> Option<usize> {
        self.handed.iter().position(|handed| handed.step == step)
    }

    fn operation(&self, step: usize) -> Option<&'a Operation> {
        operation(self.steps, step)
    }
}

fn sequence(handed: &Handed) -> u64 {
    handed.completion.info.sequence
}

fn is_refused_by_database(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { sqlstate: Some(_), .. })
}
