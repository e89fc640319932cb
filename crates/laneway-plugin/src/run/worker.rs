//! One thread's means of extraction: an instance of each plugin it has met, and buffers. No lock that another thread
//! waits for and no hash on the way from a document to an extraction: instances are found by small numbers.

use std::sync::{Arc, Mutex, PoisonError};

use laneway_model::{ExtractWorker, Extraction, Outcome, Route};

use crate::CoercionExtent;
use crate::load::plugin::LoadedPlugin;
use crate::publish::registry::Registry;
use crate::read::assemble::Assembler;
use crate::read::bodies::Bodies;
use crate::read::fault::Fault;
use crate::read::output::OutputIndex;
use crate::read::resource_plan::ResourcePlan;
use crate::read::text::shortened;
use crate::run::budget::Budget;
use crate::run::instance::{CallFailure, Instance};
use crate::run::instance_cache::InstanceCache;
use crate::run::room::GiveWay as _;
use crate::v1::exports::laneway::resource::extractor::ExtractError;

/// How much of a plugin's error code is passed on.
const CODE_BYTES_MAX: usize = 64;
/// How often a call is repeated whose plugin got no memory from the system; each time idle instances give way.
const SHORT_MAX: u32 = 8;
/// How much of a plugin's error message is passed on.
const MESSAGE_BYTES_MAX: usize = 500;

/// A worker of a registry.
pub(crate) struct Worker {
    registry: Arc<Registry>,
    /// Locked for a document. Others only try the lock, and only where the system has no memory for another instance.
    instances: Arc<Mutex<InstanceCache>>,
    buffers: Buffers,
    bodies: Bodies,
}

/// Kept from document to document.
struct Buffers {
    index: OutputIndex,
    assembler: Assembler,
}

/// Why one attempt gave no extraction.
enum Failure {
    Fault(Fault),
    Call(CallFailure),
}

impl Worker {
    pub(crate) fn new(registry: Arc<Registry>, bodies: Bodies) -> Self {
        let assembler = Assembler::new(registry.settings.text_bytes_max);
        let buffers = Buffers { index: OutputIndex::default(), assembler };
        let instances = Arc::default();
        registry.engine.room.join(&instances);
        Self { registry, instances, buffers, bodies }
    }

    /// A worker for measurements: its extractions have no ReferentialIds.
    pub(crate) fn without_ids(registry: Arc<Registry>) -> Self {
        let worker = Self::new(registry, Bodies::default());
        let Buffers { index, assembler } = worker.buffers;
        Self { buffers: Buffers { index, assembler: assembler.without_ids() }, ..worker }
    }

    /// A document's extraction by a plugin of the canary; it is coerced already, if at all.
    pub(crate) fn extract_for_canary(
        &mut self,
        route: &Route,
        document: &str,
        bodies: Bodies,
    ) -> Result<Extraction, Outcome> {
        self.bodies = bodies;
        let plugin = self.healthy_plugin(route, document)?;
        self.ask(route, plugin, document)
    }

    /// The route's plugin, unless it is quarantined and this document is not the one that tries it again.
    fn healthy_plugin<'a>(&self, route: &'a Route, document: &str) -> Result<&'a LoadedPlugin, Outcome> {
        let Some(plugin) = route.handle.downcast_ref::<LoadedPlugin>() else {
            return Err(Outcome::PluginFailed { message: "the route is another extractor's".to_owned() });
        };
        if plugin.health.is_quarantined(&self.registry.settings) {
            self.registry.retry(plugin, document)?;
        }
        Ok(plugin)
    }

    /// Asks the cached instance and, when that fails, a new one: without imports a plugin can only depend on what it
    /// remembers, so a new instance that fails would fail again. A call that ran out of time is not repeated: its
    /// document has cost enough.
    fn ask(&mut self, route: &Route, plugin: &LoadedPlugin, document: &str) -> Result<Extraction, Outcome> {
        let answer = self.ask_instance(route, plugin, document);
        // The lock is given back: whoever waits for room finds what is idle here.
        self.registry.engine.room.answered();
        answer
    }

    fn ask_instance(&mut self, route: &Route, plugin: &LoadedPlugin, document: &str) -> Result<Extraction, Outcome> {
        let Self { registry, instances, buffers, bodies } = self;
        // What panicked is thrown away with the worker.
        let mut instances = instances.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = &plugin.resources[route.index as usize];
        let mut short = 0;
        let answer = loop {
            let instance = match instances.get(registry, plugin, &route.handle) {
                Ok(instance) => instance,
                Err(failure) if failure.is_shortage => return Err(no_memory(&failure)),
                Err(failure) => return Err(registry.failed(plugin, document, &failure.what)),
            };
            let used = instance.used();
            let (what, repeat) = match buffers.attempt(registry, instance, route.index, plan, document, *bodies) {
                Ok(extraction) => break Ok(extraction),
                Err(Failure::Fault(Fault::Document { code, message })) => {
                    break Err(Outcome::InvalidDocument { code, message });
                }
                Err(Failure::Fault(Fault::Plugin(what))) => (what, used),
                // Its memory did not grow: not the plugin's fault, nor what it remembers.
                Err(Failure::Call(failure)) if failure.is_shortage => {
                    instances.failed(plugin);
                    short += 1;
                    if short > SHORT_MAX || instances.give_way() == 0 && !registry.engine.room.ask() {
                        return Err(no_memory(&failure));
                    }
                    continue;
                }
                Err(Failure::Call(failure)) => (failure.what, used && !failure.timed_out),
            };
            instances.failed(plugin);
            if !repeat {
                return Err(registry.failed(plugin, document, &what));
            }
        };
        instances.answered(registry, plugin);
        registry.succeeded(plugin);
        answer
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
        bodies: Bodies,
    ) -> Result<Extraction, Failure> {
        let settings = &registry.settings;
        registry.engine.ticker.keep_awake();
        let budget = Budget::new(settings.call_cpu(document.len()), settings.call_wall_max);
        let answer = instance.extract(index, document.as_bytes(), budget).map_err(Failure::Call)?;
        let raw = answer.map_err(|error| Failure::Fault(refused(&error)))?;
        let answer = self.index.read(plan, &raw).map_err(Failure::Fault)?;
        self.assembler.assemble(plan, document, &answer, bodies).map_err(Failure::Fault)
    }
}

/// A document as the route's plugin has it coerced; `None`: it stays as it is.
pub(crate) fn coerced(route: &Route, document: &str, extent: CoercionExtent) -> Option<Vec<u8>> {
    let plugin = route.handle.downcast_ref::<LoadedPlugin>()?;
    plugin.resources[route.index as usize].coercion.apply(document, extent)
}

impl ExtractWorker for Worker {
    fn coerce(&mut self, route: &Route, document: &[u8]) -> Option<Vec<u8>> {
        let extent = self.bodies.coercion;
        // Both are what extraction refuses, and no walk should cost more than that.
        let is_fit = extent != CoercionExtent::Nothing && document.len() <= self.registry.settings.document_bytes_max;
        let document = is_fit.then(|| simdutf8::basic::from_utf8(document).ok()).flatten()?;
        coerced(route, document, extent)
    }

    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome> {
        let settings = &self.registry.settings;
        if document.len() > settings.document_bytes_max {
            return Err(Outcome::TooLarge { bytes: document.len(), bytes_max: settings.document_bytes_max });
        }
        let document = simdutf8::basic::from_utf8(document).map_err(|_| not_utf8(document))?;
        let plugin = self.healthy_plugin(route, document)?;
        let answer = self.ask(route, plugin, document);
        if let Some(canary) = &*self.registry.canary.load() {
            canary.offer(route, document, self.bodies, &answer);
        }
        answer
    }
}

/// The fault of a document that is not UTF-8. The fast check does not return where; only here it is searched for.
#[cold]
fn not_utf8(document: &[u8]) -> Outcome {
    let at = std::str::from_utf8(document).map_or_else(|error| error.valid_up_to(), str::len);
    Outcome::InvalidDocument { code: "invalid-json".into(), message: format!("The document is not UTF-8 (byte {at}).") }
}

/// The end of a document that the system has no memory for, though no instance is idle.
#[cold]
fn no_memory(failure: &CallFailure) -> Outcome {
    let message = format!(
        "the system has no memory for one more instance of a plugin ({}); raise the bound on address space (ulimit -v) or \
         the container's memory, or use fewer extraction threads",
        failure.what
    );
    Outcome::Failed { sqlstate: None, message }
}

/// A plugin's own refusal of a document, within bounds.
fn refused(error: &ExtractError) -> Fault {
    let (code, message) = (shortened(&error.code, CODE_BYTES_MAX), shortened(&error.message, MESSAGE_BYTES_MAX));
    Fault::document(code, format!("{message} (byte {})", error.offset))
}
