//! Reads documents in tasks of the runtime, each group after a pause: no thread, so that all that happens has one order. For
//! simulations.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use laneway_model::Extractor;

use super::reading::{Findings, Job, Readers, TAKE_MAX, Worker};

/// Reads in tasks.
pub(in crate::runtime) struct Tasks<P> {
    worker: Arc<Mutex<Worker>>,
    pause: P,
    findings: Findings,
}

impl<P: FnMut() -> Duration + Send + 'static> Tasks<P> {
    /// `pause`: how long the next group takes.
    pub(in crate::runtime) fn new(extractor: &Arc<dyn Extractor>, pause: P, findings: Findings) -> Self {
        Self { worker: Arc::new(Mutex::new(Worker::new(Arc::clone(extractor)))), pause, findings }
    }
}

impl<P: FnMut() -> Duration + Send + 'static> Readers for Tasks<P> {
    fn put(&mut self, jobs: impl ExactSizeIterator<Item = Job>) {
        let mut jobs = jobs.peekable();
        while jobs.peek().is_some() {
            let group: Vec<Job> = jobs.by_ref().take(TAKE_MAX).collect();
            let (worker, findings, pause) = (Arc::clone(&self.worker), Arc::clone(&self.findings), (self.pause)());
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                worker.lock().unwrap_or_else(PoisonError::into_inner).work(group, &|group| findings(group));
            });
        }
    }

    fn close(&mut self) -> Option<Box<dyn FnOnce() + Send>> {
        None
    }
}
