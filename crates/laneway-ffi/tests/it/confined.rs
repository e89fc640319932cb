//! A test in a process of its own, within bounds that hold for that process alone: threads, address space, descriptors.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Says that this is that process.
const INSIDE: &str = "LANEWAY_TEST_CONFINED";
/// The longest that such a process runs, in seconds; only one that hangs runs for longer.
const SECONDS_MAX: &str = "120";

/// Whether the test is in the process of its own.
pub(crate) fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// A command that runs `test` of this binary again, inside, behind `wrapper` (as `["prlimit", "--as=…"]`).
pub(crate) fn command<S: AsRef<OsStr>>(wrapper: &[S], program: &Path, test: &str) -> Command {
    let mut command = Command::new("timeout");
    command.arg(SECONDS_MAX).args(wrapper).arg(program);
    // One thread, which is the first: no other counts but those of the test.
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    command
}

/// This binary.
pub(crate) fn itself() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Runs it; what it wrote to its standard output. It must end well, and write nothing to its standard error.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success() && stdout.contains("1 passed"), "{command:?}: {status}\n{stdout}{stderr}");
    assert_eq!(stderr, "", "{command:?}");
    stdout.into_owned()
}
