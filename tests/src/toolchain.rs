//! The Rust that guests are built with.

use std::path::{Path, PathBuf};

/// `cargo` or `rustc` with the target wasm32-unknown-unknown: of the folder that `LANEWAY_WASM_TOOLCHAIN` names, else the
/// ordinary one, to which rustup may have added the target.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    std::env::var_os("LANEWAY_WASM_TOOLCHAIN")
        .map_or_else(|| name.into(), |folder| Path::new(&folder).join("bin").join(name))
}
