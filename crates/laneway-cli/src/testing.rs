//! What several of the unit tests need.

use std::path::PathBuf;

/// The recorded data beside the repository, or `None` with a line that says that the test was skipped.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    if data.is_dir() {
        return Some(data);
    }
    println!("SKIPPED: ../shared/data is not beside the repository");
    None
}
