//! Waiting for room, and being turned away.

use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use futures_util::poll;
use laneway_model::{Limits, Operator, OutcomeKind, Strategy};
use tokio::pin;

use super::held::kind;
use super::{extracted, held};
use crate::memory::MemoryFlush;
use crate::runtime::tests::table::TableExtractor;
use crate::tests::documents::Document;
use crate::{Extracted, Rejected, Runtime, Submission};

fn one_item() -> Limits {
    Limits { store_items_max: 1, ..Limits::default() }
}

#[tokio::test]
async fn waiters_are_served_in_turn_and_none_is_passed() {
    let (runtime, flushes) = held(one_item());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let second = runtime.submit(extracted(&Document::gamma(2)));
    let third = runtime.submit(extracted(&Document::gamma(3)));
    pin!(second, third);
    assert!(poll!(second.as_mut()).is_pending());
    assert!(poll!(third.as_mut()).is_pending());
    assert!(matches!(runtime.try_submit(extracted(&Document::gamma(4))), Err(Rejected::QueueFull { .. })));
    flushes.next().await.complete();
    assert_eq!(first.await.id.0, 1);
    assert!(poll!(third.as_mut()).is_pending(), "the second is before it");
    let second = second.await.unwrap();
    assert!(matches!(runtime.try_submit(extracted(&Document::gamma(4))), Err(Rejected::QueueFull { .. })));
    flushes.next().await.complete();
    assert_eq!(second.await.id.0, 2);
    let third = third.await.unwrap();
    flushes.next().await.complete();
    assert_eq!(third.await.id.0, 3);
    runtime.close().await;
}

#[tokio::test]
async fn a_waiter_that_gives_up_leaves_nothing_behind() {
    let (runtime, flushes) = held(one_item());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    {
        let second = runtime.submit(extracted(&Document::gamma(2)));
        pin!(second);
        assert!(poll!(second.as_mut()).is_pending());
    }
    flushes.next().await.complete();
    first.await;
    let third = runtime.try_submit(extracted(&Document::gamma(3))).unwrap();
    flushes.next().await.complete();
    assert_eq!(third.await.id.0, 2, "the second never was accepted");
    runtime.close().await;
    assert_eq!(runtime.stats().accepted, 2);
}

#[tokio::test]
async fn bytes_are_a_bound_too_all_that_is_handed_over() {
    // All but the document.
    let rest = Submission::from(extracted(&Document::gamma(1))).bytes() - 2;
    let store_bytes_max = 10 + 2 * rest;
    let (runtime, flushes) = held(Limits { store_bytes_max, ..Limits::default() });
    let large = |key, bytes| extracted(&Document { bytes, ..Document::gamma(key) });
    let first = runtime.try_submit(large(1, 6)).unwrap();
    assert!(matches!(runtime.try_submit(large(2, 5)), Err(Rejected::QueueFull { .. })));
    let second = runtime.try_submit(large(2, 4)).unwrap();
    assert_eq!(
        runtime.try_submit(large(3, 11 + rest)).unwrap_err(),
        Rejected::TooLarge { bytes: store_bytes_max + 1, bytes_max: store_bytes_max },
        "it could wait for ever"
    );
    flushes.next().await.complete();
    first.await;
    second.await;
    let third = runtime.try_submit(large(3, 10 + rest)).unwrap();
    flushes.next().await.complete();
    third.await;
    runtime.close().await;
}

#[tokio::test]
async fn a_full_lane_does_not_keep_others_out() {
    let (flush, flushes) = super::held::flush();
    let limits = Limits { lanes: 2, lane_items_max: 1, extract_threads: 1, ..Limits::default() };
    let runtime = Runtime::start(flush, Arc::new(TableExtractor::default()), limits).unwrap();
    let _first = runtime.submit(extracted(&Document::gamma(1).in_partition(0))).await.unwrap();
    let waits = runtime.submit(extracted(&Document::gamma(2).in_partition(2)));
    pin!(waits);
    assert!(poll!(waits.as_mut()).is_pending());
    let _other = runtime.try_submit(extracted(&Document::gamma(3).in_partition(1))).unwrap();
    flushes.next().await.complete();
    flushes.next().await.complete();
    let _second = waits.await.unwrap();
    flushes.next().await.complete();
    runtime.close().await;
}

#[tokio::test]
async fn a_deadline_applies_while_waiting_for_room() {
    let (runtime, flushes) = held(one_item());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let late = Extracted { deadline: Some(Instant::now()), ..extracted(&Document::gamma(2)) };
    assert_eq!(runtime.submit(late).await.unwrap_err(), Rejected::Deadline);
    flushes.next().await.complete();
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
    runtime.close().await;
}

#[tokio::test]
async fn more_room_lets_waiters_in() {
    let (runtime, flushes) = held(one_item());
    let _first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let first = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2)));
    pin!(second);
    assert!(poll!(second.as_mut()).is_pending());
    runtime.set_limits(Limits { store_items_max: 2, lanes: 1, ..Limits::default() }).unwrap();
    let _second = second.await.unwrap();
    runtime.set_limits(Limits { store_items_max: 1, lanes: 1, ..Limits::default() }).unwrap();
    first.complete();
    let second = flushes.next().await;
    assert!(matches!(runtime.try_submit(extracted(&Document::gamma(3))), Err(Rejected::QueueFull { .. })));
    second.complete();
    let third = runtime.submit(extracted(&Document::gamma(3))).await.unwrap();
    flushes.next().await.complete();
    third.await;
    runtime.close().await;
}

#[tokio::test]
async fn a_resource_that_nothing_serves_is_not_accepted() {
    let extractor = TableExtractor::default();
    let request = crate::Request { endpoint: "deltas", ..extractor.request(0) };
    let runtime = Runtime::start(MemoryFlush::default(), Arc::new(extractor), Limits::default()).unwrap();
    let rejected = runtime.submit(request).await.unwrap_err();
    assert_eq!(rejected.to_string(), "nothing serves p/deltas");
    assert_eq!(rejected.outcome().kind(), OutcomeKind::UnknownResource);
    runtime.close().await;
    assert_eq!(runtime.stats().accepted, 0);
}

#[tokio::test]
async fn a_waiter_that_a_lowered_bound_shuts_out_does_not_keep_others_out() {
    let (runtime, flushes) = held(Limits { store_bytes_max: 2_000, ..Limits::default() });
    let large = |key, bytes| extracted(&Document { bytes, ..Document::gamma(key) });
    let first = runtime.submit(large(1, 1_500)).await.unwrap();
    let second = runtime.submit(large(2, 1_500));
    let third = runtime.submit(large(3, 100));
    pin!(second, third);
    assert!(poll!(second.as_mut()).is_pending());
    assert!(poll!(third.as_mut()).is_pending(), "the second is before it");
    runtime.set_limits(Limits { store_bytes_max: 1_000, lanes: 1, ..Limits::default() }).unwrap();
    flushes.next().await.complete();
    first.await;
    let bytes = Submission::from(large(2, 1_500)).bytes();
    assert_eq!(
        poll!(second.as_mut()).map(Result::unwrap_err),
        Poll::Ready(Rejected::TooLarge { bytes, bytes_max: 1_000 })
    );
    let Poll::Ready(third) = poll!(third.as_mut()) else { panic!("the third is shut out") };
    flushes.next().await.complete();
    third.unwrap().await;
    assert_eq!(
        runtime.room(Document::gamma(4).uuid, 1_001).await,
        Err(Rejected::TooLarge { bytes: 1_001, bytes_max: 1_000 })
    );
    runtime.close().await;
}

#[tokio::test]
async fn trace_ids_and_strategies_are_charged_and_bounded() {
    let (runtime, _flushes) = held(Limits { store_bytes_max: 10_000, ..Limits::default() });
    let with = |trace_id: String, filters: usize| {
        let mut extracted = extracted(&Document::gamma(1));
        extracted.operation.trace_id = trace_id.into();
        let (name, filters) = ("NamespaceBased".to_owned(), vec!["uri://ed-fi.org/".to_owned(); filters]);
        extracted.operation.authorization = Some(Arc::new([Strategy { name, operator: Operator::And, filters }]));
        extracted
    };
    assert!(runtime.try_submit(with("é".repeat(128), 0)).is_ok(), "128 characters");
    assert_eq!(runtime.try_submit(with("x".repeat(129), 0)).unwrap_err(), Rejected::TraceIdTooLong);
    assert!(matches!(runtime.try_submit(with(String::new(), 1_000)), Err(Rejected::TooLarge { .. })));
}

#[tokio::test]
async fn a_bound_that_admits_nothing_is_refused_at_the_start_and_later() {
    let nothing = || Limits { lane_items_max: 0, ..Limits::default() };
    let start = |limits| Runtime::start(MemoryFlush::default(), Arc::new(TableExtractor::default()), limits);
    let error = start(nothing()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().starts_with("lane_items_max is 0"), "{error}");
    let runtime = start(Limits::default()).unwrap();
    assert_eq!(runtime.set_limits(nothing()).unwrap_err().name(), "lane_items_max");
    assert!(runtime.submit(extracted(&Document::gamma(1))).await.unwrap().await.outcome.is_stored());
}
