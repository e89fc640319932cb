//! A world through the executor: dealt to lanes and cut at random, its batches beside each other where the router would let
//! them be, its deletes between them.

use fastrand::Rng;
use laneway_core::store::Store;
use laneway_core::{Executor, Mode};
use laneway_model::{Operation, Outcome};
use laneway_replay::{Cut, Prepared, Settled, StepOutcome, flush, plan};

use super::order::batch_order;
use super::ran::{Ran, operation};
use super::side::Side;

/// Runs a world; what its batches are is made from `seed`.
pub(super) async fn run<S: Side>(steps: &[Prepared], seed: u64, executor: &Executor<S::Store>, side: &S) -> Ran {
    let mut random = Rng::with_seed(seed);
    let mut ran = Ran::of(steps);
    for span in spans(steps) {
        if let [step] = span[..]
            && let Prepared::Delete(uuid) = &steps[step]
        {
            ran.outcomes[step] = StepOutcome::of_deletion(side.delete(*uuid).await);
            ran.units.push(span);
            continue;
        }
        let operations: Vec<&Operation> = span.iter().filter_map(|step| operation(steps, *step)).collect();
        // Whole spans in one batch, too: more meets there.
        let cut = if random.u8(0..3) == 0 { Cut::One } else { Cut::Random(seed) };
        for wave in plan(&operations, cut, &mut random) {
            let batches: Vec<Vec<usize>> =
                wave.iter().map(|batch| batch.iter().map(|index| span[*index]).collect()).collect();
            let (settled, retries) = beside_each_other(steps, &batches, executor).await;
            // Where nothing else writes, a batch fails by what the database refuses, or by a DocumentUuid that is taken, which is
            // asked for only then. Otherwise it was not written as it should have been, and came right when it was halved.
            if S::IS_SERIAL && retries > 0 && !settled.iter().any(is_refused_when_written) {
                ran.illegal.push(format!("batches {batches:?} failed, and none of their documents was refused"));
            }
            let mut units: Vec<Vec<usize>> = Vec::new();
            for batch in &batches {
                let order = order(steps, batch);
                check_order(batch, order.iter().flatten(), &settled, &mut ran);
                units.extend(order);
            }
            // The members of a circle are together where one transaction carried them.
            let unit_of = |step| units.iter().position(|unit| unit.contains(&step));
            let are_together = |one: &Settled, other: &Settled| {
                one.info.sequence == other.info.sequence && unit_of(one.step) == unit_of(other.step)
            };
            let together = settled.chunk_by(are_together);
            ran.units.extend(together.map(|unit| unit.iter().map(|settled| settled.step).collect::<Vec<_>>()));
            settled.into_iter().for_each(|settled| ran.settle(settled.step, settled.outcome));
        }
    }
    ran
}

/// Upserts up to the next delete, and each delete.
fn spans(steps: &[Prepared]) -> Vec<Vec<usize>> {
    let taken: Vec<usize> = (0..steps.len()).filter(|step| !matches!(steps[*step], Prepared::Refused(_))).collect();
    let is_upsert = |step: &usize| matches!(steps[*step], Prepared::Upsert(_));
    taken.chunk_by(|one, other| is_upsert(one) && is_upsert(other)).map(<[usize]>::to_vec).collect()
}

/// How the operations of some batches ended, in the reported order, and how often something was tried again.
async fn beside_each_other(
    steps: &[Prepared],
    batches: &[Vec<usize>],
    executor: &Executor<impl Store>,
) -> (Vec<Settled>, u64) {
    let numbered = |batch: &Vec<usize>| {
        let of = |step: &usize| match &steps[*step] {
            Prepared::Upsert(operation) => Some((*step, operation.clone())),
            _ => None,
        };
        batch.iter().filter_map(of).collect::<Vec<_>>()
    };
    let flushes = batches.iter().map(|batch| flush(executor, numbered(batch), Mode::Batched));
    let results = futures_util::future::join_all(flushes).await;
    let retries = results.iter().map(|(_, stats)| stats.retries).sum();
    let mut settled: Vec<Settled> = results.into_iter().flat_map(|(settled, _)| settled).collect();
    settled.sort_by_key(|settled| (settled.info.sequence, settled.info.position));
    (settled, retries)
}

fn is_refused_when_written(settled: &Settled) -> bool {
    matches!(settled.outcome, Outcome::Failed { sqlstate: Some(_), .. } | Outcome::IdentityConflict { .. })
}

/// The batch order of a batch's steps.
fn order(steps: &[Prepared], batch: &[usize]) -> Vec<Vec<usize>> {
    let operations: Vec<&Operation> = batch.iter().filter_map(|step| operation(steps, *step)).collect();
    batch_order(&operations).into_iter().map(|unit| unit.into_iter().map(|at| batch[at]).collect()).collect()
}

/// What the executor reported of a batch is in batch order.
fn check_order<'a>(batch: &[usize], expected: impl Iterator<Item = &'a usize>, settled: &[Settled], ran: &mut Ran) {
    let expected: Vec<usize> = expected.copied().collect();
    let reported: Vec<usize> = settled.iter().map(|of| of.step).filter(|step| batch.contains(step)).collect();
    if expected != reported {
        ran.illegal.push(format!("a batch took effect as {reported:?}, which is not batch order: {expected:?}"));
    }
}
