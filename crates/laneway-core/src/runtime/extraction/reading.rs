//! How documents are read, grouped so that one plugin's code runs for several in a row. Knows neither lanes nor stores, and not
//! whose turn it is to read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use laneway_model::{DocumentUuid, ExtractWorker, Extractor, Operation, OperationId, Outcome, Route, Strategy};

/// The most documents that are taken at a time: enough to find some of one plugin among them, few enough that the first does
/// not wait long for the last.
pub(super) const TAKE_MAX: usize = 64;

/// A document to be read.
pub(crate) struct Raw {
    pub(in crate::runtime) route: Route,
    pub(in crate::runtime) document: Bytes,
    pub(in crate::runtime) document_uuid: DocumentUuid,
    pub(in crate::runtime) trace_id: Box<str>,
    pub(in crate::runtime) authorization: Option<Arc<[Strategy]>>,
}

pub(crate) type Job = (OperationId, Raw);

/// What was found out, one result an operation.
pub(crate) type Extractions = Vec<(OperationId, Result<Arc<Operation>, Outcome>)>;

/// Takes what was found out; called by whoever reads.
pub(crate) type Findings = Arc<dyn Fn(Extractions) + Send + Sync>;

/// Who reads the documents of one runtime, beside its task.
pub(crate) trait Readers: Send + 'static {
    /// Hands documents over.
    fn put(&mut self, jobs: impl ExactSizeIterator<Item = Job>);

    /// Takes nothing more: what is there is read. What is returned, if anything, waits for that and blocks.
    fn close(&mut self) -> Option<Box<dyn FnOnce() + Send>>;
}

/// Reads documents one after another. What panics in it is thrown away with all it holds.
pub(super) struct Worker {
    extractor: Arc<dyn Extractor>,
    worker: Option<Box<dyn ExtractWorker>>,
}

impl Worker {
    pub(super) fn new(extractor: Arc<dyn Extractor>) -> Self {
        Self { extractor, worker: None }
    }

    pub(super) fn on_thread_start(&self) {
        self.extractor.on_thread_start();
    }

    /// Reads documents plugin by plugin, those of one plugin in order, and reports after each plugin.
    pub(super) fn work(&mut self, mut jobs: Vec<Job>, report: &impl Fn(Extractions)) {
        jobs.sort_by_key(|(_, raw)| raw.route.group);
        let mut jobs = jobs.into_iter().peekable();
        while let Some((_, first)) = jobs.peek() {
            let group = first.route.group;
            let mut results = Extractions::new();
            while let Some((id, raw)) = jobs.next_if(|(_, raw)| raw.route.group == group) {
                results.push((id, self.extract(raw)));
            }
            report(results);
        }
    }

    fn extract(&mut self, raw: Raw) -> Result<Arc<Operation>, Outcome> {
        let extractor = &self.extractor;
        let worker = &mut self.worker;
        let run = || {
            let worker = worker.get_or_insert_with(|| extractor.worker());
            let document = worker.coerce(&raw.route, &raw.document).map_or_else(|| raw.document.clone(), Bytes::from);
            worker.extract(&raw.route, &document).map(|extraction| (document, extraction))
        };
        let (document, extraction) = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            let broken = self.worker.take();
            // What is left after a panic may panic again as it goes.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(broken)));
            Err(Outcome::PluginFailed { message: "the extractor panicked while it read the document".into() })
        })?;
        Ok(Arc::new(Operation {
            document,
            extraction,
            document_uuid: raw.document_uuid,
            trace_id: raw.trace_id,
            authorization: raw.authorization,
        }))
    }
}
