//! The store's tests under the isolation that is not the default. Knows which tests depend on it.

use crate::cargo::{WHOLE, cargo};
use crate::harness::tested;
use crate::skips::Skips;
use crate::tally::Tally;

/// The tests whose result isolation may decide: what two transactions do to each other, and what one sees of its own writes. Of the
/// recorded sequences those in batches, whole and at random.
const TESTS: &[&str] = &[
    "between_servers::",
    "cycles::",
    "locks::",
    "mixtures::",
    "replay::batches_beside",
    "replay::batches_cut",
    "replay::whole_batches",
    "rights::the_printed",
    "runs::",
    "two_sessions::",
];

/// Runs them under repeatable read; all tests have run under read committed.
pub(crate) fn check(tally: &mut Tally, skips: Skips) {
    let mut test = cargo(&["test"]);
    test.args(WHOLE).env("LANEWAY_TEST_ISOLATION", "repeatable-read");
    tested(tally, test.args(["--test", "it"]), skips, TESTS);
}
