//! Compiled plugins for tests: what the documents of recorded upserts say about themselves.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use laneway_model::{ExtractWorker, Extractor, Operation, Outcome};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, compile_with};

use crate::recorded::Upsert;

/// The plugins of a set of schemas, and one worker that runs them.
pub struct Documents {
    plugins: Plugins,
    worker: Mutex<Box<dyn ExtractWorker>>,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").finish_non_exhaustive()
    }
}

impl Documents {
    /// Compiles and loads the schemas in `data` with these names (`ds-5.2`, `probe`).
    ///
    /// # Panics
    /// When a schema is not there or does not compile.
    #[must_use]
    pub fn new(data: &Path, schemas: &[String]) -> Self {
        let parse = |name: &String| {
            let json = std::fs::read(data.join(format!("schemas/{name}.apischema.json"))).expect("a schema");
            ApiSchema::parse(name, &json).expect("an ApiSchema")
        };
        let schemas: Vec<ApiSchema> = schemas.iter().map(parse).collect();
        let options = Options { layout: Layout::PerProject, ..Options::default() };
        let compiled = compile_with(&schemas, &options).expect("schemas that fit");
        let components = compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
        let plugins = Plugins::load(components, PluginSettings::default()).expect("plugins that load");
        let worker = Mutex::new(plugins.worker());
        Self { plugins, worker }
    }

    /// The plugins, for a runtime.
    #[must_use]
    pub fn plugins(&self) -> &Plugins {
        &self.plugins
    }

    /// The upsert with what its document says about itself.
    ///
    /// # Errors
    /// The outcome of an operation whose document cannot be taken.
    pub fn operation(&self, upsert: &Upsert) -> Result<Operation, Outcome> {
        let route = self.plugins.route(&upsert.project, &upsert.endpoint)?;
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let extraction = worker.extract(&route, &upsert.body)?;
        Ok(Operation {
            document: upsert.body.clone(),
            extraction,
            document_uuid: upsert.document_uuid,
            trace_id: upsert.trace_id.clone(),
            authorization: upsert.authorization.clone(),
        })
    }
}
