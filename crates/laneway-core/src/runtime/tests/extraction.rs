//! Documents that workers read: order, failures, panics.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use laneway_model::{Limits, OutcomeKind};
use tokio::time::Instant;

use super::held::kind;
use super::table::{INVALID, PANIC, TableExtractor};
use crate::Runtime;
use crate::memory::MemoryFlush;
use crate::tests::documents::Document;

fn start(extractor: &Arc<TableExtractor>, threads: usize) -> Runtime {
    let extractor: Arc<dyn laneway_model::Extractor> = Arc::clone(extractor) as _;
    let limits = Limits { extract_threads: threads, ..Limits::default() };
    Runtime::start(MemoryFlush::default(), extractor, limits).unwrap()
}

#[tokio::test]
async fn an_unreadable_document_ends_as_invalid_and_a_panic_costs_one_document() {
    let extractor = Arc::new(TableExtractor::of(vec![Document::gamma(1), Document::gamma(2)]));
    let runtime = start(&extractor, 1);
    let mut kinds = Vec::new();
    for number in [0, INVALID, PANIC, 1] {
        let ticket = runtime.submit(extractor.request(number)).await.unwrap();
        kinds.push(kind(ticket).await);
    }
    let expected =
        [OutcomeKind::Inserted, OutcomeKind::InvalidDocument, OutcomeKind::PluginFailed, OutcomeKind::Inserted];
    assert_eq!(kinds, expected);
    assert_eq!(extractor.workers.load(Ordering::Relaxed), 2, "after the panic a new one");
    runtime.close().await;
}

#[tokio::test]
async fn one_identity_keeps_its_order_whichever_thread_is_faster() {
    // Alpha 7 and Beta 7 have one superclass alias: whichever comes first is stored, the other one conflicts.
    for _ in 0..50 {
        let documents = vec![Document::alpha(7), Document::beta(7)];
        let extractor = Arc::new(TableExtractor::of(documents));
        let runtime = start(&extractor, 2);
        let mut tickets = Vec::new();
        for round in 0..20 {
            tickets.push((round % 2, runtime.submit(extractor.request(round % 2)).await.unwrap()));
        }
        for (at, (number, ticket)) in tickets.into_iter().enumerate() {
            let expected = match (at, number) {
                (0, _) => OutcomeKind::Inserted,
                (_, 0) => OutcomeKind::Updated,
                _ => OutcomeKind::IdentityConflict,
            };
            assert_eq!(kind(ticket).await, expected);
        }
        runtime.close().await;
    }
}

/// Documents of one plugin are read in a row: what waits together changes the plugin once for each group.
#[tokio::test]
async fn documents_of_one_plugin_are_read_in_a_row() {
    let documents: Vec<Document> =
        (0..30).map(|key| if key % 2 == 0 { Document::alpha(key) } else { Document::gamma(key) }).collect();
    let extractor = Arc::new(TableExtractor::of(documents));
    let runtime = start(&extractor, 1);
    // On one tokio thread nothing is extracted before the first await that waits.
    let tickets: Vec<_> = (0..30).map(|number| runtime.try_submit(extractor.request(number)).unwrap()).collect();
    for ticket in tickets {
        assert_eq!(kind(ticket).await, OutcomeKind::Inserted);
    }
    let groups: Vec<u64> = extractor.read.lock().unwrap().iter().map(|(_, group)| *group).collect();
    assert_eq!(groups.chunk_by(|one, other| one == other).count(), 2);
    runtime.close().await;
}

/// When `close` has returned, the threads are gone: nothing of the host is touched any more.
#[tokio::test]
async fn a_closed_runtime_has_no_threads() {
    let extractor = Arc::new(TableExtractor::of(vec![Document::gamma(1)]));
    let runtime = start(&extractor, 3);
    runtime.submit(extractor.request(0)).await.unwrap().await;
    assert!(Arc::strong_count(&extractor) > 2);
    runtime.close().await;
    assert_eq!(Arc::strong_count(&extractor), 2, "the test's and the runtime's own");
}

#[tokio::test(start_paused = true)]
async fn a_runtime_without_threads_reads_on_the_one_it_has_after_a_pause() {
    let extractor = Arc::new(TableExtractor::of(vec![Document::gamma(1)]));
    let read = Arc::clone(&extractor.read);
    let request = extractor.request(0);
    let pause = Duration::from_millis(70);
    let runtime =
        Runtime::start_without_threads(MemoryFlush::default(), extractor, Limits::default(), move || pause).unwrap();
    let started = Instant::now();
    let ticket = runtime.submit(request).await.unwrap();
    assert_eq!(kind(ticket).await, OutcomeKind::Inserted);
    assert!(started.elapsed() >= pause, "{:?}", started.elapsed());
    let threads: Vec<_> = read.lock().unwrap().iter().map(|(thread, _)| *thread).collect();
    assert_eq!(threads, [std::thread::current().id()]);
    runtime.close().await;
}
