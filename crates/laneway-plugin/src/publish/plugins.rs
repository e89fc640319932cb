//! The plugins in force, as hosts see them: loaded, published, tried, returned to, and asked for routes.

use std::sync::Arc;

use laneway_model::{ExtractWorker, Extractor, Resource, Route, RouteError};

use crate::error::{PluginError, UnknownGeneration};
use crate::load::set::PluginSet;
use crate::publish::generation::Generation;
use crate::publish::history::GenerationInfo;
use crate::publish::registry::{Publish, Registry};
use crate::read::bodies::Bodies;
use crate::run::worker::{Worker, coerced};
use crate::{CoercionExtent, PluginSettings, PluginStats};

/// The plugins in force. Clones share them; a publish replaces any number at once, while operations that
/// were accepted before end with the plugins of their time.
#[derive(Clone)]
pub struct Plugins {
    pub(super) registry: Arc<Registry>,
    bodies: Bodies,
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
        let plugins = Self { registry: Arc::new(Registry::new(settings)?), bodies: Bodies::default() };
        plugins.publish_set(set, Publish::Replace)?;
        Ok(plugins)
    }

    /// The same plugins, whose workers coerce documents to this extent before they extract them: texts that stand for
    /// dates, booleans and numbers, under the paths that a plugin's manifest names. Without it nothing is coerced. A
    /// value that is not, and that is a part of the identity, is refused (`not-coerced`).
    #[must_use]
    pub fn coercing(self, extent: CoercionExtent) -> Self {
        Self { bodies: Bodies { coercion: extent, refuses_uncoerced: true }, ..self }
    }

    /// The same plugins, whose workers take each document as it is, whatever stands in its identity: for documents that
    /// were recorded behind the service's own checks.
    #[must_use]
    pub fn taking_any_identity(self) -> Self {
        Self { bodies: Bodies { coercion: CoercionExtent::Nothing, refuses_uncoerced: false }, ..self }
    }

    /// A document as its resource's plugin has it coerced; `None`: it stays as it is. What a worker does by itself, for
    /// callers that need the result.
    #[must_use]
    pub fn coerced(&self, project_endpoint: &str, endpoint: &str, document: &str) -> Option<Vec<u8>> {
        let route = self.route(project_endpoint, endpoint).ok()?;
        coerced(&route, document, self.bodies.coercion)
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
        let registry = &*self.registry;
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
        let registry = &*self.registry;
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
        self.registry.history().infos()
    }

    /// How often plugins have been published.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.registry.number()
    }

    /// A worker that leaves ReferentialIds out, to measure what they cost. Its extractions are good for nothing else.
    #[doc(hidden)]
    #[must_use]
    pub fn worker_without_ids(&self) -> Box<dyn ExtractWorker> {
        Box::new(Worker::without_ids(Arc::clone(&self.registry)))
    }

    /// The resource types that are served, in no order.
    #[must_use]
    pub fn resources(&self) -> Vec<Arc<Resource>> {
        self.registry.published().routes().map(|route| Arc::clone(&route.resource)).collect()
    }

    /// The state of the plugins, in numbers.
    #[must_use]
    pub fn stats(&self) -> PluginStats {
        self.registry.stats()
    }
}

impl Extractor for Plugins {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        self.registry.published().route(project_endpoint, endpoint)
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        Box::new(Worker::new(Arc::clone(&self.registry), self.bodies))
    }
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugins").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
