//! What plugins' successes and failures lead to: they are counted and logged, and a plugin that fails too often in a row
//! is quarantined for a while. All on the cold path.

use std::sync::atomic::Ordering;
use std::time::Instant;

use laneway_model::Outcome;

use crate::load::plugin::LoadedPlugin;
use crate::publish::health::Failure;
use crate::publish::registry::Registry;
use crate::read::fault::plugin_failed;

impl Registry {
    /// Lets a document try a quarantined plugin, or refuses it.
    #[cold]
    pub(crate) fn retry(&self, plugin: &LoadedPlugin, document: &str) -> Result<(), Outcome> {
        let (name, version) = (&plugin.name, &plugin.version);
        match plugin.health.retry(&self.settings, document, Instant::now()) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.health_counters.retries.fetch_add(1, Ordering::Relaxed);
                tracing::info!(plugin = name, version, "plugin is tried again with one document");
                Ok(())
            }
            Err(failures) => {
                let what = format!(
                    "is quarantined after {failures} failures in a row; one document tries it after each pause"
                );
                Err(plugin_failed(name, version, &what))
            }
        }
    }

    /// Counts a document that the plugin answered.
    pub(crate) fn succeeded(&self, plugin: &LoadedPlugin) {
        if plugin.health.succeeded(&self.settings) {
            self.health_counters.recoveries.fetch_add(1, Ordering::Relaxed);
            tracing::info!(plugin = plugin.name, version = plugin.version, "plugin works again");
        }
    }

    /// Counts a document that the plugin failed on; what its caller gets.
    #[cold]
    pub(crate) fn failed(&self, plugin: &LoadedPlugin, document: &str, what: &str) -> Outcome {
        let Failure { failures, quarantined_for } = plugin.health.failed(&self.settings, document, Instant::now());
        let (name, version) = (&plugin.name, &plugin.version);
        tracing::warn!(plugin = name, version, failures, "plugin failed: it {what}");
        if let Some(pause) = quarantined_for {
            self.health_counters.quarantines.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                plugin = name,
                version,
                failures,
                ?pause,
                "plugin quarantined; one document tries it after the pause"
            );
        }
        plugin_failed(name, version, what)
    }
}
