//! The owner and mode of a folder and its files: only what this user alone could have written is read.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::Path;

/// How half-written files begin.
pub(super) const NEW_PREFIX: &str = ".new-";

/// Makes the folder, for this user alone, unless it is there, and checks that it is this user's alone.
pub(super) fn prepare(folder: &Path) -> Result<(), String> {
    make(folder).map_err(|error| format!("it cannot be made: {error}"))?;
    // Not the target of a link: whoever owns the link chooses the folder.
    let metadata = fs::symlink_metadata(folder).map_err(|error| format!("it cannot be looked at: {error}"))?;
    if !metadata.is_dir() {
        return Err("it is no folder".to_owned());
    }
    match other_hands(&metadata) {
        None => Ok(()),
        Some(what) => Err(format!("{what}; code that others may have written is never run")),
    }
}

/// What is in a file of this user's alone, if it has at most `bytes_max` bytes.
pub(super) fn read_own(path: &Path, bytes_max: u64) -> Option<Vec<u8>> {
    // Something else than a file could be waited for without end.
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let file = fs::File::open(path).ok()?;
    // Of what was opened: the name may stand for something else by now.
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || other_hands(&metadata).is_some() || metadata.len() > bytes_max {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
    file.take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(unix)]
fn make(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    // Parents with the usual rights, the folder itself for this user alone.
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Who else could have written, if anyone.
#[cfg(unix)]
fn other_hands(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, us) = (metadata.uid(), nix::unistd::geteuid().as_raw());
    if owner != us {
        return Some(format!("it belongs to the user {owner}, not to {us}"));
    }
    let mode = metadata.mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("others have access (its mode is {mode:o}, 700 is needed)"))
}

#[cfg(not(unix))]
fn make(_: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("on this system it is not known who may write to a folder"))
}

#[cfg(not(unix))]
fn other_hands(_: &Metadata) -> Option<String> {
    Some("on this system it is not known who may write to it".to_owned())
}
