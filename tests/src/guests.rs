//! Guests built from source: the example plugins, and projects that users made.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::need;
use crate::toolchain::tool;

/// The component of `plugins/examples/NAME`. `None`, after saying so, where guests cannot be built.
///
/// # Panics
/// When it does not build, or is no plugin.
#[must_use]
pub fn example(name: &str) -> Option<Vec<u8>> {
    let module = std::fs::read(example_module(name)?).expect("the module that was built");
    Some(laneway_schema::pack(&module).expect("an example is a plugin"))
}

/// The core module of `plugins/examples/NAME`, as its author would pack it.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn example_module(name: &str) -> Option<PathBuf> {
    need::wasm_target()?;
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let package = format!("laneway-example-{name}");
    // In its own folder, for its own .cargo/config.toml.
    let built = build(&plugins.join("examples"), &plugins.join("target"), &["--locked", "--package", &package]);
    Some(built.join(format!("{}.wasm", package.replace('-', "_"))))
}

/// Builds in `folder` for WebAssembly, without any network; gives the folder of the modules.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn build(folder: &Path, target: &Path, arguments: &[&str]) -> PathBuf {
    let mut build = clean(tool("cargo"), folder, target);
    build.args(["build", "--quiet", "--offline", "--release", "--target", "wasm32-unknown-unknown"]).args(arguments);
    assert!(build.status().expect("cargo").success(), "{} does not build", folder.display());
    target.join("wasm32-unknown-unknown/release")
}

/// Cargo in `folder`, as its user would call it.
#[must_use]
pub fn cargo(folder: &Path, target: &Path) -> Command {
    clean(std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from), folder, target)
}

/// A cargo in `folder`, without flags of the caller's and what cargo tells the tests that it runs.
fn clean(cargo: PathBuf, folder: &Path, target: &Path) -> Command {
    let mut command = Command::new(cargo);
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_MANIFEST_DIR"] {
        command.env_remove(name);
    }
    command
}
