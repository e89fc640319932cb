//! The extraction workers: threads that read documents, grouped so that one plugin's code runs for several in a row.
//! Know neither lanes nor stores.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use laneway_model::{DocumentUuid, ExtractWorker, Extractor, Operation, OperationId, Outcome, Route, Strategy};

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

/// What workers found out, one result an operation.
pub(super) type Extractions = Vec<(OperationId, Result<Arc<Operation>, Outcome>)>;

/// The threads and their queue. The queue is locked once for each group put in or taken out, for as long as that takes:
/// never while a document is read.
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
    /// Nothing panics while it is locked, so that a poisoned lock holds a whole queue.
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
    /// Starts `threads` of them; `report` gets what they found out, and is called by each of them.
    ///
    /// # Errors
    /// When the system gives no thread; those that were started have ended.
    pub(super) fn start(
        extractor: &Arc<dyn Extractor>,
        threads: usize,
        report: impl Fn(Extractions) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_by(extractor, threads, report, |number, run| {
            std::thread::Builder::new().name(format!("laneway-read-{number}")).spawn(run)
        })
    }

    /// As [`Self::start`]; `spawn` makes the threads.
    fn start_by(
        extractor: &Arc<dyn Extractor>,
        threads: usize,
        report: impl Fn(Extractions) + Clone + Send + 'static,
        spawn: impl Fn(usize, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), filled: Condvar::new(), threads });
        let mut workers = Self { shared, threads: Vec::with_capacity(threads) };
        for number in 0..threads {
            let (shared, report) = (Arc::clone(&workers.shared), report.clone());
            let mut worker = Worker { extractor: Arc::clone(extractor), worker: None };
            let run = move || {
                worker.extractor.on_thread_start();
                while let Some(jobs) = shared.take() {
                    worker.work(jobs, &report);
                }
            };
            match spawn(number, Box::new(run)) {
                Ok(thread) => workers.threads.push(thread),
                Err(error) => {
                    workers.close()();
                    return Err(laneway_threads::refused("to extract with", &error));
                }
            }
        }
        Ok(workers)
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
    fn work(&mut self, mut jobs: Vec<Job>, report: &impl Fn(Extractions)) {
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

#[cfg(test)]
mod tests {
    use laneway_model::RouteError;

    use super::*;

    struct Nothing;

    impl Extractor for Nothing {
        fn route(&self, _: &str, _: &str) -> Result<Route, RouteError> {
            Err(RouteError::new("nothing", ""))
        }

        fn worker(&self) -> Box<dyn ExtractWorker> {
            unreachable!("no document is read")
        }
    }

    #[test]
    fn threads_that_were_started_have_ended_when_one_cannot_be() {
        let extractor: Arc<dyn Extractor> = Arc::new(Nothing);
        let spawn = |number, run| if number < 3 { Ok(std::thread::spawn(run)) } else { Err(io::Error::other("full")) };
        let error = Workers::start_by(&extractor, 5, drop, spawn).err().expect("no workers");
        assert!(error.to_string().contains("(full)"), "{error}");
        assert_eq!(Arc::strong_count(&extractor), 1, "no thread holds it any more");
    }
}
