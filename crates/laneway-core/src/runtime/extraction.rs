//! The extraction workers: threads that read documents, grouped so that one plugin's code runs for several in a row.
//! Know neither lanes nor stores.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use laneway_model::{DocumentUuid, ExtractWorker, Extractor, Operation, OperationId, Outcome, Route, Strategy};
use tokio::sync::mpsc;

use super::command::{Command, Extractions};

/// The most documents that a worker takes at a time: enough to find some of one plugin among them, few enough that
/// the first does not wait long for the last.
const TAKE_MAX: usize = 64;

/// A document to be read.
pub(crate) struct Raw {
    pub(super) route: Route,
    pub(super) document: Bytes,
    pub(super) document_uuid: DocumentUuid,
    pub(super) trace_id: Box<str>,
    pub(super) authorization: Option<Arc<[Strategy]>>,
}

pub(super) type Job = (OperationId, Raw);

/// The threads and their queue. The queue is locked once for each group put in or taken out.
pub(super) struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    threads: usize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Shared {
    /// Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for documents and takes a fair share of them; `None` when there will be no more.
    fn take(&self) -> Option<Vec<Job>> {
        let queue = self.lock();
        let mut queue = self
            .filled
            .wait_while(queue, |queue| queue.jobs.is_empty() && !queue.closed)
            .unwrap_or_else(PoisonError::into_inner);
        let share = queue.jobs.len().div_ceil(self.threads).min(TAKE_MAX);
        if share == 0 {
            return None;
        }
        Some(queue.jobs.drain(..share).collect())
    }
}

impl Workers {
    /// Starts `threads` of them.
    ///
    /// # Panics
    /// When the system gives no thread.
    pub(super) fn start(
        extractor: &Arc<dyn Extractor>,
        threads: usize,
        results: &mpsc::UnboundedSender<Command>,
    ) -> Self {
        let shared = Arc::new(Shared { queue: Mutex::default(), filled: Condvar::new(), threads });
        let start = |number: usize| {
            let (shared, results) = (Arc::clone(&shared), results.clone());
            let mut worker = Worker { extractor: Arc::clone(extractor), worker: None };
            std::thread::Builder::new()
                .name(format!("laneway-read-{number}"))
                .spawn(move || {
                    while let Some(jobs) = shared.take() {
                        worker.work(jobs, |group| drop(results.send(Command::Extracted(group))));
                    }
                })
                .expect("the system has no thread left for reading documents")
        };
        let threads = (0..threads).map(start).collect();
        Self { shared, threads }
    }

    /// Hands documents to the threads.
    pub(super) fn put(&self, jobs: impl ExactSizeIterator<Item = Job>) {
        let count = jobs.len();
        if count > 0 {
            self.shared.lock().jobs.extend(jobs);
        }
        match count {
            0 => {}
            1 => self.shared.filled.notify_one(),
            _ => self.shared.filled.notify_all(),
        }
    }

    /// Lets the threads end when they have read what is there; the returned function waits for that.
    pub(super) fn close(&mut self) -> impl FnOnce() + Send + use<> {
        self.shared.lock().closed = true;
        self.shared.filled.notify_all();
        let threads = std::mem::take(&mut self.threads);
        move || threads.into_iter().for_each(|thread| drop(thread.join()))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        drop(self.close());
    }
}

/// One thread's extraction. What panics in it is thrown away with all it holds.
struct Worker {
    extractor: Arc<dyn Extractor>,
    worker: Option<Box<dyn ExtractWorker>>,
}

impl Worker {
    /// Reads documents plugin by plugin, those of one plugin in order, and reports after each plugin.
    fn work(&mut self, mut jobs: Vec<Job>, mut report: impl FnMut(Extractions)) {
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
        let run = || worker.get_or_insert_with(|| extractor.worker()).extract(&raw.route, &raw.document);
        let extraction = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            let broken = self.worker.take();
            // What is left after a panic may panic again as it goes.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(broken)));
            Err(Outcome::PluginFailed { message: "the extractor panicked while it read the document".into() })
        })?;
        Ok(Arc::new(Operation {
            document: raw.document,
            extraction,
            document_uuid: raw.document_uuid,
            trace_id: raw.trace_id,
            authorization: raw.authorization,
        }))
    }
}
