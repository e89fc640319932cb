//! The seam between the runtime and whatever knows documents: plugins, or a host that has extracted already.

use std::any::Any;
use std::sync::Arc;

use crate::{Extraction, Outcome, Resource};

/// Where documents of one resource go to be extracted: found once when an operation is accepted, so that
/// a later generation of plugins does not touch it.
#[derive(Clone)]
pub struct Route {
    /// The resource type.
    pub resource: Arc<Resource>,
    /// Documents of equal group are best extracted one after another (the same plugin's code).
    pub group: u64,
    /// What the extractor itself keeps: the plugin and its generation.
    pub handle: Arc<dyn Any + Send + Sync>,
    /// What the extractor itself keeps: which of the plugin's resources.
    pub index: u32,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("resource", &self.resource.name)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

/// Finds out what documents say about themselves.
pub trait Extractor: Send + Sync + 'static {
    /// Where documents of this resource go; endpoint names match without case.
    ///
    /// # Errors
    /// [`Outcome::UnknownResource`] when nothing serves it.
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, Outcome>;

    /// A worker for one thread.
    fn worker(&self) -> Box<dyn ExtractWorker>;
}

/// One thread's means of extraction; it may keep state (instances) between documents.
pub trait ExtractWorker: Send {
    /// What `document` says about itself.
    ///
    /// # Errors
    /// [`Outcome::InvalidDocument`] or [`Outcome::PluginFailed`].
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome>;
}
