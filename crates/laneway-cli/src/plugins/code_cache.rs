//! Where compiled plugins are kept for the next start: `--code-cache`, else the user's cache folder.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use laneway_plugin::{CODE_CACHE_BYTES_MAX, CodeCache};

use crate::failure::{Failure, chain};

/// What switches it off.
const OFF: &str = "off";

/// The option on the command line, if given.
static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// Keeps the option on the command line; once, before anything is loaded.
pub(crate) fn keep_code_in(chosen: Option<PathBuf>) {
    if let Some(chosen) = chosen {
        // Reported once.
        let _ = CHOSEN.set(chosen);
    }
}

/// The cache, unless there is none. A folder that was asked for must do; that of the user may.
pub(super) fn open() -> Result<Option<CodeCache>, Failure> {
    match CHOSEN.get() {
        Some(chosen) if chosen.as_os_str() == OFF => Ok(None),
        Some(folder) => CodeCache::open(folder, CODE_CACHE_BYTES_MAX).map(Some).map_err(|error| {
            Failure::usage(chain(&error), "Choose a folder of your own with --code-cache, or use --code-cache off.")
        }),
        None => Ok(of_user().and_then(|folder| CodeCache::open(&folder, CODE_CACHE_BYTES_MAX).ok())),
    }
}

fn of_user() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join(Path::new("laneway/code")))
}
