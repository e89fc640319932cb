//! What a test needs from the machine. Without it the test is skipped, loudly, or fails where everything is required.

/// What a skipped test prints in front of its reason, for the runner to count.
const SKIPPED: &str = "laneway-skipped: ";

/// Says that the current test is skipped and why.
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("LANEWAY_REQUIRE_ALL").is_none(), "needed here: {reason}");
    let thread = std::thread::current();
    let line = format!("{SKIPPED}{}: {reason}\n", thread.name().unwrap_or("a test"));
    // Past the harness, which keeps what a passing test prints to itself.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}
