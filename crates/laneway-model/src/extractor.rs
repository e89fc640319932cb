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

/// Nothing serves a resource.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct RouteError {
    code: &'static str,
    message: String,
}

impl RouteError {
    /// `code`: a word for machines, such as `unknown-endpoint`; `message`: a sentence for people.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<RouteError> for Outcome {
    fn from(RouteError { code, message }: RouteError) -> Self {
        Self::UnknownResource { code: code.to_owned(), message }
    }
}

/// Extracts documents: their identities, what they refer to, what secures them.
pub trait Extractor: Send + Sync + 'static {
    /// Where documents of this resource go; endpoint names match without case.
    ///
    /// # Errors
    /// When nothing serves it.
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError>;

    /// A worker for one thread. After one has panicked, its thread asks for another.
    fn worker(&self) -> Box<dyn ExtractWorker>;

    /// Called once by each thread that will extract, before it asks for a worker: for what is a thread's own, such as
    /// where its log goes. It must not panic.
    fn on_thread_start(&self) {}
}

/// One thread's means of extraction; it may keep state (instances) between documents.
pub trait ExtractWorker: Send {
    /// The document in the form in which it is extracted and stored, where that is another one: its texts that stand
    /// for dates or numbers as such. Called before [`Self::extract`], which then gets what this returned.
    fn coerce(&mut self, _route: &Route, _document: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// The extraction of `document`.
    ///
    /// # Errors
    /// The outcome for the operation's caller: [`Outcome::InvalidDocument`], [`Outcome::TooLarge`] or
    /// [`Outcome::PluginFailed`].
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome>;
}
