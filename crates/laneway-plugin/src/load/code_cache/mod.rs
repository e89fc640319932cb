//! Compiled code, kept in a folder for the next start: found by what was compiled and by the engine that compiled it.
//!
//! **What may go wrong.** Compiled code is machine code: whoever can choose the bytes that are loaded runs what they
//! like in this process, and wasmtime checks them only for its own version and settings. So bytes are loaded only when
//! a process of this user wrote them, and are exactly what it wrote:
//!
//! - The folder is this user's, and no one else may write to it or look into it (`folder.rs`); otherwise the cache is
//!   not opened. Entries are checked for their owner too.
//! - Each entry carries an HMAC-SHA256 under a key that is drawn for this folder and never leaves it (`key.rs`). It
//!   covers the entry's name as well, which stands for the component's content, the engine's version, settings and CPU
//!   features. What was cut off, altered, renamed, or brought from another folder or machine does not pass; it is
//!   ignored and written anew.
//! - What is checked is what is loaded: bytes in memory, never a mapped file that could change afterwards.
//!
//! It does not help against a process that runs as this user (or as root): it can read the key, but could as well
//! replace the program. A folder that is lost costs a compilation, nothing else.
//!
//! Several processes may use one folder: an entry appears whole, by a rename, and equal names have equal content.

mod entry;
mod folder;
mod key;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use crate::load::set::Sha256Digest;
use entry::EntryName;
use folder::NEW_PREFIX;
use key::Key;

/// The default of the most that a cache holds, in bytes: several generations of a data standard.
pub const CODE_CACHE_BYTES_MAX: u64 = 512 << 20;
/// A half-written file of a process that died is removed when it is as old as this: no write takes so long.
const STALE_AFTER: Duration = Duration::from_hours(1);
/// How entries end.
const SUFFIX: &str = ".code";

/// A folder of compiled code. Clones share it.
#[derive(Clone)]
pub struct CodeCache(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    key: Key,
    bytes_max: u64,
}

/// Why a folder cannot be used; plugins can be loaded without it.
#[derive(Debug, thiserror::Error)]
#[error("compiled code cannot be kept in {}: {what}", .folder.display())]
pub struct CodeCacheError {
    folder: PathBuf,
    what: String,
}

impl CodeCache {
    /// Opens a folder, which is made if it is not there, with room for `bytes_max` bytes: when more is written, the
    /// entries whose last use is longest ago go.
    ///
    /// # Errors
    /// When the folder cannot be written, or belongs to another user, or is open to others.
    pub fn open(folder: &Path, bytes_max: u64) -> Result<Self, CodeCacheError> {
        let wrong = |what| CodeCacheError { folder: folder.to_owned(), what };
        folder::prepare(folder).map_err(wrong)?;
        let key = Key::of(folder).map_err(wrong)?;
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), key, bytes_max })))
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The code that was kept for a component, as it was handed to [`CodeCache::put`] by a process of this user.
    pub(crate) fn get(&self, engine: &Sha256Digest, component: &Sha256Digest) -> Option<Vec<u8>> {
        let name = EntryName::of(engine, component);
        let path = self.path(&name);
        let sealed = folder::read_own(&path, self.0.bytes_max)?;
        let Some(code) = entry::open(&self.0.key, &name, sealed) else {
            tracing::warn!(path = %path.display(), "compiled code that is not as it was written is ignored");
            return None;
        };
        // Only so that the oldest can go first; a cache on a read-only disk serves all the same.
        let _ = std::fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(code)
    }

    /// Keeps the code of a component. What cannot be written is not kept.
    pub(crate) fn put(&self, engine: &Sha256Digest, component: &Sha256Digest, code: &[u8]) {
        let name = EntryName::of(engine, component);
        if let Err(error) = self.write(&name, code) {
            let folder = self.0.folder.display();
            tracing::warn!(%folder, "compiled code is not kept: {error}");
        }
    }

    fn write(&self, name: &EntryName, code: &[u8]) -> std::io::Result<()> {
        let [head, tag] = entry::seal(&self.0.key, name, code);
        let mut file = tempfile::Builder::new().prefix(NEW_PREFIX).tempfile_in(&self.0.folder)?;
        file.write_all(&head)?;
        file.write_all(&tag)?;
        file.write_all(code)?;
        file.persist(self.path(name)).map_err(|error| error.error)?;
        Ok(())
    }

    fn path(&self, name: &EntryName) -> PathBuf {
        self.0.folder.join(format!("{name}{SUFFIX}"))
    }

    /// Removes what is too much, and what dead processes left. Another process may do so at the same time.
    pub(crate) fn prune(&self) {
        let Ok(files) = std::fs::read_dir(&self.0.folder) else { return };
        let mut entries = Vec::new();
        for file in files.flatten() {
            let (Ok(metadata), name) = (file.metadata(), file.file_name()) else { continue };
            let (name, modified) = (name.to_string_lossy(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
            let is_stale = || modified.elapsed().is_ok_and(|age| age > STALE_AFTER);
            if name.ends_with(SUFFIX) {
                entries.push((modified, metadata.len(), file.path()));
            } else if name.starts_with(NEW_PREFIX) && is_stale() {
                let _ = std::fs::remove_file(file.path());
            }
        }
        entries.sort();
        let mut bytes: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, size, path) in entries {
            if bytes <= self.0.bytes_max {
                break;
            }
            bytes -= size;
            // Gone already is as good.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Equal when they are the same folder.
impl PartialEq for CodeCache {
    fn eq(&self, other: &Self) -> bool {
        self.0.folder == other.0.folder
    }
}

impl std::fmt::Debug for CodeCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CodeCache").field(&self.0.folder).finish()
    }
}

/// What names an engine: whatever has part in the code that it makes, by wasmtime's own account.
pub(crate) fn engine_name(engine: &wasmtime::Engine) -> Sha256Digest {
    struct Hasher(Sha256);
    impl std::hash::Hasher for Hasher {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            // Not called: the digest is taken instead.
            0
        }
    }
    let mut hasher = Hasher(Sha256::new_with_prefix(env!("CARGO_PKG_VERSION")));
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
    hasher.0.finalize().into()
}

#[cfg(all(test, unix))]
mod tests;
