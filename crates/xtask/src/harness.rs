//! Runs `cargo test` and counts what its harness prints.

use std::process::Command;

use crate::cargo::watched;
use crate::skips::{Skips, require_all};
use crate::tally::Tally;

/// Runs `test`, a `cargo test`; `filters` are for the harness.
pub(crate) fn tested(tally: &mut Tally, test: &mut Command, skips: Skips, filters: &[&str]) {
    require_all(test.arg("--no-fail-fast").arg("--").args(filters), skips);
    let failed_before = tally.failed();
    let success = watched(test, &mut |line| tally.test_line(line));
    if !success && tally.failed() == failed_before {
        // Something else than a test: it did not build, or a test process died before it could count.
        tally.check("cargo test", false);
    }
}
