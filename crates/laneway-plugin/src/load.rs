//! Many components at once: each is compiled on one thread, as many at a time as the settings allow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::PluginSettings;
use crate::engine::PluginEngine;
use crate::error::PluginError;
use crate::plugin::Candidate;

/// Loads all components, in their order. The first that fails, by that order, is the error.
pub(crate) fn load_all(
    engine: &Arc<PluginEngine>,
    settings: &PluginSettings,
    components: &[(String, Vec<u8>)],
) -> Result<Vec<Candidate>, PluginError> {
    let results: Vec<OnceLock<Result<Candidate, PluginError>>> = components.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some((name, wasm)), Some(result)) = (components.get(at), results.get(at)) else { return };
            // Each index is taken once, so the cell is empty.
            let _ = result.set(Candidate::load(engine, settings, name, wasm));
        }
    };
    let threads = settings.compile_threads_max.clamp(1, components.len().max(1));
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    // The scope ends when all threads have, and a panic in one passes through it: every cell is filled.
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}
