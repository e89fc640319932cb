//! One thread's means of extraction: an instance of each plugin it has met, and buffers. No lock and no hash
//! on the way from a document to an extraction: plugins have small numbers.

use std::sync::Arc;

use laneway_model::{ExtractWorker, Extraction, Outcome, Route};

use crate::answer::AnswerIndex;
use crate::assemble::Assembler;
use crate::budget::Budget;
use crate::fault::{Fault, plugin_failed};
use crate::instance::{CallFailure, Instance};
use crate::kept::KeptInstances;
use crate::plan::ResourcePlan;
use crate::plugin::LoadedPlugin;
use crate::registry::Registry;
use crate::text::shortened;
use crate::v1::exports::laneway::resource::extractor::ExtractError;

/// How much of a plugin's error code is passed on.
const CODE_BYTES_MAX: usize = 64;
/// How much of a plugin's error message is passed on.
const MESSAGE_BYTES_MAX: usize = 500;

/// A worker of a registry.
pub(crate) struct Worker {
    registry: Arc<Registry>,
    instances: KeptInstances,
    buffers: Buffers,
}

/// Kept from document to document.
struct Buffers {
    index: AnswerIndex,
    assembler: Assembler,
}

/// Why one attempt gave no extraction.
enum Failure {
    Fault(Fault),
    Call(CallFailure),
}

impl Worker {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        let assembler = Assembler::new(registry.settings.text_bytes_max);
        let buffers = Buffers { index: AnswerIndex::default(), assembler };
        Self { registry, instances: KeptInstances::default(), buffers }
    }

    /// A worker for measurements: its extractions have no ReferentialIds.
    pub(crate) fn without_ids(registry: Arc<Registry>) -> Self {
        let worker = Self::new(registry);
        let Buffers { index, assembler } = worker.buffers;
        Self { buffers: Buffers { index, assembler: assembler.without_ids() }, ..worker }
    }

    /// What a plugin on trial says about a document. One that fails too often is not asked any more.
    pub(crate) fn try_out(&mut self, route: &Route, document: &str) -> Result<Extraction, Outcome> {
        let plugin = self.in_order(route)?;
        self.ask(route, plugin, document)
    }

    /// The route's plugin, unless it was taken out.
    fn in_order<'a>(&self, route: &'a Route) -> Result<&'a LoadedPlugin, Outcome> {
        let Some(plugin) = route.handle.downcast_ref::<LoadedPlugin>() else {
            return Err(Outcome::PluginFailed { message: "the route is another extractor's".to_owned() });
        };
        match plugin.health.quarantined(self.registry.settings.failures_in_a_row_max) {
            None => Ok(plugin),
            Some(failures) => {
                let what = format!("was taken out after {failures} failures in a row; publish a corrected version");
                Err(plugin_failed(&plugin.name, &plugin.version, &what))
            }
        }
    }

    /// Asks the kept instance and, when that fails, a new one: without imports a plugin can only depend on
    /// what it remembers, so a new instance that fails would fail again. A call that ran out of time is not
    /// repeated: its document has cost enough.
    fn ask(&mut self, route: &Route, plugin: &LoadedPlugin, document: &str) -> Result<Extraction, Outcome> {
        let plan = &plugin.resources[route.index as usize];
        loop {
            let instance = self
                .instances
                .get(&self.registry, plugin, &route.handle)
                .map_err(|failure| self.registry.give_up(plugin, &failure.what))?;
            let used = instance.used();
            let answer = self.buffers.attempt(&self.registry, instance, route.index, plan, document);
            let (what, repeat) = match answer {
                Ok(extraction) => {
                    self.instances.answered(&self.registry, plugin);
                    plugin.health.succeeded();
                    return Ok(extraction);
                }
                Err(Failure::Fault(Fault::Document { code, message })) => {
                    self.instances.answered(&self.registry, plugin);
                    plugin.health.succeeded();
                    return Err(Outcome::InvalidDocument { code, message });
                }
                Err(Failure::Fault(Fault::Plugin(what))) => (what, used),
                Err(Failure::Call(failure)) => (failure.what, used && !failure.timed_out),
            };
            self.instances.failed(plugin);
            if !repeat {
                return Err(self.registry.give_up(plugin, &what));
            }
        }
    }
}

impl Buffers {
    fn attempt(
        &mut self,
        registry: &Registry,
        instance: &mut Instance,
        index: u32,
        plan: &ResourcePlan,
        document: &str,
    ) -> Result<Extraction, Failure> {
        let settings = &registry.settings;
        registry.engine.ticker.keep_awake();
        let budget = Budget::new(settings.call_cpu(document.len()), settings.call_wall_max);
        let answer = instance.extract(index, document.as_bytes(), budget).map_err(Failure::Call)?;
        let raw = answer.map_err(|error| Failure::Fault(refused(&error)))?;
        let answer = self.index.read(plan, &raw).map_err(Failure::Fault)?;
        self.assembler.assemble(plan, document, &answer).map_err(Failure::Fault)
    }
}

impl Registry {
    /// Counts a document that the plugin failed on, and says so.
    #[cold]
    fn give_up(&self, plugin: &LoadedPlugin, what: &str) -> Outcome {
        let failures = plugin.health.failed();
        let (name, version) = (&plugin.name, &plugin.version);
        tracing::warn!(plugin = name, version, failures, "plugin failed: it {what}");
        if failures == self.settings.failures_in_a_row_max {
            tracing::error!(plugin = name, version, failures, "plugin taken out until a newer one is published");
        }
        plugin_failed(name, version, what)
    }
}

impl ExtractWorker for Worker {
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome> {
        let settings = &self.registry.settings;
        if document.len() > settings.document_bytes_max {
            return Err(Outcome::TooLarge { bytes: document.len(), bytes_max: settings.document_bytes_max });
        }
        let plugin = self.in_order(route)?;
        let document = simdutf8::basic::from_utf8(document).map_err(|_| not_utf8(document))?;
        let answer = self.ask(route, plugin, document);
        if let Some(trial) = &*self.registry.trial.load() {
            trial.offer(route, document, &answer);
        }
        answer
    }
}

/// The fault of a document that is not UTF-8. Only now is it looked for where.
#[cold]
fn not_utf8(document: &[u8]) -> Outcome {
    let at = std::str::from_utf8(document).map_or_else(|error| error.valid_up_to(), str::len);
    Outcome::InvalidDocument { code: "invalid-json".into(), message: format!("The document is not UTF-8 (byte {at}).") }
}

/// A plugin's own refusal of a document, within bounds.
fn refused(error: &ExtractError) -> Fault {
    let (code, message) = (shortened(&error.code, CODE_BYTES_MAX), shortened(&error.message, MESSAGE_BYTES_MAX));
    Fault::document(code, format!("{message} (byte {})", error.offset))
}
