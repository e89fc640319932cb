//! Many callers at once, some of whom cancel, while the runtime is closed: exactly one completion for each accepted
//! operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use laneway_model::{Limits, OutcomeKind};
use tokio::task::JoinSet;

use super::extracted;
use super::table::TableExtractor;
use crate::memory::MemoryFlush;
use crate::tests::documents::{Document, TARGETS};
use crate::{Rejected, Runtime};

fn document(rng: &mut fastrand::Rng) -> Document {
    let mut document = Document::new(TARGETS[rng.usize(..3)], rng.u32(..40));
    for _ in 0..rng.usize(..3) {
        document = document.refers_to(TARGETS[rng.usize(..4)], rng.u32(..40));
    }
    document
}

async fn storm(seed: u64, drained: bool) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let limits = Limits {
        lanes: rng.usize(1..5),
        store_items_max: rng.usize(1..60),
        identity_line_max: rng.usize(1..20),
        batching: rng.u8(..4) > 0,
        reference_recheck: Duration::from_millis(rng.u64(0..=2)),
        extract_threads: 2,
        ..Limits::default()
    };
    let runtime = Runtime::start(MemoryFlush::default(), Arc::new(TableExtractor::default()), limits);
    let runtime = Arc::new(runtime.unwrap());
    let accepted = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let (runtime, accepted) = (Arc::clone(&runtime), Arc::clone(&accepted));
        let mut rng = fastrand::Rng::with_seed(seed.wrapping_mul(31).wrapping_add(caller));
        callers.spawn(async move {
            loop {
                match runtime.submit(extracted(&document(&mut rng))).await {
                    Err(Rejected::Closed) => return,
                    Err(other) => panic!("{other}"),
                    Ok(ticket) => {
                        accepted.fetch_add(1, Ordering::Relaxed);
                        if rng.u8(..5) == 0 {
                            ticket.cancel().await;
                        }
                        ticket.await;
                    }
                }
            }
        });
    }
    while accepted.load(Ordering::Relaxed) < 500 {
        tokio::task::yield_now().await;
    }
    let accepted_before = accepted.load(Ordering::Relaxed);
    if drained {
        runtime.drain(Instant::now() + Duration::from_secs(60)).await;
    } else {
        runtime.close().await;
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    let stats = runtime.stats();
    assert_eq!(stats.pending(), 0, "seed {seed}");
    // What was accepted while the close began may have completed without the dispatcher, which counts.
    let accepted = accepted_before..=accepted.load(Ordering::Relaxed);
    assert!(accepted.contains(&stats.accepted), "seed {seed}: {} of {accepted:?}", stats.accepted);
    assert_eq!(stats.outcome(OutcomeKind::Failed) + stats.outcome(OutcomeKind::InDoubt), 0, "seed {seed}");
    if drained {
        assert_eq!(stats.outcome(OutcomeKind::Closed), 0, "seed {seed}: a drain settles what was accepted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_operation_completes_through_a_close() {
    for round in 0..20 {
        storm(fastrand::u64(..), round % 2 == 0).await;
    }
}
