//! `cargo xtask locks` and its like: builds the scenarios of a load (`tests/examples/scenarios`) and runs one. Knows none of them but by
//! name.

use std::process::ExitCode;

use crate::cargo::{WHOLE, cargo, exit, succeeds};
use crate::tally::Tally;

/// What the tests run of the scenario that goes on for an hour.
const SOAK: [&str; 3] = ["--minutes", "1", "--no-document"];

/// Runs a scenario, which prints its table. By `cargo test`, so that everything is built with the features that tests have.
pub(crate) fn run(name: &str, options: &[&str]) -> ExitCode {
    exit(kept(name, options))
}

/// The shortest soak.
pub(crate) fn check(tally: &mut Tally) {
    tally.check("soak", kept("soak", &SOAK));
}

fn kept(name: &str, options: &[&str]) -> bool {
    let mut scenario = cargo(&["test"]);
    succeeds(scenario.args(WHOLE).args(["--example", "scenarios", "--", name]).args(options))
}
