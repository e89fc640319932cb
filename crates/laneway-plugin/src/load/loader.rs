//! Many components at once: each is compiled on one thread, as many at a time as the settings allow. What is loaded
//! already is taken as it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::PluginSettings;
use crate::error::PluginError;
use crate::load::engine::PluginEngine;
use crate::load::plugin::Candidate;
use crate::load::set::{PluginFile, PluginSet, Sha256Digest};

/// The means of loading, and what is loaded.
pub(crate) struct Loader<'a, P> {
    pub(crate) engine: &'a Arc<PluginEngine>,
    pub(crate) settings: &'a PluginSettings,
    /// By name, content, and whether imports trap.
    pub(crate) loaded: FxHashMap<(&'a str, Sha256Digest, bool), &'a P>,
}

/// A component, ready to be part of a generation.
pub(crate) enum Ready<P> {
    /// It was loaded before, under the same name and with the same content.
    Loaded(P),
    /// It is new.
    New(Candidate),
}

impl<P: Clone + Send + Sync> Loader<'_, P> {
    /// Loads all components, in their order. The first that fails, by that order, is the error.
    pub(crate) fn load(&self, set: &PluginSet) -> Result<Vec<Ready<P>>, PluginError> {
        let results: Vec<OnceLock<Result<Ready<P>, PluginError>>> = set.files.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                // Relaxed: it only gives each file to one thread; the cells synchronise what is in them.
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (Some(file), Some(result)) = (set.files.get(at), results.get(at)) else { return };
                // Each index is taken once, so the cell is empty.
                let _ = result.set(self.one(file));
            }
        };
        let threads = self.settings.compile_threads_max.clamp(1, set.files.len().max(1));
        std::thread::scope(|scope| {
            for _ in 1..threads {
                // Refused: then it takes longer.
                if std::thread::Builder::new().name("laneway-compile".into()).spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        if let Some(cache) = &self.settings.code_cache {
            cache.prune();
        }
        // The scope ends when all threads have, and a panic in one passes through it: every cell is filled.
        results.into_iter().filter_map(OnceLock::into_inner).collect()
    }

    fn one(&self, file: &PluginFile) -> Result<Ready<P>, PluginError> {
        let sha256 = file.sha256();
        self.settings.trust.check_component(&sha256).map_err(|refusal| PluginError::new(&file.name, refusal))?;
        if let Some(&loaded) = self.loaded.get(&(&*file.name, sha256, file.trap_imports)) {
            return Ok(Ready::Loaded(loaded.clone()));
        }
        Candidate::load(self.engine, self.settings, file, sha256).map(Ready::New)
    }
}
