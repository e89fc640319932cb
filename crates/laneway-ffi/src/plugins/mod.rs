//! Plugins from wherever a host has them: components in memory, a folder that `laneway plugin compile` wrote, schemas.

mod held;
pub(crate) mod options;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use laneway_model::{ExtractWorker, Extraction, Extractor, Outcome, Route, RouteError};
use laneway_plugin::{GenerationInfo, PluginSet, PluginSettings, Plugins, Publish};
use laneway_schema::ApiSchema;
use tracing::Dispatch;

use crate::abi::{laneway_generation_t, laneway_result_t};
use crate::failure::Failure;
use crate::registry::PLUGINS;
pub(crate) use held::Held;

/// Components, as (name, Wasm).
pub(crate) type Components = Vec<(String, Vec<u8>)>;

/// The plugins that a handle names; 0: none.
pub(crate) fn find_or_none(handle: u64) -> Result<Arc<dyn Extractor>, Failure> {
    if handle == 0 { Ok(Arc::new(NoPlugins)) } else { Ok(Arc::clone(&get(handle)?.plugins) as _) }
}

/// What extracts for a store that was opened without plugins.
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

/// The set that a handle names.
pub(crate) fn get(handle: u64) -> Result<Arc<Held>, Failure> {
    PLUGINS.get(handle).map_err(|unknown| Failure::handle("set of plugins", handle, unknown))
}

/// Loads components, which must not be none, under a new handle.
pub(crate) fn load(set: &PluginSet, settings: PluginSettings) -> Result<u64, Failure> {
    let plugins = Plugins::load_set(set, settings).map_err(|error| failure(&error))?;
    let held = Held::new(plugins, set.listing().map(<[u8]>::to_vec));
    PLUGINS.insert(Arc::new(held)).ok_or_else(|| Failure::too_many("sets of plugins"))
}

/// Replaces any number of plugins; the new generation's number.
pub(crate) fn publish(handle: u64, set: &PluginSet) -> Result<u64, Failure> {
    let held = get(handle)?;
    let generation = held.plugins.publish_set(set, Publish::Add).map_err(|error| failure(&error))?;
    held.left_folder();
    Ok(generation)
}

/// Returns to a generation that is kept; the new generation's number.
pub(crate) fn roll_back(handle: u64, generation: u64) -> Result<u64, Failure> {
    let held = get(handle)?;
    let generation = held.plugins.rollback(generation).map_err(|error| failure(&error))?;
    held.left_folder();
    Ok(generation)
}

/// Watches a folder for `handle`, and tells `log` what comes of it.
pub(crate) fn watch(handle: u64, log: &Dispatch, folder: &Path, poll_interval_ms: u32) -> Result<(), Failure> {
    get(handle)?.watch(folder, watch::settings(poll_interval_ms), log.clone())
}

/// Ends the watch of `handle`, if there is one.
pub(crate) fn unwatch(handle: u64) -> Result<(), Failure> {
    get(handle)?.unwatch();
    Ok(())
}

/// A generation, in C's words, for a caller whose struct has `size` bytes.
pub(crate) fn generation_to_c(info: &GenerationInfo, size: usize) -> laneway_generation_t {
    let published_at = info.published_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    laneway_generation_t {
        struct_size: size_of::<laneway_generation_t>().min(size) as u32,
        in_force: info.is_in_force.into(),
        number: info.number,
        return_to: info.return_to.unwrap_or(0),
        published_at_us: u64::try_from(published_at.as_micros()).unwrap_or(u64::MAX),
        plugins: info.plugins as u64,
        resources: info.resources as u64,
    }
}

/// The set of a folder that is whole.
pub(crate) fn read_folder(folder: &Path) -> Result<PluginSet, Failure> {
    PluginSet::read(folder).map_err(|error| failure(&format!("{error}; `laneway plugin compile` writes such folders")))
}

/// The components that schemas, given by name and JSON, compile to: core and extensions together.
pub(crate) fn compile(schemas: &[(String, Vec<u8>)]) -> Result<Components, Failure> {
    let parsed: Result<Vec<ApiSchema>, _> = schemas.iter().map(|(name, json)| ApiSchema::parse(name, json)).collect();
    let compiled = parsed.and_then(|schemas| laneway_schema::compile(&schemas)).map_err(|error| failure(&error))?;
    Ok(compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect())
}

fn failure(what: &dyn std::fmt::Display) -> Failure {
    Failure::new(laneway_result_t::LANEWAY_E_PLUGIN, what.to_string())
}
