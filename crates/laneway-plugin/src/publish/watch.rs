//! A watched folder: when its `plugins.json` names a new set, the set is read whole, checked and published.
//!
//! A writer writes components first and renames `plugins.json` into the folder last. What is read is compared with the
//! hashes in it, so a set that is just being written is at worst refused, and tried again when anything in the folder
//! has changed. The system's messages about files are only hints to look; without them the folder is looked at now
//! and then.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::load::set::{SetFolder, SetManifest, read_manifest};
use crate::{CanaryRefusal, CanarySettings, PluginError, PluginSet, Plugins, Publish, SetError};

/// How a folder is watched.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// The [listing](PluginSet::listing) of the set that is in force already, if it came from a folder: it is not
    /// published again.
    pub in_force: Option<Vec<u8>>,
    /// How often the folder is looked at without a message of a change.
    pub poll_interval: Duration,
    /// A canary that each set has to pass first, if any.
    pub canary: Option<CanarySettings>,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self { in_force: None, poll_interval: Duration::from_secs(2), canary: None }
    }
}

/// What came of a look at the folder.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchEvent {
    /// A new set is in force.
    Published {
        /// Its generation's number.
        generation: u64,
        /// How many components it has.
        plugins: usize,
    },
    /// What is there is not a set, or not yet. It is read again when something has changed.
    Unreadable(SetError),
    /// The set cannot be taken; the one in force stays.
    Refused(PluginError),
    /// The set did not pass its canary; the one in force stays.
    Failed(CanaryRefusal),
    /// Components lie in the folder that its `plugins.json` does not name, and nothing has changed for a while: they are
    /// not loaded.
    Unlisted {
        /// The names of the files; empty when there are none any more.
        files: Vec<String>,
    },
    /// The system sends no messages of changes, for this reason; the folder is polled all the same.
    PollingOnly(String),
}

/// A watch over a folder. It ends when it is dropped, which waits for a publish that is under way.
pub struct FolderWatch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// Set before the wake-up that ends the watch; a canary that is under way looks at it too. The wake-up
    /// orders it; SeqCst costs nothing where it is read a few times a second.
    stop: AtomicBool,
    /// Holds one wake-up: a second one would find nothing more.
    wake: SyncSender<()>,
}

impl Shared {
    fn wake(&self) {
        // Full: a look is due already.
        let _ = self.wake.try_send(());
    }
}

impl FolderWatch {
    /// Watches `folder`, which may not be there yet, and publishes what comes into it as all there is
    /// ([`Publish::Replace`]). `report` is called on the watch's thread, and must not drop the watch.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(
        plugins: Plugins,
        folder: &Path,
        settings: WatchSettings,
        report: impl FnMut(WatchEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wake, wakes) = sync_channel(1);
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), wake });
        let mut watcher = Watcher {
            plugins,
            folder: folder.to_owned(),
            poll_interval: settings.poll_interval,
            canary: settings.canary,
            report: Box::new(report),
            shared: Arc::clone(&shared),
            watcher: None,
            watched: None,
            unlisted: Vec::new(),
            reported_polling: false,
            in_force: settings.in_force,
            rejected: None,
            tried: None,
        };
        let thread = std::thread::Builder::new().name("laneway-watch".into()).spawn(move || watcher.run(&wakes));
        let thread = thread.map_err(|error| laneway_threads::refused("to watch the folder with", &error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Ends the watch without waiting for a publish that is under way, which then still happens.
    pub fn detach(mut self) {
        self.thread = None;
    }
}

impl Drop for FolderWatch {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of `report` has been printed already.
            let _ = thread.join();
        }
    }
}

/// The watch's thread.
struct Watcher {
    plugins: Plugins,
    folder: PathBuf,
    poll_interval: Duration,
    canary: Option<CanarySettings>,
    report: Box<dyn FnMut(WatchEvent) + Send>,
    shared: Arc<Shared>,
    watcher: Option<RecommendedWatcher>,
    /// What `watcher` watches.
    watched: Option<(SetFolder, Option<PathBuf>)>,
    /// What was reported to lie in the folder for nothing.
    unlisted: Vec<String>,
    reported_polling: bool,
    /// The `plugins.json` that was published last.
    in_force: Option<Vec<u8>>,
    /// The set that was refused last: nothing but another set or signature makes it better.
    rejected: Option<SetManifest>,
    /// How the folder looked before it was read last, in vain or not.
    tried: Option<Listing>,
}

/// What is in a folder, as far as it can be seen without reading: path, and of the file that a link leads to, length,
/// time of change, number.
type Listing = Vec<(PathBuf, u64, Option<SystemTime>, u64)>;

impl Watcher {
    fn run(&mut self, wakes: &Receiver<()>) {
        while !self.shared.stop.load(Ordering::SeqCst) {
            // First, so that no change falls between the look and the watch.
            self.listen();
            self.look();
            match wakes.recv_timeout(self.poll_interval) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => self.look_for_unlisted(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Asks the system for messages of changes, unless it sends them already.
    fn listen(&mut self) {
        // The folder may be a link itself, whose messages would go on coming from where it led.
        let folder = (SetFolder::of(&self.folder), self.folder.canonicalize().ok());
        let is_watched = self.watcher.is_some() && self.watched.as_ref() == Some(&folder);
        if is_watched || !self.folder.is_dir() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let changed = move |event: notify::Result<notify::Event>| {
            // That a file was read, by us too, is no change.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                shared.wake();
            }
        };
        match messages(&folder.0, changed) {
            Ok(watcher) => (self.watcher, self.watched) = (Some(watcher), Some(folder)),
            Err(reason) if !self.reported_polling => {
                self.reported_polling = true;
                (self.report)(WatchEvent::PollingOnly(reason));
            }
            Err(_) => {}
        }
    }

    fn look(&mut self) {
        let Ok(listing) = list(&self.folder) else {
            // It may come back as another folder, for which the system would send no message.
            self.watcher = None;
            return;
        };
        if self.tried.as_ref() == Some(&listing) {
            return;
        }
        self.tried = Some(listing);
        if !self.folder.join(crate::SET_FILE).exists() {
            return;
        }
        let event = match self.read() {
            Ok(Some(set)) => self.publish(&set),
            Ok(None) => return,
            Err(error) => WatchEvent::Unreadable(error),
        };
        (self.report)(event);
    }

    /// The set in the folder, if it is a new one.
    fn read(&self) -> Result<Option<PluginSet>, SetError> {
        let folder = SetFolder::of(&self.folder);
        let manifest = read_manifest(&folder)?;
        let is_in_force = self.in_force.as_ref() == Some(&manifest.content);
        if is_in_force || self.rejected.as_ref() == Some(&manifest) {
            return Ok(None);
        }
        PluginSet::read_listed(&folder, manifest).map(Some)
    }

    /// Names what lies in the folder for nothing, once for each change. A writer writes components before the
    /// `plugins.json` that names them, so that it is looked for only when nothing has moved for a while.
    fn look_for_unlisted(&mut self) {
        if self.tried.is_none() || self.tried != list(&self.folder).ok() {
            return;
        }
        let folder = SetFolder::of(&self.folder);
        let Ok(manifest) = read_manifest(&folder) else { return };
        // What is no listing has been reported as such.
        let Ok(listing) = serde_json::from_slice(&manifest.content) else { return };
        let unlisted = folder.unlisted(&listing);
        if unlisted != self.unlisted {
            self.unlisted.clone_from(&unlisted);
            (self.report)(WatchEvent::Unlisted { files: unlisted });
        }
    }

    fn publish(&mut self, set: &PluginSet) -> WatchEvent {
        let published = match &self.canary {
            None => self.plugins.publish_set(set, Publish::Replace).map_err(WatchEvent::Refused),
            Some(canary) => self
                .plugins
                .canary(set, Publish::Replace, canary.clone())
                .map_err(WatchEvent::Refused)
                .and_then(|canary| canary.decide_unless(&self.shared.stop).map_err(WatchEvent::Failed)),
        };
        match published {
            Ok(generation) => {
                self.in_force = set.manifest.as_ref().map(|manifest| manifest.content.clone());
                self.rejected = None;
                WatchEvent::Published { generation, plugins: set.len() }
            }
            Err(event) => {
                self.rejected = set.manifest.clone();
                event
            }
        }
    }
}

/// Lets the system send messages of changes in `folder`; else why it does not.
fn messages(folder: &SetFolder, changed: impl notify::EventHandler) -> Result<RecommendedWatcher, String> {
    // notify does not look whether its thread has started. Where it has not, it panics when it is asked what to watch, and
    // again as it is dropped, which is the end of the process.
    laneway_threads::spare(1).map_err(|error| error.to_string())?;
    let mut watcher = ManuallyDrop::new(notify::recommended_watcher(changed).map_err(|error| error.to_string())?);
    let watching = catch_unwind(AssertUnwindSafe(|| {
        folder.all().try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))
    }));
    // The last thread was taken meanwhile: it is left as it is, which costs two descriptors.
    let watching = watching.map_err(|_| "no thread for it".to_owned())?;
    let watcher = ManuallyDrop::into_inner(watcher);
    watching.map(|()| watcher).map_err(|error| error.to_string())
}

fn list(folder: &Path) -> std::io::Result<Listing> {
    let mut listing = Listing::new();
    for folder in SetFolder::of(folder).all() {
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            // Gone meanwhile: a message of that follows. Of a link that leads nowhere, none does.
            let Ok(metadata) = std::fs::metadata(&path) else { continue };
            listing.push((path, metadata.len(), metadata.modified().ok(), number(&metadata)));
        }
    }
    listing.sort();
    Ok(listing)
}

/// What distinguishes a file from one that was renamed over it.
#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}

impl std::fmt::Debug for FolderWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FolderWatch").finish_non_exhaustive()
    }
}
