//! A world by the single path, in the order in which it took effect elsewhere.

use std::sync::Arc;

use laneway_core::{Executor, Mode};
use laneway_memory::Member;
use laneway_model::Operation;
use laneway_postgres::PostgresStore;
use laneway_postgres_tools::Scratch;
use laneway_replay::{Apart, Prepared, StepOutcome, apart, flush};

use super::ran::{Modelled, Ran, operation};

/// Runs units of steps one after another. The members of a circle go one by one, without what they refer to among each other and
/// what counted as present, which is added at the end. Those are passed over that fail for another member only, which is refused
/// itself: one after another they would be written, and a circle is written whole or not at all.
pub(super) async fn run(
    steps: &[Prepared],
    units: &[Vec<usize>],
    modelled: &Modelled,
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
            _ => circle(steps, unit, modelled, executor, scratch, &mut ran).await,
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
    modelled: &Modelled,
    executor: &Executor<PostgresStore>,
    scratch: &Scratch,
    ran: &mut Ran,
) {
    let members: Vec<&Operation> = unit.iter().filter_map(|step| operation(steps, *step)).collect();
    let mut inside_of = Vec::new();
    for step in unit {
        let Prepared::Upsert(whole) = &steps[*step] else { continue };
        let Member { counted, rests_on_refused, .. } = &modelled.members[step];
        if *rests_on_refused {
            ran.outcomes[*step].clone_from(&modelled.outcomes[*step]);
            continue;
        }
        let counts = |member: &&&Operation| member.extraction.own_ids().all(|id| counted.contains(&id));
        let Apart { operation, inside } = apart(whole, &members.iter().filter(counts).copied().collect::<Vec<_>>());
        alone(*step, &operation, executor, ran).await;
        if matches!(ran.outcomes[*step], Some(StepOutcome::Inserted { .. } | StepOutcome::Updated { .. })) {
            inside_of.push((operation.extraction.referential_id, operation.trace_id.clone(), inside));
        }
    }
    for (id, trace_id, inside) in inside_of {
        scratch.refer(id, &trace_id, &inside).await.expect("references");
    }
}
