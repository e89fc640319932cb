//! Plugins at work on one thread, for commands that try documents on them.

use laneway_model::{ExtractWorker, Extraction, Extractor as _, Outcome};
use laneway_plugin::{PluginFile, PluginSettings, Plugins};

use super::{Sample, source};
use crate::failure::Failure;

/// Loaded plugins and one worker.
pub(crate) struct Runner {
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
}

impl Runner {
    /// Loads components. Nothing is quarantined here, however often it fails: each failure is to be seen.
    pub(crate) fn new(components: Vec<PluginFile>) -> Result<Self, Failure> {
        let settings = PluginSettings { failures_in_a_row_max: u32::MAX, ..source::settings()? };
        // What is tried here is what plugins find, in any form.
        let plugins = source::load_with(&components.into(), settings)?.taking_any_identity();
        Ok(Self { worker: plugins.worker(), plugins })
    }

    /// The document's extraction.
    pub(crate) fn extract(&mut self, sample: &Sample) -> Result<Extraction, Outcome> {
        let route = self.plugins.route(&sample.project, &sample.endpoint)?;
        self.worker.extract(&route, sample.body.as_bytes())
    }

    /// The same by instances that have seen nothing else.
    pub(crate) fn extract_anew(&self, sample: &Sample) -> Result<Extraction, Outcome> {
        let route = self.plugins.route(&sample.project, &sample.endpoint)?;
        self.plugins.worker().extract(&route, sample.body.as_bytes())
    }

    /// The plugins.
    pub(crate) fn plugins(&self) -> &Plugins {
        &self.plugins
    }
}
