//! The published generation behind one atomic pointer, and all that generations share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use laneway_model::{ExtractWorker, Extractor, Outcome, Resource, Route};

use crate::PluginSettings;
use crate::engine::PluginEngine;
use crate::error::{PluginError, Refusal};
use crate::generation::Generation;
use crate::load::load_all;
use crate::plugin::LoadedPlugin;
use crate::slots::PluginSlots;
use crate::worker::Worker;

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
    /// One publish at a time: each builds on the one before.
    publishing: Mutex<()>,
}

impl Plugins {
    /// Loads components, given by a name for messages and their bytes. Where two claim a resource, the later
    /// one has it. Compiles on a bounded pool of threads and blocks meanwhile.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why.
    pub fn load(components: Vec<(String, Vec<u8>)>, settings: PluginSettings) -> Result<Self, PluginError> {
        let engine = PluginEngine::start(&settings)
            .map_err(|error| PluginError::new("(all)", Refusal::Engine(format!("{error:#}"))))?;
        let plugins = Self(Arc::new(Registry {
            engine: Arc::new(engine),
            settings,
            published: ArcSwap::default(),
            number: AtomicU64::new(0),
            slots: PluginSlots::default(),
            publishing: Mutex::new(()),
        }));
        plugins.publish(components)?;
        Ok(plugins)
    }

    /// Adds components to the published ones and publishes the result: a resource that is claimed anew goes
    /// to its new plugin, and a plugin without any resource left goes. All or nothing: when one component
    /// cannot be taken, everything stays as it was. Returns the new generation's number.
    ///
    /// # Errors
    /// [`PluginError`] names the first plugin that cannot be taken, and why.
    pub fn publish(&self, components: Vec<(String, Vec<u8>)>) -> Result<u64, PluginError> {
        let registry = &*self.0;
        // Held while compiling, which only other publishes wait for. It guards no data, so poison means nothing.
        let _one_at_a_time = registry.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let candidates = load_all(&registry.engine, &registry.settings, &components)?;
        let old = registry.published.load_full();
        let mut plugins = old.plugins.clone();
        plugins.extend(candidates.into_iter().map(|new| Arc::new(LoadedPlugin::new(new, registry.slots.take()))));
        let new = Arc::new(Generation::new(old.number + 1, plugins));
        registry.published.store(Arc::clone(&new));
        for plugin in &old.plugins {
            if !new.plugins.iter().any(|kept| Arc::ptr_eq(kept, plugin)) {
                plugin.retire();
            }
        }
        registry.number.store(new.number, Ordering::Release);
        Ok(new.number)
    }

    /// How often plugins have been published.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.number()
    }

    /// The resource types that are served, in no order.
    #[must_use]
    pub fn resources(&self) -> Vec<Arc<Resource>> {
        self.0.published.load().routes().map(|route| Arc::clone(&route.resource)).collect()
    }
}

impl Registry {
    /// The published generation's number.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }
}

impl Extractor for Plugins {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, Outcome> {
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
