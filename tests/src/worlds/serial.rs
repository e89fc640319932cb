//! A world by the single path, in the order in which it took effect elsewhere.

use std::sync::Arc;

use laneway_core::{Executor, Mode};
use laneway_model::Operation;
use laneway_postgres::PostgresStore;
use laneway_postgres_tools::Scratch;
use laneway_replay::{Apart, Prepared, StepOutcome, apart, flush};

use super::ran::{Ran, operation};

/// Runs units of steps one after another. The members of a circle go one by one, without what they refer to among each other,
/// which is added at the end; those that the model says fail are passed over.
pub(super) async fn run(
    steps: &[Prepared],
    units: &[Vec<usize>],
    expected: &[Option<StepOutcome>],
    executor: &Executor<PostgresStore>,
    scratch: &Scratch,
) -> Ran {
    let mut ran = Ran::of(steps);
    for unit in units {
        match unit[..] {
            [step] => match &steps[step] {
                Prepared::Delete(uuid) => {
                    ran.outcomes[step] = StepOutcome::of_deletion(scratch.delete(*uuid).await.expect("a delete"));
                }
                Prepared::Upsert(operation) => alone(step, operation, executor, &mut ran).await,
                Prepared::Refused(_) => {}
            },
            _ => circle(steps, unit, expected, executor, scratch, &mut ran).await,
        }
    }
    ran
}

async fn alone(step: usize, operation: &Arc<Operation>, executor: &Executor<PostgresStore>, ran: &mut Ran) {
    let (settled, _) = flush(executor, [(step, Arc::clone(operation))], Mode::Single).await;
    settled.into_iter().for_each(|settled| ran.settle(settled.step, settled.outcome));
}

async fn circle(
    steps: &[Prepared],
    unit: &[usize],
    expected: &[Option<StepOutcome>],
    executor: &Executor<PostgresStore>,
    scratch: &Scratch,
    ran: &mut Ran,
) {
    let is_stored =
        |step: &&usize| matches!(expected[**step], Some(StepOutcome::Inserted { .. } | StepOutcome::Updated { .. }));
    let members: Vec<&Operation> = unit.iter().filter(is_stored).filter_map(|step| operation(steps, *step)).collect();
    let mut inside_of = Vec::new();
    for step in unit {
        let Prepared::Upsert(whole) = &steps[*step] else { continue };
        if !is_stored(&step) {
            ran.outcomes[*step].clone_from(&expected[*step]);
            continue;
        }
        let Apart { operation, inside } = apart(whole, &members);
        alone(*step, &operation, executor, ran).await;
        inside_of.push((operation.extraction.referential_id, operation.trace_id.clone(), inside));
    }
    for (id, trace_id, inside) in inside_of {
        scratch.refer(id, &trace_id, &inside).await.expect("references");
    }
}
