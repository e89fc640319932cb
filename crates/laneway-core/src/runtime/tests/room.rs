//! Waiting for room, and being turned away.

use std::sync::Arc;
use std::time::Instant;

use futures_util::poll;
use laneway_model::{Limits, OutcomeKind};
use tokio::pin;

use super::held::kind;
use super::{extracted, held};
use crate::model::ModelFlush;
use crate::model::documents::Document;
use crate::runtime::tests::table::TableExtractor;
use crate::{Extracted, Rejected, Runtime};

fn one_item() -> Limits {
    Limits { store_items_max: 1, ..Limits::default() }
}

#[tokio::test]
async fn who_waits_is_served_in_turn_and_nobody_passes() {
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
async fn who_gives_up_waiting_leaves_nothing_behind() {
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
async fn bytes_are_a_bound_too_those_of_what_the_host_says_with_them() {
    let said = extracted(&Document::gamma(1)).operation.extraction.bytes();
    let store_bytes_max = 10 + 2 * said;
    let (runtime, flushes) = held(Limits { store_bytes_max, ..Limits::default() });
    let large = |key, bytes| extracted(&Document { bytes, ..Document::gamma(key) });
    let first = runtime.try_submit(large(1, 6)).unwrap();
    assert!(matches!(runtime.try_submit(large(2, 5)), Err(Rejected::QueueFull { .. })));
    let second = runtime.try_submit(large(2, 4)).unwrap();
    assert_eq!(
        runtime.try_submit(large(3, 11 + said)).unwrap_err(),
        Rejected::TooLarge { bytes: store_bytes_max + 1, bytes_max: store_bytes_max },
        "it could wait for ever"
    );
    flushes.next().await.complete();
    first.await;
    second.await;
    let third = runtime.try_submit(large(3, 10 + said)).unwrap();
    flushes.next().await.complete();
    third.await;
    runtime.close().await;
}

#[tokio::test]
async fn a_full_lane_does_not_keep_others_out() {
    let (flush, flushes) = super::held::flush();
    let limits = Limits { lanes: 2, lane_items_max: 1, extract_threads: 1, ..Limits::default() };
    let runtime = Runtime::start(flush, Arc::new(TableExtractor::default()), limits);
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
async fn more_room_lets_in_who_waits() {
    let (runtime, flushes) = held(one_item());
    let _first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let first = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2)));
    pin!(second);
    assert!(poll!(second.as_mut()).is_pending());
    runtime.set_limits(Limits { store_items_max: 2, lanes: 1, ..Limits::default() });
    let _second = second.await.unwrap();
    runtime.set_limits(Limits { store_items_max: 1, lanes: 1, ..Limits::default() });
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
async fn what_nothing_serves_is_not_accepted() {
    let extractor = TableExtractor::default();
    let request = crate::Request { endpoint: "deltas", ..extractor.request(0) };
    let runtime = Runtime::start(ModelFlush::default(), Arc::new(extractor), Limits::default());
    let rejected = runtime.submit(request).await.unwrap_err();
    assert_eq!(rejected.to_string(), "nothing serves p/deltas");
    assert_eq!(rejected.outcome().kind(), OutcomeKind::UnknownResource);
    runtime.close().await;
    assert_eq!(runtime.stats().accepted, 0);
}
