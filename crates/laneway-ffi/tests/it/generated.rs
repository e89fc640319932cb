//! Files that are generated and committed: compared with what the code gives now, or written where that is asked for.

use std::path::{Path, PathBuf};

/// Set by `cargo xtask header`: write instead of comparing.
const WRITE: &str = "LANEWAY_WRITE_GENERATED";

/// The repository's folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares `path` in the repository with `content`, or writes it.
pub(crate) fn check(path: &str, content: &str) {
    let place = repository().join(path);
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        return std::fs::write(place, content).unwrap();
    }
    let committed = std::fs::read_to_string(&place).unwrap_or_default();
    let difference = committed.lines().zip(content.lines()).position(|(one, other)| one != other);
    let line = difference.unwrap_or_else(|| committed.lines().count().min(content.lines().count())) + 1;
    assert!(
        committed == content,
        "{path}:{line} is not what the code gives now: run `cargo xtask header` and commit it"
    );
}
