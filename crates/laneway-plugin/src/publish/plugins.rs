//! The plugins in force, as hosts see them: loaded, published, tried, returned to, and asked for routes.

use std::sync::Arc;

use laneway_model::{ExtractWorker, Extractor, Resource, Route, RouteError};

use crate::error::{PluginError, UnknownGeneration};
use crate::load::set::PluginSet;
use crate::publish::generation::Generation;
use crate::publish::history::GenerationInfo;
use crate::publish::registry::{Publish, Registry};
use crate::run::worker::Worker;
use crate::{PluginSettings, PluginStats};

/// The plugins in force. Clones share them; a publish replaces any number at once, while operations that
/// were accepted before end with the plugins of their time.
#[derive(Clone)]
pub struct Plugins(pub(super) Arc<Registry>);

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
        let plugins = Self(Arc::new(Registry::new(settings)?));
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

    /// Returns to a generation that is kept: its plugins are in force again, at once, as a new generation whose number
    /// is returned. [`PluginSettings::generations_kept_max`] bounds how many are kept.
    ///
    /// # Errors
    /// [`UnknownGeneration`] when there is no such generation any more.
    pub fn rollback(&self, number: u64) -> Result<u64, UnknownGeneration> {
        let registry = &*self.0;
        let _one_at_a_time = registry.one_publish_at_a_time();
        let old = registry.history().get(number);
        let Some(old) = old else {
            let kept = self.generations().iter().map(|generation| generation.number).collect();
            return Err(UnknownGeneration { number, kept });
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
        self.0.published().routes().map(|route| Arc::clone(&route.resource)).collect()
    }

    /// The state of the plugins, in numbers.
    #[must_use]
    pub fn stats(&self) -> PluginStats {
        self.0.stats()
    }
}

impl Extractor for Plugins {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        self.0.published().route(project_endpoint, endpoint)
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
