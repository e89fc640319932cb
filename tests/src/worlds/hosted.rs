//! Worlds through the runtime, as a service has it: several callers a world, all worlds at once, limits at random.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use laneway_core::{Completion, Extracted, Runtime};
use laneway_model::{Limits, Operation};
use laneway_replay::Prepared;

use super::ran::operation;

/// The most callers of one world.
const CALLERS_MAX: usize = 5;

/// Limits within which everything meets: few and many lanes, small batches and large ones.
pub(super) fn limits(seed: u64) -> Limits {
    let mut random = Rng::with_seed(seed);
    Limits {
        // 0: as many as turn out best.
        lanes: [0, 1, 2, 4, 16][random.usize(0..5)],
        batch_items_max: [1, 3, 8, 32, 128][random.usize(0..5)],
        linger: Duration::from_micros(if random.bool() { 0 } else { 500 }),
        flushes_concurrent_max: random.usize(1..=4),
        reference_recheck: Duration::from_millis(if random.u8(0..8) == 0 { 15 } else { 0 }),
        ..Limits::default()
    }
}

/// When an operation was handed over, and when its end was seen, by a clock that counts.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Times {
    pub(super) began: u64,
    pub(super) accepted: u64,
    pub(super) ended: u64,
}

/// What the runtime did to one operation.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) step: usize,
    pub(super) times: Times,
    pub(super) completion: Completion,
}

/// Hands a world's upserts over; who calls when is made from `seed`. Its deletes are passed over. In the reported order.
pub(super) async fn run(steps: &[Prepared], seed: u64, runtime: &Runtime, clock: &AtomicU64) -> Vec<Handed> {
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
    handed
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
