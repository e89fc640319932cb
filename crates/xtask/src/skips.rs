//! What it means where a check cannot run here.

use std::process::Command;

/// What a check that cannot run here means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skips {
    /// It is reported and counted.
    Allowed,
    /// It is a failure.
    Fail,
}

/// Makes what tests cannot do here a failure, where nothing may be skipped.
pub(crate) fn require_all(command: &mut Command, skips: Skips) {
    if skips == Skips::Fail {
        command.env("LANEWAY_REQUIRE_ALL", "1");
    }
}
