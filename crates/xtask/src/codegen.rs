//! `cargo xtask codegen`: what is made by a program and committed all the same. At present the plugins' scanner, a
//! core Wasm module, so that plugins are compiled without a Wasm toolchain.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::cargo::{self, exit, succeeds};
use crate::tally::Tally;
use crate::workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const MODULE: &str = "plugins/scanner/scanner.wasm";

/// Rebuilds the scanner and writes the module.
pub(crate) fn run() -> ExitCode {
    let written = rebuilt().and_then(|module| {
        let path = workspace::root().join(MODULE);
        std::fs::write(&path, module).map_err(|error| format!("cannot write {}: {error}", path.display()))
    });
    report(&written);
    exit(written.is_ok())
}

/// Rebuilds the scanner and compares it with the committed module.
pub(crate) fn run_check() -> ExitCode {
    let compared = compared();
    report(&compared);
    exit(compared.is_ok())
}

/// The comparison as one of the checks; it needs the target.
pub(crate) fn check(tally: &mut Tally) {
    if !target_is_installed() {
        return tally.skip("the scanner's module", &missing());
    }
    let compared = compared();
    report(&compared);
    tally.check("the scanner's module is what its source gives", compared.is_ok());
}

fn report(result: &Result<(), String>) {
    if let Err(message) = result {
        eprintln!("{message}");
    }
}

fn compared() -> Result<(), String> {
    let committed =
        std::fs::read(workspace::root().join(MODULE)).map_err(|error| format!("cannot read {MODULE}: {error}"))?;
    if rebuilt()? == committed {
        return Ok(());
    }
    Err(format!("{MODULE} is not what plugins/scanner gives now: run `cargo xtask codegen` and commit it"))
}

/// The module as its source gives it now.
fn rebuilt() -> Result<Vec<u8>, String> {
    let plugins = workspace::root().join("plugins");
    let mut build = cargo::with(tool("cargo"));
    build.args(["build", "--quiet", "--locked", "--release", "--target", TARGET, "--package", "laneway-scanner"]);
    // In its own folder, for its own .cargo/config.toml; into its own target, for the caller's may be any.
    build.current_dir(&plugins).env("CARGO_TARGET_DIR", plugins.join("target"));
    // Flags of the caller's would give another module.
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    if !succeeds(&mut build) {
        return Err(format!("the scanner did not build; it needs the target {TARGET}: {}", missing()));
    }
    let module: PathBuf = plugins.join("target").join(TARGET).join("release/laneway_scanner.wasm");
    std::fs::read(&module).map_err(|error| format!("cannot read {}: {error}", module.display()))
}

/// `cargo` or `rustc` with the target: of the folder that `LANEWAY_WASM_TOOLCHAIN` names, else the ordinary one, to which
/// rustup may have added it.
fn tool(name: &str) -> PathBuf {
    std::env::var_os("LANEWAY_WASM_TOOLCHAIN")
        .map_or_else(|| name.into(), |folder| Path::new(&folder).join("bin").join(name))
}

fn missing() -> String {
    format!("rustup target add {TARGET} (or set LANEWAY_WASM_TOOLCHAIN)")
}

fn target_is_installed() -> bool {
    let mut rustc = Command::new(tool("rustc"));
    let printed = rustc.args(["--print", "target-libdir", "--target", TARGET]).stderr(Stdio::null()).output();
    printed.is_ok_and(|printed| PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim()).is_dir())
}
