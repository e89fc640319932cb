//! Files and folders, with errors that name them.

use std::path::{Path, PathBuf};

/// Copies a file, making the folder that it goes into.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    make_folder(to.parent().unwrap_or(to))?;
    std::fs::copy(from, to)
        .map(drop)
        .map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

/// Writes a file, making the folder that it goes into.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    make_folder(path.parent().unwrap_or(path))?;
    std::fs::write(path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Reads a file whole.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Reads a text.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Makes a folder and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|error| format!("cannot make {}: {error}", path.display()))
}

/// Makes a folder that holds nothing, whatever it held.
pub(super) fn make_empty(path: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot empty {}: {error}", path.display()))
        }
        _ => make_folder(path),
    }
}

/// A folder outside the repository, which goes away.
pub(super) fn temporary() -> Result<tempfile::TempDir, String> {
    tempfile::Builder::new()
        .prefix("laneway-package-")
        .tempdir()
        .map_err(|error| format!("cannot make a temporary folder: {error}"))
}

/// What lies in a folder, in order.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("cannot read {}: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort_unstable();
    Ok(paths)
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
