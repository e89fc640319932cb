//! The runtime as a whole, against the model store and against flushes that wait for the test's word. No test sleeps:
//! each waits for what it has caused, or runs on tokio's paused clock.

mod ends;
mod extraction;
mod held;
mod life;
mod room;
mod storm;
mod table;

use std::sync::Arc;

use laneway_model::Limits;

use super::Runtime;
use crate::Extracted;
use crate::tests::documents::Document;
use held::HeldFlushes;
use table::TableExtractor;

/// A document as a host hands it over that has extracted it itself.
fn extracted(document: &Document) -> Extracted {
    Extracted { operation: (*document.operation()).clone(), deadline: None }
}

/// A runtime whose flushes wait for the test, on one lane.
fn held(limits: Limits) -> (Runtime, HeldFlushes) {
    let (flush, held) = held::flush();
    let limits = Limits { lanes: 1, extract_threads: 1, ..limits };
    (Runtime::start(flush, Arc::new(TableExtractor::default()), limits).unwrap(), held)
}
