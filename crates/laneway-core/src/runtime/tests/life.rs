//! Whole lives: from submit to completion, through sinks and checkpoints.

use std::sync::{Arc, Mutex};

use laneway_model::{Limits, OutcomeKind};
use tokio::sync::mpsc;

use super::held::kind;
use super::{extracted, held};
use crate::memory::MemoryFlush;
use crate::runtime::tests::table::TableExtractor;
use crate::tests::documents::{BASE, Document};
use crate::{Completion, CompletionSink, FlushReason, Runtime};

#[tokio::test]
async fn documents_that_refer_to_earlier_ones_all_arrive_and_at_the_first_attempt() {
    let flush = MemoryFlush::default();
    let runtime = Runtime::start(flush.clone(), Arc::new(TableExtractor::default()), Limits::default()).unwrap();
    let mut tickets = Vec::new();
    for key in 0..1_000 {
        let document = if key == 0 { Document::alpha(0) } else { Document::alpha(key).refers_to(BASE, key / 2) };
        tickets.push(runtime.submit(extracted(&document)).await.unwrap());
    }
    for ticket in tickets {
        assert_eq!(kind(ticket).await, OutcomeKind::Inserted);
    }
    assert_eq!(flush.store().len(), 1_000);
    runtime.close().await;
    let stats = runtime.stats();
    assert_eq!((stats.accepted, stats.completed(), stats.pending()), (1_000, 1_000, 0));
    assert_eq!((stats.batch_operations, stats.awaiting_references), (1_000, 0));
    assert_eq!((stats.latency_us.count(), stats.batch_size.sum()), (1_000, 1_000));
    assert_eq!((stats.transactions, stats.round_trips), (stats.flushes(), 2 * stats.flushes()));
}

#[tokio::test]
async fn a_completion_carries_how_it_was_written() {
    let (runtime, flushes) = held(Limits::default());
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let flush = flushes.next().await;
    let second = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    let third = runtime.submit(extracted(&Document::gamma(3))).await.unwrap();
    flush.complete();
    let flush = flushes.next().await;
    assert_eq!((flush.len(), flush.batch.reason), (2, FlushReason::Idle));
    flush.complete();
    let first = first.await;
    assert_eq!(first.info.batch_size, 1);
    assert_eq!(first.referential_id, Some(Document::gamma(1).operation().extraction.referential_id));
    let (second, third) = (second.await, third.await);
    assert_eq!((second.info.sequence, second.info.position), (2, 0));
    assert_eq!((third.info.sequence, third.info.position, third.info.batch_size), (2, 1, 2));
    assert!(third.queued <= third.elapsed);
    runtime.close().await;
}

#[derive(Default)]
struct Sink {
    groups: Mutex<Vec<Vec<(u64, OutcomeKind)>>>,
    signal: Option<mpsc::UnboundedSender<usize>>,
}

impl CompletionSink for Sink {
    fn deliver(&self, group: Vec<(u64, Completion)>) {
        let kinds: Vec<_> = group.iter().map(|(token, completion)| (*token, completion.outcome.kind())).collect();
        if let Some(signal) = &self.signal {
            signal.send(kinds.len()).unwrap();
        }
        self.groups.lock().unwrap().push(kinds);
        assert!(group.iter().all(|(token, _)| *token != 666), "on purpose");
    }
}

fn sink() -> (Arc<Sink>, mpsc::UnboundedReceiver<usize>) {
    let (signal, signals) = mpsc::unbounded_channel();
    (Arc::new(Sink { signal: Some(signal), ..Sink::default() }), signals)
}

#[tokio::test]
async fn a_sink_gets_the_operations_of_a_flush_together() {
    let (runtime, flushes) = held(Limits::default());
    let (sink, mut signals) = sink();
    runtime.submit_to(extracted(&Document::gamma(1)), sink.clone(), 10).await.unwrap();
    let flush = flushes.next().await;
    for key in 2..5 {
        runtime.try_submit_to(extracted(&Document::gamma(key)), sink.clone(), u64::from(key) * 10).unwrap();
    }
    let ticket = runtime.try_submit(extracted(&Document::gamma(9))).unwrap();
    flush.complete();
    assert_eq!(signals.recv().await, Some(1));
    flushes.next().await.complete();
    assert_eq!(signals.recv().await, Some(3));
    assert_eq!(kind(ticket).await, OutcomeKind::Inserted);
    let groups: Vec<Vec<u64>> =
        sink.groups.lock().unwrap().iter().map(|group| group.iter().map(|(token, _)| *token).collect()).collect();
    assert_eq!(groups, [vec![10], vec![20, 30, 40]]);
    runtime.close().await;
}

#[tokio::test]
async fn a_sink_that_panics_loses_only_its_own_group() {
    let (runtime, flushes) = held(Limits::default());
    let (sink, mut signals) = sink();
    runtime.submit_to(extracted(&Document::gamma(1)), sink, 666).await.unwrap();
    flushes.next().await.complete();
    assert_eq!(signals.recv().await, Some(1));
    let ticket = runtime.submit(extracted(&Document::gamma(2))).await.unwrap();
    flushes.next().await.complete();
    assert_eq!(kind(ticket).await, OutcomeKind::Inserted);
    runtime.close().await;
}

#[tokio::test]
async fn an_operation_of_a_sink_is_taken_back_by_its_token() {
    let (runtime, flushes) = held(Limits::default());
    let (sink, mut signals) = sink();
    runtime.submit_to(extracted(&Document::gamma(1)), sink.clone(), 1).await.unwrap();
    let flush = flushes.next().await;
    runtime.submit_to(extracted(&Document::gamma(2)), sink.clone(), 2).await.unwrap();
    runtime.cancel(1);
    runtime.cancel(2);
    runtime.cancel(3);
    assert_eq!(signals.recv().await, Some(1));
    flush.complete();
    assert_eq!(signals.recv().await, Some(1));
    let groups = sink.groups.lock().unwrap().clone();
    assert_eq!(groups, [[(2, OutcomeKind::Cancelled)], [(1, OutcomeKind::Inserted)]]);
    runtime.close().await;
}

#[tokio::test]
async fn a_checkpoint_waits_for_what_came_before_it_alone() {
    let (runtime, flushes) = held(Limits { linger: std::time::Duration::from_secs(3_600), ..Limits::default() });
    let first = runtime.submit(extracted(&Document::gamma(1))).await.unwrap();
    let mut second = None;
    let ((), ()) = tokio::join!(runtime.checkpoint(), async {
        let flush = flushes.next().await;
        assert_eq!(flush.batch.reason, FlushReason::Checkpoint);
        second = Some(runtime.submit(extracted(&Document::gamma(2))).await.unwrap());
        flush.complete();
    });
    assert_eq!(kind(first).await, OutcomeKind::Inserted);
    assert!(flushes.is_idle().await, "the second lingers again");
    runtime.close().await;
    assert_eq!(kind(second.unwrap()).await, OutcomeKind::Closed);
}
