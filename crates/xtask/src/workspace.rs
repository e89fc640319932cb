//! Where things are: the repository and what lies beside it.

use std::path::PathBuf;

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The recorded data, when it lies beside the repository.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let data = root().join("../shared/data");
    data.is_dir().then(|| data.canonicalize().unwrap_or(data))
}
