//! How operations and runtimes end: cancel, drain, close, drop, panic.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::poll;
use laneway_model::{Limits, OutcomeKind};
use tokio::pin;

use super::held::kind;
use super::{extracted, held};
use crate::runtime::tests::table::TableExtractor;
use crate::tests::documents::Document;
use crate::{CLOSE_GRACE, Cancelled, Extracted, Rejected, Runtime};

fn far() -> Instant {
    Instant::now() + Duration::from_secs(3_600)
}

#[tokio::test]
async fn cancel_returns_whether_it_came_in_time() {
    let (runtime, flushes) = held(Limits::default());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    assert_eq!(second.cancel().await, Cancelled::Removed);
    assert_eq!(first.cancel().await, Cancelled::TooLate);
    assert_eq!(kind(second).await, OutcomeKind::Cancelled);
    flush.complete();
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
    runtime.close().await;
}

#[tokio::test]
async fn a_dropped_ticket_takes_nothing_back() {
    let (runtime, flushes) = held(Limits::default());
    drop(runtime.submit(extracted(&Document::gamma(1))).await.unwrap());
    flushes.next().await.complete();
    runtime.drain(far()).await;
    assert_eq!(runtime.stats().outcome(OutcomeKind::Inserted), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_what_is_not_being_written() {
    let (runtime, flushes) = held(Limits::default());
    let soon = tokio::time::Instant::now() + Duration::from_millis(10);
    let due = |key| Extracted { deadline: Some(soon.into_std()), ..extracted(&Document::gamma(key)) };
    let first = runtime.submit(due(1)).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(due(2)).await.unwrap();
    assert_eq!(kind(second).await, OutcomeKind::Deadline);
    flush.complete();
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
    runtime.close().await;
}

#[tokio::test]
async fn a_drain_settles_what_was_accepted_and_accepts_nothing() {
    let (runtime, flushes) = held(Limits { store_items_max: 2, ..Limits::default() });
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    let waiting = runtime.submit(extracted(&Document::gamma(3)));
    let drain = runtime.drain(far());
    pin!(waiting, drain);
    assert!(poll!(waiting.as_mut()).is_pending());
    assert!(poll!(drain.as_mut()).is_pending());
    assert_eq!(waiting.await.unwrap_err(), Rejected::Closed);
    assert_eq!(runtime.try_submit(extracted(&Document::gamma(4))).unwrap_err(), Rejected::Closed);
    flush.complete();
    flushes.next().await.complete();
    drain.await;
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
    assert_eq!(kind(second).await, OutcomeKind::Inserted);
    // Again, in both ways.
    runtime.drain(far()).await;
    runtime.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_closes_at_its_deadline_what_has_not_been_written() {
    let (runtime, flushes) = held(Limits::default());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    let until = tokio::time::Instant::now() + Duration::from_secs(1);
    let ((), ()) = tokio::join!(runtime.drain(until.into_std()), async {
        assert_eq!(kind(second).await, OutcomeKind::Closed);
        flush.complete();
    });
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_never_returns_is_given_up_in_doubt() {
    let (runtime, flushes) = held(Limits::default());
    let ticket = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let before = tokio::time::Instant::now();
    runtime.close().await;
    assert!(before.elapsed() >= CLOSE_GRACE);
    assert_eq!(kind(ticket).await, OutcomeKind::InDoubt);
    flush.complete();
}

#[tokio::test]
async fn a_close_cuts_a_drain_short() {
    let (runtime, flushes) = held(Limits::default());
    let _first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    let drain = runtime.drain(far());
    pin!(drain);
    assert!(poll!(drain.as_mut()).is_pending());
    let ((), ()) = tokio::join!(runtime.close(), async {
        assert_eq!(kind(second).await, OutcomeKind::Closed);
        flush.complete();
    });
    drain.await;
    assert!(flushes.is_idle().await);
}

#[tokio::test]
async fn dropping_a_runtime_completes_everything() {
    let (runtime, flushes) = held(Limits::default());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    drop(runtime);
    assert_eq!(second.cancel().await, Cancelled::TooLate);
    assert_eq!(kind(second).await, OutcomeKind::Closed);
    flush.complete();
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
}

#[test]
fn the_end_of_tokio_completes_everything() {
    let tokio = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let dying = tokio();
    let (runtime, tickets) = dying.block_on(async {
        let (runtime, flushes) = held(Limits::default());
        let writing = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
        flushes.next().await;
        let queued = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
        let unseen = runtime.submit(extracted(&Document::gamma(3))).await.unwrap();
        (runtime, [writing, queued, unseen])
    });
    drop(dying);
    assert_eq!(runtime.try_submit(extracted(&Document::gamma(4))).unwrap_err(), Rejected::Closed);
    tokio().block_on(async {
        let mut kinds = Vec::new();
        for ticket in tickets {
            kinds.push(kind(ticket).await);
        }
        assert_eq!(kinds, [OutcomeKind::InDoubt, OutcomeKind::Closed, OutcomeKind::Closed]);
        runtime.close().await;
    });
}

#[tokio::test]
async fn a_flush_that_panics_fails_its_operations_and_no_others() {
    let (runtime, flushes) = held(Limits::default());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    flush.panic();
    assert_eq!(kind(first).await, OutcomeKind::Failed);
    flushes.next().await.complete();
    assert_eq!(kind(second).await, OutcomeKind::Inserted);
    runtime.close().await;
    assert_eq!(runtime.stats().flushes_lost, 1);
}

#[tokio::test]
async fn a_flush_that_forgets_an_operation_fails_it() {
    let (runtime, flushes) = held(Limits::default());
    let ticket = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    flushes.next().await.give_up();
    assert_eq!(kind(ticket).await, OutcomeKind::Failed);
    runtime.close().await;
}

#[tokio::test]
async fn results_count_before_the_flush_returns() {
    let (runtime, flushes) = held(Limits::default());
    let ticket = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    flush.report();
    assert_eq!(kind(ticket).await, OutcomeKind::Inserted);
    flush.give_up();
    runtime.close().await;
    assert_eq!(runtime.stats().outcome(OutcomeKind::Failed), 0);
}

#[tokio::test]
async fn a_closed_runtime_answers_all_calls() {
    let runtime = Runtime::start(
        crate::memory::MemoryFlush::default(),
        Arc::new(TableExtractor::default()),
        Limits { extract_threads: 1, ..Limits::default() },
    )
    .unwrap();
    runtime.close().await;
    runtime.checkpoint().await;
    runtime.set_limits(Limits::default()).unwrap();
    assert_eq!(runtime.submit(extracted(&Document::gamma(1))).await.unwrap_err(), Rejected::Closed);
    assert_eq!(runtime.stats().accepted, 0);
}
