//! A set on trial: sampled documents of the live traffic go through it as well, on a thread of its own. Its answers
//! are compared with those that are used, and counted; then it is published or dropped.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use laneway_model::{Extraction, Outcome, Route, RouteError};

use crate::Publish;
use crate::difference::difference;
use crate::generation::Generation;
use crate::plugin::LoadedPlugin;
use crate::registry::Registry;
use crate::worker::Worker;

/// Documents that wait for the trial's thread; with more, those that come are left out: the live traffic never waits.
const WAITING_MAX: usize = 64;
/// Kinds of differences that are told apart; further ones are counted together.
const KINDS_MAX: usize = 32;
/// How soon a decision notices that it is wanted no longer.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How a set is tried.
#[derive(Clone, PartialEq, Debug)]
pub struct CanarySettings {
    /// One of so many documents is tried.
    pub sample_every: NonZeroU32,
    /// So many documents have to be compared before the set is published.
    pub documents_min: u64,
    /// The share of documents that may differ, from 0 to 1.
    pub difference_share_max: f64,
    /// When too few documents have come within this time, the set is dropped.
    pub time_max: Duration,
}

impl Default for CanarySettings {
    fn default() -> Self {
        Self {
            sample_every: NonZeroU32::MIN,
            documents_min: 1_000,
            difference_share_max: 0.0,
            time_max: Duration::from_secs(300),
        }
    }
}

/// What has come of a trial so far.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CanaryReport {
    /// Documents about which both were asked.
    pub compared: u64,
    /// Those of which the new set says something else, or fails.
    pub differing: u64,
    /// Those that were sampled while the trial was busy, and left out.
    pub left_out: u64,
    /// How often which resource differed in what, as in `ed-fi/students: identity`.
    pub differences: BTreeMap<String, u64>,
}

/// Why a set that was tried is not published.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum CanaryRefusal {
    /// Its answers differ too often.
    #[error("{} of {} documents come out differently: {}", .0.differing, .0.compared, .0.examples())]
    Differs(CanaryReport),
    /// Too few documents came.
    #[error("only {} documents were compared in the time of the trial", .0.compared)]
    TooFew(CanaryReport),
    /// The trial was called off.
    #[error("the trial was called off after {} documents", .0.compared)]
    CalledOff(CanaryReport),
}

/// A trial under way. Dropping it ends the trial; the set goes.
pub struct Canary {
    registry: Arc<Registry>,
    trial: Arc<Trial>,
    plugins: Vec<Arc<LoadedPlugin>>,
    mode: Publish,
    settings: CanarySettings,
    started: Instant,
    thread: Option<JoinHandle<()>>,
}

/// What workers see of a trial.
pub(crate) struct Trial {
    /// What would be in force.
    generation: Generation,
    sample_every: NonZeroU32,
    /// Documents that have come by; wraps around.
    seen: AtomicU32,
    /// Taken away when the trial ends.
    samples: Mutex<Option<SyncSender<Sample>>>,
    report: Mutex<CanaryReport>,
    /// There is something new in the report.
    news: Condvar,
}

/// A document with what is said about it.
struct Sample {
    /// Where it goes in the new set.
    route: Result<Route, RouteError>,
    resource: String,
    document: Box<str>,
    answer: Result<Extraction, Outcome>,
}

impl Trial {
    /// A document was answered; perhaps it is tried too. Costs a count unless it is.
    pub(crate) fn offer(&self, route: &Route, document: &str, answer: &Result<Extraction, Outcome>) {
        if !self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.sample_every.get()) {
            return;
        }
        // What failed for want of a good plugin says nothing about the new one.
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
            answer: answer.clone(),
        };
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.as_ref().is_some_and(|samples| samples.try_send(sample).is_err()) {
            self.report().left_out += 1;
        }
    }

    fn report(&self) -> MutexGuard<'_, CanaryReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares samples until there are no more to come.
    fn run(&self, registry: &Arc<Registry>, samples: &Receiver<Sample>) {
        let mut worker = Worker::new(Arc::clone(registry));
        for sample in samples {
            let route = sample.route.map_err(Outcome::from);
            let new = route.and_then(|route| worker.try_out(&route, &sample.document));
            let difference = difference(&sample.answer, &new);
            self.report().add(&sample.resource, difference);
            self.news.notify_all();
        }
    }
}

impl CanaryReport {
    fn add(&mut self, resource: &str, difference: Option<String>) {
        self.compared += 1;
        if let Some(what) = difference {
            self.differing += 1;
            let kind = format!("{resource}: {what}");
            let kind = if self.differences.len() < KINDS_MAX || self.differences.contains_key(&kind) {
                kind
            } else {
                "others".to_owned()
            };
            *self.differences.entry(kind).or_default() += 1;
        }
    }

    fn examples(&self) -> String {
        let told: Vec<String> =
            self.differences.iter().take(3).map(|(kind, count)| format!("{kind} ({count})")).collect();
        told.join(", ")
    }

    /// Whether the set may be published, as far as is known.
    fn verdict(&self, settings: &CanarySettings) -> Option<bool> {
        // Precise far beyond any number of documents that is ever compared.
        let allowed = settings.difference_share_max * self.compared.max(settings.documents_min) as f64;
        if self.differing as f64 > allowed {
            return Some(false);
        }
        (self.compared >= settings.documents_min).then_some(true)
    }
}

impl Canary {
    pub(crate) fn start(
        registry: &Arc<Registry>,
        generation: Generation,
        plugins: Vec<Arc<LoadedPlugin>>,
        mode: Publish,
        settings: CanarySettings,
    ) -> std::io::Result<Self> {
        let (sender, samples) = sync_channel(WAITING_MAX);
        let trial = Arc::new(Trial {
            generation,
            sample_every: settings.sample_every,
            seen: AtomicU32::new(0),
            samples: Mutex::new(Some(sender)),
            report: Mutex::default(),
            news: Condvar::new(),
        });
        let thread = std::thread::Builder::new().name("laneway-canary".into()).spawn({
            let (registry, trial) = (Arc::clone(registry), Arc::clone(&trial));
            move || trial.run(&registry, &samples)
        })?;
        registry.trial.store(Some(Arc::clone(&trial)));
        let registry = Arc::clone(registry);
        Ok(Self { registry, trial, plugins, mode, settings, started: Instant::now(), thread: Some(thread) })
    }

    /// What has come of it so far.
    #[must_use]
    pub fn report(&self) -> CanaryReport {
        self.trial.report().clone()
    }

    /// Publishes the set, whatever came of the trial; the new generation's number.
    #[must_use = "the number tells which generation can be returned to"]
    pub fn promote(mut self) -> u64 {
        self.end();
        self.registry.publish_loaded(&self.plugins, self.mode)
    }

    /// Waits until enough documents were compared, then publishes the set or drops it. Blocks, at most for the time of
    /// the trial. Returns the new generation's number.
    ///
    /// # Errors
    /// When the set is not published.
    pub fn decide(self) -> Result<u64, CanaryRefusal> {
        self.decide_unless(&AtomicBool::new(false))
    }

    /// As [`Canary::decide`], until `called_off` is set.
    ///
    /// # Errors
    /// When the set is not published.
    pub fn decide_unless(self, called_off: &AtomicBool) -> Result<u64, CanaryRefusal> {
        let mut report = self.trial.report();
        loop {
            match report.verdict(&self.settings) {
                Some(true) => break,
                Some(false) => return Err(CanaryRefusal::Differs(report.clone())),
                None if called_off.load(Ordering::SeqCst) => return Err(CanaryRefusal::CalledOff(report.clone())),
                None => {}
            }
            let left = self.settings.time_max.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return Err(CanaryRefusal::TooFew(report.clone()));
            }
            let waited = self.trial.news.wait_timeout(report, left.min(LOOK_EVERY));
            report = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(report);
        Ok(self.promote())
    }

    fn end(&mut self) {
        self.registry.trial.store(None);
        self.trial.samples.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            // Its work is over, whether it ended well or not.
            let _ = thread.join();
        }
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Debug for Canary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canary").field("report", &*self.trial.report()).finish_non_exhaustive()
    }
}
