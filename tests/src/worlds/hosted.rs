//! Worlds through the runtime, as a service has it: several callers a world, all worlds at once, limits at random.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use laneway_core::{Completion, Extracted, Runtime};
use laneway_model::{Limits, Operation, Outcome, ReferentialId, ResourceName};
use laneway_replay::{Prepared, StepOutcome};

use super::candidate::Candidate;
use super::ran::{Modelled, Ran, circle, operation, units};

/// The most callers of one world.
const CALLERS_MAX: usize = 5;

/// Limits within which everything meets: few and many lanes, small batches and large ones.
pub(super) fn limits(seed: u64) -> Limits {
    let mut random = Rng::with_seed(seed);
    Limits {
        lanes: random.usize(1..=4),
        batch_items_max: [1, 3, 8, 32, 128][random.usize(0..5)],
        linger: Duration::from_micros(if random.bool() { 0 } else { 500 }),
        flushes_concurrent_max: random.usize(1..=4),
        ..Limits::default()
    }
}

/// When an operation was handed over, and when its end was seen, by a clock that counts.
#[derive(Clone, Copy, Default, Debug)]
struct Times {
    began: u64,
    accepted: u64,
    ended: u64,
}

/// What the runtime did to one operation.
struct Handed {
    step: usize,
    times: Times,
    completion: Completion,
}

/// A world's run, and how its operations lay in time.
pub(super) struct Hosted {
    pub(super) ran: Ran,
    handed: Vec<Handed>,
}

/// Hands a world's upserts over; who calls when is made from `seed`. Its deletes are passed over.
pub(super) async fn run(steps: &[Prepared], seed: u64, runtime: &Runtime, clock: &AtomicU64) -> Hosted {
    let mut random = Rng::with_seed(seed);
    let callers = random.usize(1..=CALLERS_MAX);
    let mut dealt: Vec<Vec<usize>> = vec![Vec::new(); callers];
    for step in (0..steps.len()).filter(|step| operation(steps, *step).is_some()) {
        dealt[random.usize(0..callers)].push(step);
    }
    let calls = dealt.into_iter().map(|dealt| {
        let random = Rng::with_seed(random.u64(..));
        call(steps, dealt, random, runtime, clock)
    });
    let mut handed: Vec<Handed> = join_all(calls).await.into_iter().flatten().collect();
    handed.sort_by_key(|handed| (handed.completion.info.sequence, handed.completion.info.position));
    let mut ran = Ran::of(steps);
    for transaction in handed.chunk_by(|one, other| one.completion.info.sequence == other.completion.info.sequence) {
        let transaction: Vec<usize> = transaction.iter().map(|handed| handed.step).collect();
        ran.units.extend(units(steps, &transaction));
    }
    handed.iter().for_each(|handed| ran.settle(handed.step, handed.completion.outcome.clone()));
    Hosted { ran, handed }
}

/// One caller: now and then it waits for what it has handed over.
async fn call(
    steps: &[Prepared],
    dealt: Vec<usize>,
    mut random: Rng,
    runtime: &Runtime,
    clock: &AtomicU64,
) -> Vec<Handed> {
    // Relaxed: one counter, whose own order is all that is asked of it.
    let now = || clock.fetch_add(1, Ordering::Relaxed);
    let (mut handed, mut open) = (Vec::new(), Vec::new());
    for step in dealt {
        let Prepared::Upsert(operation) = &steps[step] else { continue };
        let extracted = Extracted { operation: Operation::clone(operation), deadline: None };
        let began = now();
        let ticket = runtime.submit(extracted).await.expect("room");
        open.push((step, Times { began, accepted: now(), ended: 0 }, ticket));
        if random.u8(0..3) > 0 {
            continue;
        }
        for (step, times, ticket) in open.drain(..) {
            let completion = ticket.await;
            handed.push(Handed { step, times: Times { ended: now(), ..times }, completion });
        }
    }
    for (step, times, ticket) in open {
        let completion = ticket.await;
        handed.push(Handed { step, times: Times { ended: now(), ..times }, completion });
    }
    handed
}

impl Hosted {
    /// Whether the reported order is one that may be: nothing before it was handed over or behind its end, upserts of one
    /// identity as they were accepted, and no refusal for what was on its way already.
    pub(super) fn check_order(&mut self, steps: &[Prepared], modelled: &Modelled) {
        // In the reported order: `first` takes effect before `second`.
        for (at, first) in self.handed.iter().enumerate() {
            for second in &self.handed[at + 1..] {
                if let Some(fault) = fault(steps, first, second, modelled) {
                    let text = format!("step {} before step {}: {fault}", first.step + 1, second.step + 1);
                    self.ran.illegal.push(text);
                }
            }
        }
    }
}

fn fault(steps: &[Prepared], first: &Handed, second: &Handed, modelled: &Modelled) -> Option<&'static str> {
    if second.times.ended < first.times.began {
        return Some("the second had ended when the first was handed over");
    }
    if second.times.accepted > first.times.began {
        return None;
    }
    // The second was accepted before the first was handed over.
    let (one, other) = (operation(steps, first.step)?, operation(steps, second.step)?);
    let other_ids: Vec<ReferentialId> = other.extraction.own_ids().collect();
    if one.extraction.own_ids().any(|id| other_ids.contains(&id)) {
        return Some("both have one identity, and the second was accepted first");
    }
    let missing = modelled.missing.get(&first.step)?;
    let is_named = |name: &ResourceName| match &first.completion.outcome {
        Outcome::InvalidReferences { resources } => resources.iter().any(|resource| **resource == *name.resource_name),
        outcome => matches!(outcome, Outcome::InvalidDescriptors(_)),
    };
    // A name stands for all that is missing of its resource: where one of those never came, that alone explains it.
    let named: Vec<(ReferentialId, &ResourceName)> =
        one.extraction.referenced_names().filter(|(id, name)| missing.contains(id) && is_named(name)).collect();
    let never_came = |of: &ResourceName| named.iter().any(|(id, name)| *name == of && !modelled.model.contains(*id));
    let brings = second.completion.outcome.is_stored()
        && named.iter().any(|(id, name)| other_ids.contains(id) && !never_came(name));
    brings.then_some("the first was refused for what the second, accepted before it, brought")
}

/// Whether an operation was refused as a member of its circle, the others of which counted as present then, and not where the
/// order has it: those that it took with it were decided again later, alone.
pub(super) fn is_refused_in_circle(candidate: &Candidate, step: usize, observed: Option<&StepOutcome>) -> bool {
    let Candidate { steps, modelled, .. } = candidate;
    let Some((refused, missing)) = operation(steps, step).zip(modelled.missing.get(&step)) else { return false };
    let is_stored = matches!(observed, None | Some(StepOutcome::Inserted { .. } | StepOutcome::Updated { .. }));
    if !is_stored && observed == modelled.counting.get(&step) {
        return true;
    }
    // Or when some of them had been refused, and others not yet.
    let Some(StepOutcome::InvalidReferences { resources: observed }) = observed else { return false };
    let Some(StepOutcome::InvalidReferences { resources: expected }) = &modelled.outcomes[step] else { return false };
    let ids = circle(steps, step);
    let is_explained = |(id, name): (ReferentialId, &ResourceName)| {
        !missing.contains(&id) || observed.contains(&*name.resource_name) || ids.contains(&id)
    };
    !observed.is_empty() && observed.is_subset(expected) && refused.extraction.referenced_names().all(is_explained)
}
