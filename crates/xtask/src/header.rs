//! `cargo xtask header`: what is generated from the C ABI and committed: the header, its assertions, the structs of the
//! .NET binding. A test of laneway-ffi generates it, since only that crate knows its own layout; so `cargo test` compares.

use std::process::{Command, ExitCode};

use crate::cargo::{cargo, exit, succeeds};
use crate::tally::Tally;

/// What makes that test write instead of compare.
const WRITE: &str = "LANEWAY_WRITE_GENERATED";
/// The parts of that test.
const TESTS: [&str; 3] = ["header::", "assertions::", "csharp::"];

/// Writes the files.
pub(crate) fn run() -> ExitCode {
    exit(succeeds(generate().env(WRITE, "1")))
}

/// Compares the files.
pub(crate) fn run_check() -> ExitCode {
    exit(succeeds(&mut generate()))
}

fn generate() -> Command {
    let mut command = cargo(&["test", "--quiet", "--package", "laneway-ffi", "--test", "it", "--"]);
    command.args(TESTS);
    command
}

/// The C ABI's gate in all orders of its threads: a package of its own, which `cargo test` does not reach.
pub(crate) fn check_gate(tally: &mut Tally) {
    let mut loom = cargo(&["test", "--quiet", "--manifest-path", "crates/laneway-ffi/loom/Cargo.toml"]);
    tally.check("the gate of the C ABI, in all orders", succeeds(&mut loom));
}
