//! Many components at once: each is compiled on one thread, as many at a time as the settings allow. What is loaded
//! already is taken as it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::PluginSettings;
use crate::engine::PluginEngine;
use crate::error::PluginError;
use crate::plugin::{Candidate, LoadedPlugin};
use crate::set::{PluginFile, PluginSet, Sha256Digest};

/// The means of loading, and what is loaded.
pub(crate) struct Loader<'a> {
    pub(crate) engine: &'a Arc<PluginEngine>,
    pub(crate) settings: &'a PluginSettings,
    /// By name and content.
    pub(crate) loaded: FxHashMap<(&'a str, Sha256Digest), &'a Arc<LoadedPlugin>>,
}

/// A component, ready to be part of a generation.
pub(crate) enum Ready {
    /// It was loaded before, under the same name and with the same content.
    Known(Arc<LoadedPlugin>),
    /// It is new.
    New(Candidate),
}

impl Loader<'_> {
    /// Loads all components, in their order. The first that fails, by that order, is the error.
    pub(crate) fn load(&self, set: &PluginSet) -> Result<Vec<Ready>, PluginError> {
        let results: Vec<OnceLock<Result<Ready, PluginError>>> = set.files.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (Some(file), Some(result)) = (set.files.get(at), results.get(at)) else { return };
                // Each index is taken once, so the cell is empty.
                let _ = result.set(self.one(file));
            }
        };
        let threads = self.settings.compile_threads_max.clamp(1, set.files.len().max(1));
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        if let Some(cache) = &self.settings.code_cache {
            cache.prune();
        }
        // The scope ends when all threads have, and a panic in one passes through it: every cell is filled.
        results.into_iter().filter_map(OnceLock::into_inner).collect()
    }

    fn one(&self, file: &PluginFile) -> Result<Ready, PluginError> {
        let sha256 = file.sha256();
        self.settings.trust.check_component(&sha256).map_err(|refusal| PluginError::new(&file.name, refusal))?;
        if let Some(known) = self.loaded.get(&(&*file.name, sha256)) {
            return Ok(Ready::Known(Arc::clone(known)));
        }
        Candidate::load(self.engine, self.settings, file, sha256).map(Ready::New)
    }
}
