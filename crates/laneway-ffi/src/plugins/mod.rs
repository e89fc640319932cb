//! Plugins from wherever a host has them: components in memory, a folder that `laneway plugin compile` wrote, schemas.

mod handle;
mod options;
mod watch;

use std::path::Path;
use std::sync::Arc;

use laneway_model::{ExtractWorker, Extraction, Extractor, Outcome, Route, RouteError};
use laneway_plugin::PluginSet;
use laneway_schema::ApiSchema;

use crate::failure::Failure;
pub(crate) use handle::PluginsHandle;
pub(crate) use options::settings;

/// Components, as (name, Wasm).
pub(crate) type Components = Vec<(String, Vec<u8>)>;

/// What extracts for a store that is opened without plugins.
pub(crate) fn none() -> Arc<dyn Extractor> {
    Arc::new(NoPlugins)
}

struct NoPlugins;

impl Extractor for NoPlugins {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        let message = format!(
            "Nothing serves {project_endpoint}/{endpoint}: the store was opened without plugins. Hand over an \
             extraction with the document, or open the store with plugins."
        );
        Err(RouteError::new("no-plugins", message))
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        Box::new(Self)
    }
}

impl ExtractWorker for NoPlugins {
    fn extract(&mut self, route: &Route, _document: &[u8]) -> Result<Extraction, Outcome> {
        let message = format!("Nothing serves {}.", route.resource.name.resource_name);
        Err(Outcome::UnknownResource { code: "no-plugins".into(), message })
    }
}

/// The set of a folder that is whole.
pub(crate) fn read_folder(folder: &Path) -> Result<PluginSet, Failure> {
    let set = PluginSet::read(folder).map_err(Failure::plugin)?;
    if !set.unlisted().is_empty() {
        watch::warn_of_unlisted(&folder.display().to_string(), set.unlisted());
    }
    Ok(set)
}

/// The components that schemas, given by name and JSON, compile to: core and extensions together.
pub(crate) fn compile(schemas: &[(String, Vec<u8>)]) -> Result<Components, Failure> {
    let parsed: Result<Vec<ApiSchema>, _> = schemas.iter().map(|(name, json)| ApiSchema::parse(name, json)).collect();
    let compiled = parsed.and_then(|schemas| laneway_schema::compile(&schemas)).map_err(Failure::plugin)?;
    Ok(compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect())
}
