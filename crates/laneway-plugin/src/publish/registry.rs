//! The published generation behind one atomic pointer, and all that generations share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::error::{PluginError, Refusal};
use crate::load::engine::PluginEngine;
use crate::load::loader::{Loader, Ready};
use crate::load::plugin::LoadedPlugin;
use crate::load::set::PluginSet;
use crate::publish::active_canary::ActiveCanary;
use crate::publish::generation::Generation;
use crate::publish::history::History;
use crate::publish::slots::PluginSlots;
use crate::publish::stats::HealthCounters;
use crate::{PluginSettings, PluginStats};

/// What a publish changes and what workers look at.
pub(crate) struct Registry {
    pub(crate) engine: Arc<PluginEngine>,
    pub(crate) settings: PluginSettings,
    pub(crate) health_counters: HealthCounters,
    /// The canary, while there is one. Looked at for each document, so without a lock.
    pub(crate) canary: ArcSwapOption<ActiveCanary>,
    /// Routes are taken from it without a lock; only [`Registry::put_in_force`] stores.
    published: ArcSwap<Generation>,
    /// The published generation's number, for workers to see without touching the pointer's reference count. Stored
    /// last, with Release, and read with Acquire: a worker that sees a new number sees the old plugins retired.
    number: AtomicU64,
    slots: PluginSlots,
    /// A lock of its own, so that statistics are not kept waiting by a publish, which compiles. Held for moments.
    history: Mutex<History>,
    /// One publish at a time: each builds on the one before. Held while compiling, by publishers alone.
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

impl Registry {
    /// Without any plugin.
    pub(crate) fn new(settings: PluginSettings) -> Result<Self, PluginError> {
        let engine = PluginEngine::start(&settings)
            .map_err(|error| PluginError::of_all(Refusal::Engine(format!("{error:#}"))))?;
        Ok(Self {
            engine: Arc::new(engine),
            settings,
            health_counters: HealthCounters::default(),
            canary: ArcSwapOption::empty(),
            published: ArcSwap::default(),
            number: AtomicU64::new(0),
            slots: PluginSlots::default(),
            history: Mutex::default(),
            publishing: Mutex::new(()),
        })
    }

    /// The published generation's number.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// The published generation.
    pub(super) fn published(&self) -> arc_swap::Guard<Arc<Generation>> {
        self.published.load()
    }

    /// The lock guards no data, so poison means nothing.
    pub(super) fn one_publish_at_a_time(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Poison means nothing: nothing panics half-way through a change of it.
    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> PluginStats {
        let (published, health) = (self.published(), &self.health_counters);
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let quarantined = published.plugins.iter().filter(|plugin| plugin.health.is_quarantined(&self.settings));
        PluginStats {
            generation: published.number,
            generations_alive: self.history().alive(),
            plugins: published.plugins.len(),
            plugins_alive: self.slots.taken(),
            compiled: count(&self.engine.compiled),
            from_cache: count(&self.engine.from_cache),
            quarantined: quarantined.map(|plugin| plugin.name.clone()).collect(),
            quarantines: count(&health.quarantines),
            retries: count(&health.retries),
            recoveries: count(&health.recoveries),
        }
    }

    /// Loads a set; its plugins are in force only when a generation with them is.
    pub(super) fn load(&self, set: &PluginSet) -> Result<Vec<Arc<LoadedPlugin>>, PluginError> {
        self.settings.trust.check_set(set).map_err(PluginError::of_all)?;
        let loaded: Vec<Arc<LoadedPlugin>> = self.history().plugins().cloned().collect();
        let loader = Loader {
            engine: &self.engine,
            settings: &self.settings,
            loaded: loaded.iter().map(|plugin| ((&*plugin.name, plugin.sha256, plugin.trap_imports), plugin)).collect(),
        };
        let ready = loader.load(set)?.into_iter().map(|ready| match ready {
            Ready::Loaded(plugin) => plugin,
            Ready::New(candidate) => Arc::new(LoadedPlugin::new(candidate, self.slots.take())),
        });
        Ok(ready.collect())
    }

    /// What is in force when `new` is published.
    pub(super) fn joined(&self, new: &[Arc<LoadedPlugin>], mode: Publish) -> Vec<Arc<LoadedPlugin>> {
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
    pub(super) fn publish_loaded(&self, new: &[Arc<LoadedPlugin>], mode: Publish) -> u64 {
        let _one_at_a_time = self.one_publish_at_a_time();
        self.put_in_force(|number| Generation::new(number, self.joined(new, mode)))
    }

    /// Makes a generation the published one; the caller is the only publisher.
    pub(super) fn put_in_force(&self, make: impl FnOnce(u64) -> Generation) -> u64 {
        let old = self.published.load_full();
        let new = Arc::new(make(old.number + 1));
        new.plugins.iter().for_each(|plugin| plugin.enlist());
        self.history().push(Arc::clone(&new), self.settings.generations_kept_max);
        self.published.store(Arc::clone(&new));
        // After the store: until then routes to the old plugins are given out, and their instances are worth keeping.
        for plugin in &old.plugins {
            if !new.plugins.iter().any(|kept| Arc::ptr_eq(kept, plugin)) {
                plugin.retire();
            }
        }
        // Release, behind all of the above: a worker that sees the number drops the instances of what has retired.
        self.number.store(new.number, Ordering::Release);
        new.number
    }
}
