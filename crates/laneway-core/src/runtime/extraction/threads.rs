//! The threads that read documents, and the queue that they share. Know neither lanes nor stores, and not how a document is read.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use laneway_model::Extractor;

use super::reading::{Extractions, Job, Readers, TAKE_MAX, Worker};

/// The threads and their queue. The queue is locked once for each group put in or taken out, for as long as that takes:
/// never while a document is read.
pub(in crate::runtime) struct Workers {
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
    pub(in crate::runtime) fn start(
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
            let mut worker = Worker::new(Arc::clone(extractor));
            let run = move || {
                worker.on_thread_start();
                while let Some(jobs) = shared.take() {
                    worker.work(jobs, &report);
                }
            };
            match spawn(number, Box::new(run)) {
                Ok(thread) => workers.threads.push(thread),
                Err(error) => {
                    workers.end()();
                    return Err(laneway_threads::refused("to extract with", &error));
                }
            }
        }
        Ok(workers)
    }

    /// Lets the threads end when they have read what is there; the returned function waits for that.
    fn end(&mut self) -> impl FnOnce() + Send + use<> {
        self.shared.lock().closed = true;
        self.shared.filled.notify_all();
        let threads = std::mem::take(&mut self.threads);
        move || threads.into_iter().for_each(|thread| drop(thread.join()))
    }
}

impl Readers for Workers {
    fn put(&mut self, jobs: impl ExactSizeIterator<Item = Job>) {
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

    fn close(&mut self) -> Option<Box<dyn FnOnce() + Send>> {
        Some(Box::new(self.end()))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        drop(self.end());
    }
}

#[cfg(test)]
mod tests {
    use laneway_model::{ExtractWorker, Route, RouteError};

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
