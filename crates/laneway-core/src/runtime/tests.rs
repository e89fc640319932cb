//! The runtime against the model store and against flushes that wait for the test's word. No test sleeps.

use super::*;
use crate::Extracted;
use crate::model::ModelFlush;
use crate::model::documents::{BASE, Document};
use laneway_model::{ExtractWorker, OutcomeKind, Route};

/// Serves nothing: these tests hand over extracted operations.
struct NoExtractor;

impl Extractor for NoExtractor {
    fn route(&self, project: &str, endpoint: &str) -> Result<Route, Outcome> {
        Err(Outcome::UnknownResource { code: "unknown-project".into(), message: format!("{project}/{endpoint}") })
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        unreachable!("nothing is routed")
    }
}

fn extracted(document: &Document) -> Extracted {
    Extracted { operation: (*document.operation()).clone(), deadline: None }
}

#[tokio::test]
async fn documents_that_refer_to_earlier_ones_all_arrive() {
    let flush = ModelFlush::default();
    let runtime = Runtime::start(flush.clone(), Arc::new(NoExtractor), Limits::default());
    let mut tickets = Vec::new();
    for key in 0..1000 {
        let document = if key == 0 { Document::alpha(0) } else { Document::alpha(key).refers_to(BASE, key / 2) };
        tickets.push(runtime.submit(extracted(&document)).await.unwrap());
    }
    for ticket in tickets {
        assert_eq!(ticket.await.outcome.kind(), OutcomeKind::Inserted);
    }
    assert_eq!(flush.store().len(), 1000);
    let stats = runtime.stats();
    assert_eq!((stats.accepted, stats.pending()), (1000, 0));
    println!("{stats:?}");
    runtime.close().await;
}
