//! One plugin, loaded: validated, compiled, asked what it is, its resources planned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use wasmtime::component::Component;

use crate::error::{PluginError, Refusal};
use crate::load::engine::PluginEngine;
use crate::load::inspect::inspect;
use crate::load::plugin_manifest;
use crate::load::set::{PluginFile, Sha256Digest};
use crate::publish::health::Health;
use crate::publish::slots::PluginSlot;
use crate::read::resource_plan::ResourcePlan;
use crate::read::text::shortened;
use crate::run::instance::{CallFailure, Compiled, Instance};
use crate::run::room::GiveWay;
use crate::v1::exports::laneway::resource::extractor::Manifest;
use crate::{CodeCache, PluginSettings};

/// How much of an engine's message an error repeats.
const MESSAGE_BYTES_MAX: usize = 400;
/// How much of a plugin's own name and version is kept.
const NAME_BYTES_MAX: usize = 128;

/// A plugin in some generation. Operations hold it through their routes, so it outlives its generation until
/// the last of them is extracted.
pub(crate) struct LoadedPlugin {
    /// The name under which it was loaded.
    pub(crate) name: String,
    /// The version that its manifest gives.
    pub(crate) version: String,
    /// Of the component.
    pub(crate) sha256: Sha256Digest,
    /// Whether its imports trap.
    pub(crate) trap_imports: bool,
    /// Unique among all plugins of the process, unlike `slot`.
    pub(crate) serial: u64,
    /// Where workers keep their instances of it.
    pub(crate) slot: PluginSlot,
    /// What it serves; `Route::index` counts these.
    pub(crate) resources: Vec<ResourcePlan>,
    pub(crate) health: Health,
    /// Whether the published generation lacks it. A worker that sees it late keeps an instance until the next publish.
    retired: AtomicBool,
    compiled: Compiled,
}

/// What is known of a plugin before it takes part in a generation.
pub(crate) struct Candidate {
    name: String,
    version: String,
    sha256: Sha256Digest,
    trap_imports: bool,
    resources: Vec<ResourcePlan>,
    compiled: Compiled,
}

impl Candidate {
    /// Validates and compiles a component and asks it what it is. Takes milliseconds of CPU; never run it
    /// on a worker's thread.
    pub(crate) fn load(
        engine: &Arc<PluginEngine>,
        settings: &PluginSettings,
        file: &PluginFile,
        sha256: Sha256Digest,
    ) -> Result<Self, PluginError> {
        Self::try_load(engine, settings, file, sha256).map_err(|refusal| PluginError::new(&file.name, refusal))
    }

    fn try_load(
        engine: &Arc<PluginEngine>,
        settings: &PluginSettings,
        file: &PluginFile,
        sha256: Sha256Digest,
    ) -> Result<Self, Refusal> {
        inspect(file, settings)?;
        let component =
            component(engine, settings.code_cache.as_ref(), file, &sha256).map_err(|error| not_compilable(&error))?;
        let (compiled, _, manifest) = describe(engine, settings, &component, file.trap_imports)?;
        Ok(Self {
            name: file.name.clone(),
            sha256,
            trap_imports: file.trap_imports,
            version: shortened(&manifest.version, NAME_BYTES_MAX).to_owned(),
            resources: plugin_manifest::plan(&manifest)?,
            compiled,
        })
    }
}

impl LoadedPlugin {
    pub(crate) fn new(candidate: Candidate, slot: PluginSlot) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        Self {
            name: candidate.name,
            version: candidate.version,
            sha256: candidate.sha256,
            trap_imports: candidate.trap_imports,
            resources: candidate.resources,
            compiled: candidate.compiled,
            slot,
            // Relaxed: only that no two are equal matters.
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            health: Health::default(),
            retired: AtomicBool::new(false),
        }
    }

    pub(crate) fn instantiate(
        &self,
        engine: &Arc<PluginEngine>,
        settings: &PluginSettings,
        own: &mut dyn GiveWay,
    ) -> Result<Instance, CallFailure> {
        Instance::new(engine, &self.compiled, settings, own)
    }

    /// The plugin is part of the published generation, maybe again. It starts with a clean slate.
    pub(crate) fn enlist(&self) {
        self.health.reset();
        self.retired.store(false, Ordering::Release);
    }

    /// The plugin is part of the published generation no longer.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    /// Whether instances of it are not worth keeping.
    pub(crate) fn retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }
}

/// The compiled component: from the cache if it has it, else compiled and kept there.
pub(super) fn component(
    engine: &PluginEngine,
    cache: Option<&CodeCache>,
    file: &PluginFile,
    sha256: &Sha256Digest,
) -> wasmtime::Result<Component> {
    let compile = || {
        let component = caught(|| Component::new(&engine.engine, &file.wasm))?;
        engine.compiled.fetch_add(1, Ordering::Relaxed);
        Ok(component)
    };
    let Some(cache) = cache else { return compile() };
    if let Some(code) = cache.get(&engine.name, sha256) {
        #[allow(unsafe_code, reason = "compiled code cannot be checked, only known to be our own")]
        // SAFETY: these bytes are what `serialize` below gave, unmodified: the cache gives only what a process of this
        // user put there, under a MAC, for an engine and a component of these names. They are in memory of our own,
        // so nothing changes them after the check.
        let component = unsafe { Component::deserialize(&engine.engine, &code) };
        match component {
            Ok(component) => {
                engine.from_cache.fetch_add(1, Ordering::Relaxed);
                return Ok(component);
            }
            Err(error) => tracing::warn!(plugin = file.name, "kept code is not taken, so it is compiled: {error:#}"),
        }
    }
    let component = compile()?;
    cache.put(&engine.name, sha256, &component.serialize()?);
    Ok(component)
}

/// What the compiler makes of a component. A panic of the compiler's is an error of that component: it would end the watch that
/// publishes, and leaves nothing behind that others use.
fn caught<T>(compile: impl FnOnce() -> wasmtime::Result<T>) -> wasmtime::Result<T> {
    catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|_| {
        Err(wasmtime::Error::msg("the compiler failed (it panicked, a defect); please report it with the component"))
    })
}

/// What the compiler refuses, with what to do about it where a toolchain's switch leaves it out.
pub(crate) fn not_compilable(error: &wasmtime::Error) -> Refusal {
    let mut what = message(error);
    // Its error has no kind that says so.
    if what.contains("component model async") {
        what.push_str(
            "; plugins are called synchronously, so leave async out where it is built (componentize-qjs: --sync; \
             jco: --backend-qjs-disable-async)",
        );
    }
    Refusal::NotCompilable(what)
}

/// Links a component and asks an instance of it what it is. The manifest is not checked yet.
pub(crate) fn describe(
    engine: &Arc<PluginEngine>,
    settings: &PluginSettings,
    component: &Component,
    trap_imports: bool,
) -> Result<(Compiled, Instance, Manifest), Refusal> {
    let compiled =
        Compiled::new(engine, component, trap_imports).map_err(|error| Refusal::WrongWorld(message(&error)))?;
    let mut instance = Instance::new(engine, &compiled, settings, &mut NoneIdle).map_err(refusal_at_start)?;
    let manifest = instance
        .describe(settings.load_cpu_max, settings.call_wall_max)
        .map_err(|failure| Refusal::DescribeFailed(failure.what))?;
    Ok((compiled, instance, manifest))
}

/// Of whoever loads: it has no other instance.
struct NoneIdle;

impl GiveWay for NoneIdle {
    fn give_way(&mut self) -> usize {
        0
    }
}

/// Type mismatches show only when the first instance's exports are looked up.
fn refusal_at_start(failure: CallFailure) -> Refusal {
    match failure {
        CallFailure { is_shortage: true, what, .. } => Refusal::NoMemory(what),
        CallFailure { mismatch: true, what, .. } => Refusal::WrongWorld(what),
        CallFailure { what, .. } => Refusal::NotInstantiable(what),
    }
}

/// The engine's message, shortened.
pub(crate) fn message(error: &wasmtime::Error) -> String {
    shortened(&format!("{error:#}"), MESSAGE_BYTES_MAX).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_panics_is_an_error() {
        let error = caught::<()>(|| panic!("invalid adapter module generated")).unwrap_err();
        assert!(message(&error).contains("the compiler failed"), "{error}");
        assert_eq!(caught(|| Ok(7)).unwrap(), 7);
    }
}
