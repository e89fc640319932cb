//! Where things are: the repository and what lies beside it.

use std::path::PathBuf;

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    // Where it runs, not where it was built: two checkouts may share a target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(here).join("../..")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The recorded data, when it lies beside the repository.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let data = root().join("../shared/data");
    data.is_dir().then(|| data.canonicalize().unwrap_or(data))
}
