//! `cargo xtask locks` and its like: builds the scenarios of a load (`tests/examples/scenarios`) and runs one. Knows none of them but by
//! name.

use std::process::ExitCode;

use crate::cargo::{WHOLE, cargo, exit, succeeds};

/// Runs a scenario, which prints its table. By `cargo test`, so that everything is built with the features that tests have.
pub(crate) fn run(name: &str, options: &[&str]) -> ExitCode {
    let mut scenario = cargo(&["test"]);
    exit(succeeds(scenario.args(WHOLE).args(["--example", "scenarios", "--", name]).args(options)))
}
