//! What a handle of plugins names: the set, and the watch over a folder that feeds it, if there is one.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use laneway_plugin::{FolderWatch, Plugins, WatchSettings};
use tracing::Dispatch;

use super::watch;
use crate::abi::laneway_result_t;
use crate::failure::Failure;

/// A set behind a handle.
pub(crate) struct Held {
    pub(crate) plugins: Arc<Plugins>,
    fed: Mutex<Fed>,
}

/// Where the set comes from.
#[derive(Default)]
struct Fed {
    /// What is in force, while it is what was loaded from a folder: a watch does not publish it again.
    listing: Option<Vec<u8>>,
    watch: Option<FolderWatch>,
}

impl Held {
    pub(super) fn new(plugins: Plugins, listing: Option<Vec<u8>>) -> Self {
        Self { plugins: Arc::new(plugins), fed: Mutex::new(Fed { listing, watch: None }) }
    }

    /// Notes that the host has put something else in force: no folder's set is all there is.
    pub(super) fn left_folder(&self) {
        self.lock().listing = None;
    }

    /// Watches a folder, instead of the one before; `dispatch` hears what comes of it.
    pub(super) fn watch(&self, folder: &Path, settings: WatchSettings, dispatch: Dispatch) -> Result<(), Failure> {
        self.unwatch();
        let mut fed = self.lock();
        // For the first watch alone: what that publishes is not noted here.
        let settings = WatchSettings { in_force: fed.listing.take(), ..settings };
        let tell = watch::teller(folder, dispatch);
        let watch = FolderWatch::start(Plugins::clone(&self.plugins), folder, settings, tell);
        let failed =
            |error| Failure::new(laneway_result_t::LANEWAY_E_SYSTEM, format!("no thread to watch with: {error}"));
        let before = fed.watch.replace(watch.map_err(failed)?);
        // Somebody else's, begun since. Not with the lock, as below.
        drop(fed);
        drop(before);
        Ok(())
    }

    /// Ends the watch; when this returns, it publishes nothing more.
    pub(super) fn unwatch(&self) {
        // Not with the lock: a publish that is under way takes seconds.
        let watch = self.lock().watch.take();
        drop(watch);
    }

    fn lock(&self) -> MutexGuard<'_, Fed> {
        // What panics in between leaves a watch or none.
        self.fed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    /// Whoever lets go of a set last does not wait for what is under way.
    fn drop(&mut self) {
        if let Some(watch) = self.lock().watch.take() {
            watch.detach();
        }
    }
}
