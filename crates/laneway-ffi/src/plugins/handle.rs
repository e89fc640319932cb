//! What a handle of plugins names: the set, and the watch over a folder that feeds it, if there is one.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use laneway_plugin::{FolderWatch, PluginSet, PluginSettings, Plugins, Publish, WatchSettings};
use tracing::Dispatch;

use super::watch;
use crate::failure::Failure;

/// A set behind a handle.
pub(crate) struct PluginsHandle {
    pub(crate) plugins: Arc<Plugins>,
    /// Locked for moments alone: a publish, which takes seconds, runs outside of it.
    folder: Mutex<WatchedFolder>,
}

/// Where the set comes from.
#[derive(Default)]
struct WatchedFolder {
    /// The listing in force, while it is the one that was loaded from a folder: a watch does not publish it again.
    listing: Option<Vec<u8>>,
    watch: Option<FolderWatch>,
}

impl PluginsHandle {
    /// Loads components, of which there must be some.
    pub(crate) fn load(set: &PluginSet, settings: PluginSettings) -> Result<Self, Failure> {
        let plugins = Arc::new(Plugins::load_set(set, settings).map_err(|error| Failure::load(&error))?);
        let listing = set.listing().map(<[u8]>::to_vec);
        Ok(Self { plugins, folder: Mutex::new(WatchedFolder { listing, watch: None }) })
    }

    /// Replaces any number of plugins; the new generation's number.
    pub(crate) fn publish(&self, set: &PluginSet) -> Result<u64, Failure> {
        let generation = self.plugins.publish_set(set, Publish::Add).map_err(|error| Failure::load(&error))?;
        self.lock().listing = None;
        Ok(generation)
    }

    /// Returns to a generation that is kept; the new generation's number.
    pub(crate) fn roll_back(&self, generation: u64) -> Result<u64, Failure> {
        let generation = self.plugins.rollback(generation).map_err(Failure::plugin)?;
        self.lock().listing = None;
        Ok(generation)
    }

    /// Watches a folder, instead of the one before, and logs the results to `dispatch`.
    pub(crate) fn watch(&self, folder: &Path, poll_interval_ms: u32, dispatch: Dispatch) -> Result<(), Failure> {
        self.unwatch();
        let mut watched = self.lock();
        // Taken: for the first watch alone, since what a watch publishes is not noted here.
        let settings = WatchSettings { in_force: watched.listing.take(), ..watch::settings(poll_interval_ms) };
        let report = watch::reporter(folder, dispatch);
        let started = FolderWatch::start(Plugins::clone(&self.plugins), folder, settings, report);
        // Another caller's, begun since the first line. It ends without the lock, as in `unwatch`.
        let before = watched.watch.replace(started.map_err(|error| Failure::threads(&error))?);
        drop(watched);
        drop(before);
        Ok(())
    }

    /// Ends the watch; when this returns, it publishes nothing more.
    pub(crate) fn unwatch(&self) {
        // A statement of its own, which gives the lock back: a publish that is under way takes seconds.
        let watch = self.lock().watch.take();
        drop(watch);
    }

    fn lock(&self) -> MutexGuard<'_, WatchedFolder> {
        // What panics in between leaves a watch or none.
        self.folder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PluginsHandle {
    /// Whoever lets go of a set last does not wait for what is under way.
    fn drop(&mut self) {
        if let Some(watch) = self.lock().watch.take() {
            watch.detach();
        }
    }
}
