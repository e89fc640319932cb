//! What workers see of a canary: documents that were answered are sampled for it. Refuses to know who compares them.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use laneway_model::{Extraction, Outcome, Route, RouteError};

use crate::publish::generation::Generation;
use crate::publish::verdict::CanaryReport;
use crate::read::bodies::Bodies;

/// Documents that wait for the canary's thread; beyond that, those that come are skipped: the live traffic never waits.
const WAITING_MAX: usize = 64;

/// A canary under way.
pub(crate) struct ActiveCanary {
    /// What would be in force.
    generation: Generation,
    sample_every: NonZeroU32,
    /// Documents that have come by; wraps around.
    seen: AtomicU32,
    /// Taken away when the canary ends, so that the thread that compares finds the channel closed. The lock is held for
    /// a `try_send`, never while anything waits.
    samples: Mutex<Option<SyncSender<Sample>>>,
    /// Paired with `news`. Locked by workers only to count what was skipped.
    report: Mutex<CanaryReport>,
    /// Signals each change of the report.
    news: Condvar,
}

/// A document and the published plugin's answer to it.
pub(super) struct Sample {
    /// Where it goes in the new set.
    pub(super) route: Result<Route, RouteError>,
    pub(super) resource: String,
    pub(super) document: Box<str>,
    pub(super) bodies: Bodies,
    pub(super) answer: Result<Extraction, Outcome>,
}

impl ActiveCanary {
    pub(super) fn new(generation: Generation, sample_every: NonZeroU32) -> (Self, Receiver<Sample>) {
        let (sender, samples) = sync_channel(WAITING_MAX);
        let canary = Self {
            generation,
            sample_every,
            seen: AtomicU32::new(0),
            samples: Mutex::new(Some(sender)),
            report: Mutex::default(),
            news: Condvar::new(),
        };
        (canary, samples)
    }

    /// A document was answered; perhaps it is tried too. Costs a count unless it is.
    pub(crate) fn offer(&self, route: &Route, document: &str, bodies: Bodies, answer: &Result<Extraction, Outcome>) {
        // Relaxed: a count that orders nothing; which document exactly is sampled does not matter.
        if !self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.sample_every.get()) {
            return;
        }
        // A failure of the published plugin is no answer that the new one could be compared with.
        if !matches!(answer, Ok(_) | Err(Outcome::InvalidDocument { .. })) {
            return;
        }
        let resource = &route.resource;
        let new = self.generation.route(&resource.project_endpoint, &resource.endpoint);
        if new.as_ref().is_ok_and(|new| new.group == route.group) {
            return;
        }
        let sample = Sample {
            route: new,
            resource: format!("{}/{}", resource.project_endpoint, resource.endpoint),
            document: document.into(),
            bodies,
            answer: answer.clone(),
        };
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.as_ref().is_some_and(|samples| samples.try_send(sample).is_err()) {
            self.report().skipped += 1;
        }
    }

    /// Counts a comparison: what the answers differ in, if they do.
    pub(super) fn compared(&self, resource: &str, difference: Option<String>) {
        self.report().add(resource, difference);
        self.news.notify_all();
    }

    pub(super) fn report(&self) -> MutexGuard<'_, CanaryReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the report may have changed, at most for `time_max`.
    pub(super) fn wait<'a>(
        &self,
        report: MutexGuard<'a, CanaryReport>,
        time_max: Duration,
    ) -> MutexGuard<'a, CanaryReport> {
        self.news.wait_timeout(report, time_max).unwrap_or_else(PoisonError::into_inner).0
    }

    /// No sample comes any more.
    pub(super) fn end(&self) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
