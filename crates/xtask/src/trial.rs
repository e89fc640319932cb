//! `cargo xtask locks` and its like: builds the trials of a load (`tests/examples/trials`) and runs one. Knows none of them but by
//! name.

use std::process::ExitCode;

use crate::cargo::{WHOLE, cargo, exit, succeeds};

/// Runs a trial, which prints its table. By `cargo test`, so that everything is built with the features that tests have.
pub(crate) fn run(name: &str, options: &[&str]) -> ExitCode {
    let mut trial = cargo(&["test"]);
    exit(succeeds(trial.args(WHOLE).args(["--example", "trials", "--", name]).args(options)))
}
