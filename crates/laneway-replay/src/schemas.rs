//! The plugins of a case: compiled from the schemas that it names, once for each set of schemas.

use std::collections::HashMap;
use std::path::PathBuf;

use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, compile_with};

use crate::error::ReplayError;

/// A folder of schemas, and what was compiled from it.
#[derive(Debug)]
pub struct Schemas {
    folder: PathBuf,
    compiled: HashMap<Vec<String>, Plugins>,
}

impl Schemas {
    /// The schemas in `folder`: files named `NAME.apischema.json`.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), compiled: HashMap::new() }
    }

    /// The plugins for the schemas of these names. Compiles on first use, which takes a second or more, and blocks.
    ///
    /// # Errors
    /// Where a file is missing, is no schema, or several do not fit together.
    pub fn plugins(&mut self, names: &[String]) -> Result<Plugins, ReplayError> {
        if let Some(plugins) = self.compiled.get(names) {
            return Ok(plugins.clone());
        }
        let schemas = names.iter().map(|name| self.read(name)).collect::<Result<Vec<_>, _>>()?;
        let bad = |cause: &dyn std::fmt::Display| ReplayError::schema(format!("schemas {}", names.join(", ")), cause);
        // One plugin a project: quicker to load, and treated like one a resource.
        let options = Options { layout: Layout::PerProject, ..Options::default() };
        let compiled = compile_with(&schemas, &options).map_err(|error| bad(&error))?;
        let components = compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
        let plugins = Plugins::load(components, PluginSettings::default()).map_err(|error| bad(&error))?;
        // Recorded where the service stores, which has coerced already what it coerces.
        let plugins = plugins.taking_any_identity();
        self.compiled.insert(names.to_vec(), plugins.clone());
        Ok(plugins)
    }

    fn read(&self, name: &str) -> Result<ApiSchema, ReplayError> {
        let path = self.folder.join(format!("{name}.apischema.json"));
        let shown = path.display().to_string();
        let json = std::fs::read(&path).map_err(|error| ReplayError::schema(&*shown, error))?;
        ApiSchema::parse(&shown, &json).map_err(|error| ReplayError::schema(&*shown, error))
    }
}
