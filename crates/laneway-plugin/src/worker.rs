//! One thread's means of extraction: an instance of each plugin it has met, and buffers.

use std::sync::Arc;

use laneway_model::{ExtractWorker, Extraction, Outcome, Route};

use crate::answer::AnswerIndex;
use crate::assemble::Assembler;
use crate::budget::Budget;
use crate::fault::{Fault, plugin_failed};
use crate::instance::{CallFailure, Instance};
use crate::plugin::LoadedPlugin;
use crate::registry::Registry;
use crate::text::shortened;
use crate::v1::exports::laneway::resource::extractor::ExtractError;

/// How much of a plugin's error code and message is passed on.
const CODE_BYTES_MAX: usize = 64;
const MESSAGE_BYTES_MAX: usize = 500;

/// A worker. No lock and no hash on its way from a document to an extraction: plugins have small numbers.
pub(crate) struct Worker {
    registry: Arc<Registry>,
    /// By the plugin's slot.
    instances: Vec<Option<Kept>>,
    /// The generation that was published when instances were last looked through.
    generation: u64,
    index: AnswerIndex,
    assembler: Assembler,
}

/// An instance that waits for its next document.
struct Kept {
    /// Whose it is: slots are given out again.
    serial: u64,
    /// To see that the plugin has been retired, without keeping it alive.
    plugin: std::sync::Weak<LoadedPlugin>,
    instance: Instance,
}

/// Why one attempt gave no extraction.
enum Failure {
    Fault(Fault),
    Call(CallFailure),
}

impl Worker {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        let assembler = Assembler::new(registry.settings.text_bytes_max);
        let generation = registry.number();
        Self { registry, instances: Vec::new(), generation, index: AnswerIndex::default(), assembler }
    }

    /// The document's extraction, from the instance that is kept or, when that fails, from a new one: without
    /// imports a plugin can only depend on what it remembers, so a new instance that fails would fail again.
    fn ask(&mut self, plugin: &Arc<LoadedPlugin>, index: u32, document: &str) -> Result<Extraction, Outcome> {
        let mut kept = self.take(plugin);
        loop {
            let mut instance = match kept.take() {
                Some(instance) => instance,
                None => plugin
                    .instantiate(&self.registry.engine, &self.registry.settings)
                    .map_err(|failure| self.give_up(plugin, &format!("could not be started: it {}", failure.what)))?,
            };
            let used = instance.used();
            let what = match self.attempt(plugin, &mut instance, index, document) {
                Ok(extraction) => {
                    self.keep(plugin, instance);
                    plugin.health.succeeded();
                    return Ok(extraction);
                }
                Err(Failure::Fault(Fault::Document { code, message })) => {
                    self.keep(plugin, instance);
                    plugin.health.succeeded();
                    return Err(Outcome::InvalidDocument { code, message });
                }
                Err(Failure::Call(failure)) if failure.timed_out || !used => failure.what,
                Err(Failure::Fault(Fault::Plugin(what))) if !used => what,
                // The failed instance is dropped; the next turn makes a new one.
                Err(_) => continue,
            };
            return Err(self.give_up(plugin, &what));
        }
    }

    fn attempt(
        &mut self,
        plugin: &LoadedPlugin,
        instance: &mut Instance,
        index: u32,
        document: &str,
    ) -> Result<Extraction, Failure> {
        let settings = &self.registry.settings;
        self.registry.engine.ticker.keep_awake();
        let budget = Budget::new(settings.call_cpu(document.len()), settings.call_wall_max);
        let answer = instance.extract(index, document.as_bytes(), budget).map_err(Failure::Call)?;
        let raw = answer.map_err(|error| Failure::Fault(refused(&error)))?;
        let plan = &plugin.resources[index as usize];
        let answer = self.index.read(plan, &raw).map_err(Failure::Fault)?;
        self.assembler.assemble(plan, document, &answer).map_err(Failure::Fault)
    }

    #[cold]
    fn give_up(&self, plugin: &LoadedPlugin, what: &str) -> Outcome {
        let failures = plugin.health.failed();
        if failures == self.registry.settings.failures_in_a_row_max {
            tracing::error!(plugin = plugin.name, version = plugin.version, failures, "plugin taken out: {what}");
        } else {
            tracing::warn!(plugin = plugin.name, version = plugin.version, failures, "plugin failed: it {what}");
        }
        plugin_failed(&plugin.name, &plugin.version, what)
    }

    /// The kept instance of the plugin.
    fn take(&mut self, plugin: &LoadedPlugin) -> Option<Instance> {
        self.sweep();
        let kept = self.instances.get_mut(plugin.slot.index())?.take()?;
        (kept.serial == plugin.serial).then_some(kept.instance)
    }

    /// Keeps an instance for the plugin's next document, if it is worth it.
    fn keep(&mut self, plugin: &Arc<LoadedPlugin>, instance: Instance) {
        if instance.memory_bytes() > self.registry.settings.memory_bytes_kept_max || plugin.retired() {
            return;
        }
        let slot = plugin.slot.index();
        if self.instances.len() <= slot {
            self.instances.resize_with(slot + 1, || None);
        }
        self.instances[slot] = Some(Kept { serial: plugin.serial, plugin: Arc::downgrade(plugin), instance });
    }

    /// After a publish, lets go of instances of plugins that are no longer in force.
    fn sweep(&mut self) {
        let published = self.registry.number();
        if self.generation == published {
            return;
        }
        self.generation = published;
        for slot in &mut self.instances {
            let gone = |kept: &mut Kept| kept.plugin.upgrade().is_none_or(|plugin| plugin.retired());
            slot.take_if(gone);
        }
    }
}

impl ExtractWorker for Worker {
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome> {
        let Ok(plugin) = Arc::clone(&route.handle).downcast::<LoadedPlugin>() else {
            let message = "the route is not one of this host's".to_owned();
            return Err(Outcome::PluginFailed { message });
        };
        let settings = &self.registry.settings;
        if document.len() > settings.document_bytes_max {
            return Err(Outcome::TooLarge { bytes: document.len(), bytes_max: settings.document_bytes_max });
        }
        if let Some(failures) = plugin.health.quarantined(settings.failures_in_a_row_max) {
            let what = format!("is taken out after {failures} failures in a row; publish a corrected version");
            return Err(plugin_failed(&plugin.name, &plugin.version, &what));
        }
        let document = std::str::from_utf8(document).map_err(|error| Outcome::InvalidDocument {
            code: "invalid-json".into(),
            message: format!("The document is not UTF-8 (byte {}).", error.valid_up_to()),
        })?;
        self.ask(&plugin, route.index, document)
    }
}

/// A plugin's own refusal of a document, within bounds.
fn refused(error: &ExtractError) -> Fault {
    let (code, message) = (shortened(&error.code, CODE_BYTES_MAX), shortened(&error.message, MESSAGE_BYTES_MAX));
    Fault::document(code, format!("{message} (byte {})", error.offset))
}
