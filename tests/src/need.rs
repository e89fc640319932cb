//! What a test needs from the machine. What is not there makes the test skip loudly, or fail where everything is
//! required (`LANEWAY_REQUIRE_ALL`, which `cargo xtask test --require-all` sets).

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use laneway_embedded::{Server, Settings};

use crate::toolchain;

/// What a skipped test prints in front of its reason, one line a test, so that the runner can count it.
pub const SKIPPED: &str = "laneway-skipped: ";

/// The server that all tests of this process share: the one that `LANEWAY_DATABASE_URL` names, or one of our own,
/// which ends with the process. `None`, after saying so, where there is none to be had.
#[must_use]
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let started =
        SERVER.get_or_init(|| Server::start(&Settings::for_tests()).map_err(|error| format!("no server: {error}")));
    match started {
        Ok(server) => Some(server),
        Err(reason) => skip(reason),
    }
}

/// The recorded data beside the repository (`../shared/data`). `None`, after saying so, where it is not.
#[must_use]
pub fn data() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if data.is_dir() { Some(data) } else { skip("there is no ../shared/data beside the repository") }
}

/// Whether guests can be built here: `Some` where the guests' Rust (`toolchain::tool`) has the target
/// wasm32-unknown-unknown. `None`, after saying so, where it has not.
#[must_use]
pub fn wasm_target() -> Option<()> {
    let printed = std::process::Command::new(toolchain::tool("rustc"))
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .stderr(std::process::Stdio::null())
        .output();
    let is_there = |printed: std::process::Output| Path::new(String::from_utf8_lossy(&printed.stdout).trim()).is_dir();
    let missing = "rustup target add wasm32-unknown-unknown (or set LANEWAY_WASM_TOOLCHAIN)";
    if printed.is_ok_and(is_there) { Some(()) } else { skip(missing) }
}

/// Says that the current test is skipped and why.
///
/// # Panics
/// Where everything is required.
pub fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var_os("LANEWAY_REQUIRE_ALL").is_none(), "needed here: {reason}");
    let thread = std::thread::current();
    // Standard error of a passing test is captured by the test harness; this must be seen.
    let line = format!("{SKIPPED}{}: {reason}\n", thread.name().unwrap_or("a test"));
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    None
}
