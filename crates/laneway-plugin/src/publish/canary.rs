//! A canary: a set that sampled documents of the live traffic go through as well, on a thread of its own. Its answers
//! are compared with those that are used, and counted; then it is published or dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use laneway_model::Outcome;

use crate::error::{PluginError, Refusal};
use crate::load::plugin::LoadedPlugin;
use crate::load::set::PluginSet;
use crate::publish::active_canary::ActiveCanary;
use crate::publish::difference::difference;
use crate::publish::generation::Generation;
use crate::publish::plugins::Plugins;
use crate::publish::registry::{Publish, Registry};
use crate::publish::verdict::{CanaryRefusal, CanaryRefusalKind, CanaryReport, CanarySettings};
use crate::read::bodies::Bodies;
use crate::run::worker::Worker;

/// How soon a decision notices that it was called off.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A canary under way. Dropping it ends it; the set goes.
pub struct Canary {
    registry: Arc<Registry>,
    active: Arc<ActiveCanary>,
    plugins: Vec<Arc<LoadedPlugin>>,
    mode: Publish,
    settings: CanarySettings,
    started: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Plugins {
    /// Tries a set beside the published generation: it is loaded, and sampled documents go through it as well. Its
    /// answers are compared and counted, never used, until [`Canary::decide`] or [`Canary::promote`] publishes it.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why; or that another canary is under way.
    pub fn canary(&self, set: &PluginSet, mode: Publish, settings: CanarySettings) -> Result<Canary, PluginError> {
        let registry = &self.registry;
        let _one_at_a_time = registry.one_publish_at_a_time();
        if registry.canary.load().is_some() {
            return Err(PluginError::of_all(Refusal::CanaryUnderWay));
        }
        let new = registry.load(set)?;
        let tried = Generation::new(0, registry.joined(&new, mode));
        Canary::start(registry, tried, new, mode, settings)
            .map_err(|error| PluginError::of_all(Refusal::Engine(error.to_string())))
    }
}

impl Canary {
    fn start(
        registry: &Arc<Registry>,
        generation: Generation,
        plugins: Vec<Arc<LoadedPlugin>>,
        mode: Publish,
        settings: CanarySettings,
    ) -> std::io::Result<Self> {
        let (active, samples) = ActiveCanary::new(generation, settings.sample_every);
        let active = Arc::new(active);
        let thread = std::thread::Builder::new().name("laneway-canary".into()).spawn({
            let (mut worker, active) = (Worker::new(Arc::clone(registry), Bodies::default()), Arc::clone(&active));
            move || {
                for sample in samples {
                    let route = sample.route.map_err(Outcome::from);
                    let new =
                        route.and_then(|route| worker.extract_for_canary(&route, &sample.document, sample.bodies));
                    active.compared(&sample.resource, difference(&sample.answer, &new));
                }
            }
        });
        let thread = thread.map_err(|error| laneway_threads::refused("to try the set with", &error))?;
        // Last: from here on workers send samples, and the thread is there to take them.
        registry.canary.store(Some(Arc::clone(&active)));
        let registry = Arc::clone(registry);
        Ok(Self { registry, active, plugins, mode, settings, started: Instant::now(), thread: Some(thread) })
    }

    /// What has come of it so far.
    #[must_use]
    pub fn report(&self) -> CanaryReport {
        self.active.report().clone()
    }

    /// Publishes the set, whatever came of the canary; the new generation's number.
    #[must_use = "the number is what a later rollback takes"]
    pub fn promote(mut self) -> u64 {
        self.end();
        self.registry.publish_loaded(&self.plugins, self.mode)
    }

    /// Waits until enough documents were compared, then publishes the set or drops it. Blocks, at most for the time of
    /// the canary. Returns the new generation's number.
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
        let mut report = self.active.report();
        let refused = |report: &CanaryReport, kind| Err(CanaryRefusal { kind, report: report.clone() });
        loop {
            match report.verdict(&self.settings) {
                Some(true) => break,
                Some(false) => return refused(&report, CanaryRefusalKind::Differs),
                // SeqCst for simplicity: asked ten times a second, it need not be cheap.
                None if called_off.load(Ordering::SeqCst) => return refused(&report, CanaryRefusalKind::CalledOff),
                None => {}
            }
            let left = self.settings.time_max.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return refused(&report, CanaryRefusalKind::TooFew);
            }
            report = self.active.wait(report, left.min(LOOK_EVERY));
        }
        drop(report);
        Ok(self.promote())
    }

    fn end(&mut self) {
        // Once: after a promotion another canary may have begun, which a second end would take away.
        let Some(thread) = self.thread.take() else { return };
        // First, so that workers offer nothing more to a channel that is about to close.
        self.registry.canary.store(None);
        self.active.end();
        // Its work is over, whether it ended well or not.
        let _ = thread.join();
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Debug for Canary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canary").field("report", &*self.active.report()).finish_non_exhaustive()
    }
}
