//! One published set of plugins: which of them serves which resource. Immutable.

use std::sync::Arc;
use std::time::SystemTime;

use laneway_model::{Route, RouteError, lower_invariant};
use rustc_hash::FxHashMap;

use crate::load::plugin::LoadedPlugin;
use crate::read::text::excerpt;

/// Names up to this length are put into lower case without an allocation.
const NAME_BYTES_ON_STACK: usize = 128;

/// A set of plugins in force together.
#[derive(Default)]
pub(crate) struct Generation {
    /// Counts publishes.
    pub(crate) number: u64,
    /// The generation whose plugins these are, when it was returned to.
    pub(crate) return_to: Option<u64>,
    /// When it was published.
    pub(crate) published_at: Option<SystemTime>,
    /// The plugins of which at least one resource is in force, the oldest claim first.
    pub(crate) plugins: Vec<Arc<LoadedPlugin>>,
    /// By lower-cased project endpoint; few, so searched one by one.
    projects: Vec<(Box<str>, Endpoints)>,
}

/// By lower-cased endpoint.
type Endpoints = FxHashMap<Box<str>, Route>;

impl Generation {
    /// The generation in which `plugins` are in force; where two claim a resource, the later one has it.
    pub(crate) fn new(number: u64, plugins: Vec<Arc<LoadedPlugin>>) -> Self {
        let mut generation = Self { number, published_at: Some(SystemTime::now()), ..Self::default() };
        for plugin in &plugins {
            generation.claim(plugin);
        }
        let in_force = |plugin: &Arc<LoadedPlugin>| generation.routes().any(|route| route.group == plugin.serial);
        generation.plugins = plugins.into_iter().filter(in_force).collect();
        generation
    }

    /// The same, known as a return to an older one.
    pub(crate) fn returning_to(mut self, number: u64) -> Self {
        self.return_to = Some(number);
        self
    }

    fn claim(&mut self, plugin: &Arc<LoadedPlugin>) {
        for (index, plan) in (0..).zip(&plugin.resources) {
            let project = lower_invariant(&plan.resource.project_endpoint);
            let at = self.projects.iter().position(|(name, _)| **name == *project).unwrap_or_else(|| {
                self.projects.push((project.into(), Endpoints::default()));
                self.projects.len() - 1
            });
            let route = Route {
                resource: Arc::clone(&plan.resource),
                group: plugin.serial,
                handle: Arc::clone(plugin) as _,
                index,
            };
            self.projects[at].1.insert(lower_invariant(&plan.resource.endpoint).into(), route);
        }
    }

    /// All routes, in no order.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.projects.iter().flat_map(|(_, endpoints)| endpoints.values())
    }

    /// Where documents of a resource go.
    pub(crate) fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        let project =
            with_lower_case(project_endpoint, |name| self.projects.iter().find(|(known, _)| **known == *name));
        let Some((_, endpoints)) = project else {
            let message = format!("No plugin serves the project `{}`.", excerpt(project_endpoint));
            return Err(RouteError::new("unknown-project", message));
        };
        with_lower_case(endpoint, |name| endpoints.get(name)).cloned().ok_or_else(|| {
            let (endpoint, project) = (excerpt(endpoint), excerpt(project_endpoint));
            RouteError::new("unknown-endpoint", format!("No plugin serves `{endpoint}` of the project `{project}`."))
        })
    }
}

/// Calls `find` with the lower case of `name`.
fn with_lower_case<T>(name: &str, find: impl FnOnce(&str) -> T) -> T {
    let mut buffer = [0; NAME_BYTES_ON_STACK];
    match buffer.get_mut(..name.len()) {
        Some(lower) if name.is_ascii() => {
            lower.copy_from_slice(name.as_bytes());
            lower.make_ascii_lowercase();
            // ASCII, so always UTF-8.
            find(std::str::from_utf8(lower).unwrap_or(name))
        }
        _ => find(&lower_invariant(name)),
    }
}
