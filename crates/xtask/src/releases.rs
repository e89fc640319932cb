//! The store's tests on the tables of older releases of the DMS: the same tests, with a variable that names the tables to deploy.

use crate::cargo::{WHOLE, cargo};
use crate::demo;
use crate::harness::tested;
use crate::skips::Skips;
use crate::tally::Tally;

/// Those that Laneway writes to beside the one that it deploys, on which all tests run.
const OLDER: [&str; 1] = ["0.6"];

/// The tests whose result the tables decide. The generated sequences, which are about order, run on one release.
const TESTS: &[&str] = &[
    "client_refusals::",
    "failpoints::",
    "replay::batches_cut",
    "replay::the_baseline",
    "replay::whole_batches",
    "rights::the_printed_rights",
    "store_check::",
    "store_content::",
    "store_corruptions::",
    "store_inspect::",
    "two_sessions::",
];

/// What those leave out: the recorded query is for the tables of its own release.
const LEFT_OUT: &[&str] = &["--skip", "store_content::the_query"];

pub(crate) fn check(tally: &mut Tally, skips: Skips) {
    for release in OLDER {
        tally.part(&format!("the store's tests on DMS {release}"), |tally| {
            let mut test = cargo(&["test"]);
            test.args(WHOLE).env("LANEWAY_TEST_RELEASE", release);
            tested(tally, test.args(["--test", "it"]), skips, &[TESTS, LEFT_OUT].concat());
        });
        tally.part(&format!("demo on DMS {release}"), |tally| demo::check_release(tally, release));
    }
}
