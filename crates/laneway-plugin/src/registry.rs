//! The published generation behind one atomic pointer, and all that generations share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use laneway_model::{ExtractWorker, Extractor, Resource, Route, RouteError};

use crate::canary::Trial;
use crate::engine::PluginEngine;
use crate::error::{NotKept, PluginError, Refusal};
use crate::generation::Generation;
use crate::history::{GenerationInfo, History};
use crate::load::{Loader, Ready};
use crate::plugin::LoadedPlugin;
use crate::set::PluginSet;
use crate::slots::PluginSlots;
use crate::worker::Worker;
use crate::{Canary, CanarySettings, PluginSettings, PluginStats};

/// The plugins in force. Clones share them; a publish replaces any number at once, while operations that
/// were accepted before end with the plugins of their time.
#[derive(Clone)]
pub struct Plugins(Arc<Registry>);

/// What a publish changes and what workers look at.
pub(crate) struct Registry {
    pub(crate) engine: Arc<PluginEngine>,
    pub(crate) settings: PluginSettings,
    published: ArcSwap<Generation>,
    /// The published generation's number, for workers to see cheaply that there is a new one.
    number: AtomicU64,
    slots: PluginSlots,
    history: Mutex<History>,
    /// The trial of a set, while there is one.
    pub(crate) trial: ArcSwapOption<Trial>,
    /// One publish at a time: each builds on the one before.
    publishing: Mutex<()>,
}

/// What becomes of the plugins in force when a set is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Publish {
    /// The set is added: a resource that it claims goes to it, the others stay where they are.
    Add,
    /// The set is all there is: what it does not claim is served no longer.
    Replace,
}

impl Plugins {
    /// Loads components, given by a name for messages and their bytes. Where two claim a resource, the later
    /// one has it. Compiles on a bounded pool of threads and blocks meanwhile.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why.
    pub fn load(components: Vec<(String, Vec<u8>)>, settings: PluginSettings) -> Result<Self, PluginError> {
        Self::load_set(&components.into(), settings)
    }

    /// As [`Plugins::load`], of a set.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why.
    pub fn load_set(set: &PluginSet, settings: PluginSettings) -> Result<Self, PluginError> {
        let engine = PluginEngine::start(&settings)
            .map_err(|error| PluginError::of_all(Refusal::Engine(format!("{error:#}"))))?;
        let plugins = Self(Arc::new(Registry {
            engine: Arc::new(engine),
            settings,
            published: ArcSwap::default(),
            number: AtomicU64::new(0),
            slots: PluginSlots::default(),
            history: Mutex::default(),
            trial: ArcSwapOption::empty(),
            publishing: Mutex::new(()),
        }));
        plugins.publish_set(set, Publish::Replace)?;
        Ok(plugins)
    }

    /// Adds components to the published ones; see [`Plugins::publish_set`].
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why.
    pub fn publish(&self, components: Vec<(String, Vec<u8>)>) -> Result<u64, PluginError> {
        self.publish_set(&components.into(), Publish::Add)
    }

    /// Publishes a set: a resource that it claims goes to its new plugin, and a plugin without any resource left
    /// goes. All or nothing: when one component cannot be taken, everything stays as it was. Plugins that were taken
    /// out are in again. What is loaded already, by name and content, is not compiled again. Returns the new
    /// generation's number.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why.
    pub fn publish_set(&self, set: &PluginSet, mode: Publish) -> Result<u64, PluginError> {
        let registry = &*self.0;
        let _one_at_a_time = registry.one_publish_at_a_time();
        let new = registry.load(set)?;
        Ok(registry.put_in_force(|number| Generation::new(number, registry.joined(&new, mode))))
    }

    /// Tries a set beside the published generation: it is loaded, and sampled documents go through it as well. Its
    /// answers are compared and counted, never used, until [`Canary::decide`] or [`Canary::promote`] publishes it.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why; or says that another trial is under way.
    pub fn canary(&self, set: &PluginSet, mode: Publish, settings: CanarySettings) -> Result<Canary, PluginError> {
        let registry = &self.0;
        let _one_at_a_time = registry.one_publish_at_a_time();
        if registry.trial.load().is_some() {
            return Err(PluginError::of_all(Refusal::TrialUnderWay));
        }
        let new = registry.load(set)?;
        let tried = Generation::new(0, registry.joined(&new, mode));
        Canary::start(registry, tried, new, mode, settings)
            .map_err(|error| PluginError::of_all(Refusal::Engine(error.to_string())))
    }

    /// Returns to a generation that is kept: its plugins are in force again, at once, as a new generation whose number
    /// is returned. How many are kept, [`PluginSettings::generations_kept_max`] says.
    ///
    /// # Errors
    /// [`NotKept`] when there is no such generation any more.
    pub fn rollback(&self, number: u64) -> Result<u64, NotKept> {
        let registry = &*self.0;
        let _one_at_a_time = registry.one_publish_at_a_time();
        let old = registry.history().get(number);
        let Some(old) = old else {
            let kept = self.generations().iter().map(|generation| generation.number).collect();
            return Err(NotKept { number, kept });
        };
        let return_to = old.return_to.unwrap_or(number);
        Ok(registry.put_in_force(|new| Generation::new(new, old.plugins.clone()).returning_to(return_to)))
    }

    /// The generations that can be returned to, the oldest first; the last is the one in force.
    #[must_use]
    pub fn generations(&self) -> Vec<GenerationInfo> {
        self.0.history().infos()
    }

    /// How often plugins have been published.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.number()
    }

    /// A worker that leaves ReferentialIds out, to measure what they cost. Its extractions are good for nothing else.
    #[doc(hidden)]
    #[must_use]
    pub fn worker_without_ids(&self) -> Box<dyn ExtractWorker> {
        Box::new(Worker::without_ids(Arc::clone(&self.0)))
    }

    /// The resource types that are served, in no order.
    #[must_use]
    pub fn resources(&self) -> Vec<Arc<Resource>> {
        self.0.published.load().routes().map(|route| Arc::clone(&route.resource)).collect()
    }

    /// What there is, in numbers.
    #[must_use]
    pub fn stats(&self) -> PluginStats {
        let registry = &*self.0;
        let published = registry.published.load();
        let failures_max = registry.settings.failures_in_a_row_max;
        let is_out = |plugin: &&Arc<LoadedPlugin>| plugin.health.quarantined(failures_max).is_some();
        let history = registry.history();
        PluginStats {
            generation: published.number,
            generations_alive: history.alive(),
            plugins: published.plugins.len(),
            plugins_alive: registry.slots.taken(),
            compiled: registry.engine.compiled.load(Ordering::Relaxed),
            from_cache: registry.engine.from_cache.load(Ordering::Relaxed),
            quarantined: published.plugins.iter().filter(is_out).map(|plugin| plugin.name.clone()).collect(),
        }
    }
}

impl Registry {
    /// The published generation's number.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// Held while compiling, which only other publishes wait for. It guards no data, so poison means nothing.
    fn one_publish_at_a_time(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held for moments only; what it guards is whole whenever a panic might strike.
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads a set; its plugins are in force only when a generation with them is.
    fn load(&self, set: &PluginSet) -> Result<Vec<Arc<LoadedPlugin>>, PluginError> {
        self.settings.trust.check_set(set).map_err(PluginError::of_all)?;
        let known: Vec<Arc<LoadedPlugin>> = self.history().plugins().cloned().collect();
        let loader = Loader {
            engine: &self.engine,
            settings: &self.settings,
            loaded: known.iter().map(|plugin| ((&*plugin.name, plugin.sha256), plugin)).collect(),
        };
        let ready = loader.load(set)?.into_iter().map(|ready| match ready {
            Ready::Known(plugin) => plugin,
            Ready::New(candidate) => Arc::new(LoadedPlugin::new(candidate, self.slots.take())),
        });
        Ok(ready.collect())
    }

    /// What is in force when `new` is published.
    fn joined(&self, new: &[Arc<LoadedPlugin>], mode: Publish) -> Vec<Arc<LoadedPlugin>> {
        let mut plugins = match mode {
            Publish::Add => self.published.load().plugins.clone(),
            Publish::Replace => Vec::new(),
        };
        // The newest claim to a resource wins, also when it is an old plugin's.
        plugins.retain(|plugin| !new.iter().any(|new| Arc::ptr_eq(new, plugin)));
        plugins.extend_from_slice(new);
        plugins
    }

    /// Publishes what is loaded.
    pub(crate) fn publish_loaded(&self, new: &[Arc<LoadedPlugin>], mode: Publish) -> u64 {
        let _one_at_a_time = self.one_publish_at_a_time();
        self.put_in_force(|number| Generation::new(number, self.joined(new, mode)))
    }

    /// Makes a generation the published one; the caller is the only publisher.
    fn put_in_force(&self, make: impl FnOnce(u64) -> Generation) -> u64 {
        let old = self.published.load_full();
        let new = Arc::new(make(old.number + 1));
        new.plugins.iter().for_each(|plugin| plugin.enlist());
        self.history().push(Arc::clone(&new), self.settings.generations_kept_max);
        self.published.store(Arc::clone(&new));
        for plugin in &old.plugins {
            if !new.plugins.iter().any(|kept| Arc::ptr_eq(kept, plugin)) {
                plugin.retire();
            }
        }
        self.number.store(new.number, Ordering::Release);
        new.number
    }
}

impl Extractor for Plugins {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        self.0.published.load().route(project_endpoint, endpoint)
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        Box::new(Worker::new(Arc::clone(&self.0)))
    }
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugins").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
