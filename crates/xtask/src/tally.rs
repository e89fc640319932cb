//! Counts of passed, failed and skipped, and how long each part of a run took.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::cargo::exit;

/// What a test prints in front of its name and reason when it cannot run here (`laneway_tests::need::SKIPPED`).
const SKIPPED: &str = "laneway-skipped: ";

/// Shorter parts are not listed.
const DURATION_MIN: Duration = Duration::from_secs(1);

/// A part of a run.
struct Part {
    name: String,
    /// How many parts it is a part of.
    depth: usize,
    duration: Duration,
}

/// Counts, the names of what did not pass, and durations.
#[derive(Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// Tests that cannot run here and printed so; the harness takes them for passed.
    skipped_tests: BTreeSet<String>,
    /// What failed or was skipped, and why.
    remarks: Vec<String>,
    /// In the order in which they began.
    parts: Vec<Part>,
    depth: usize,
    /// The package and the test binary whose lines are read.
    package: String,
    binary: String,
}

impl Tally {
    /// Runs one part by itself and prints its counts; whether nothing failed.
    pub(crate) fn alone(check: impl FnOnce(&mut Self)) -> ExitCode {
        let mut tally = Self::default();
        check(&mut tally);
        println!("\n{}", tally.report());
        exit(tally.failed == 0)
    }

    /// Runs a part of a run under its heading, and takes its time.
    pub(crate) fn part<T>(&mut self, name: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        println!("\n--- {name}");
        let (index, begun) = (self.parts.len(), Instant::now());
        self.push_part(name, Duration::ZERO);
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        self.parts[index].duration = begun.elapsed();
        result
    }

    /// Runs a check as a part of its own. What it finds wrong is printed and counted.
    pub(crate) fn judge(&mut self, name: &str, check: impl FnOnce() -> Result<(), String>) {
        self.part(name, |tally| {
            let result = check();
            println!("{}", result.as_ref().err().map_or("ok", String::as_str));
            tally.check(name, result.is_ok());
        });
    }

    fn push_part(&mut self, name: &str, duration: Duration) {
        self.parts.push(Part { name: name.to_owned(), depth: self.depth, duration });
    }

    /// How long each part took that took a second at least, one line each.
    pub(crate) fn durations(&self) -> String {
        let long = self.parts.iter().filter(|part| part.duration >= DURATION_MIN);
        long.map(|part| format!("{:>6} s  {}{}\n", part.duration.as_secs(), "  ".repeat(part.depth), part.name))
            .collect()
    }

    /// One check that ran.
    pub(crate) fn check(&mut self, name: &str, success: bool) {
        if success {
            self.passed += 1;
        } else {
            self.failed += 1;
            self.remarks.push(format!("FAILED   {name}"));
        }
    }

    /// One check that could not run.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        self.remarks.push(format!("SKIPPED  {name}: {reason}"));
    }

    /// Reads a line of what `cargo test` prints: the harness's closing lines, the names of failed tests, and the
    /// line that a test prints when it cannot run here.
    pub(crate) fn test_line(&mut self, line: &str) {
        if let Some((_, skipped)) = line.split_once(SKIPPED) {
            let name = skipped.split(": ").next().unwrap_or(skipped);
            // A test that lacks two things prints two lines.
            if self.skipped_tests.insert(name.to_owned()) {
                self.remarks.push(format!("SKIPPED  {skipped}"));
            }
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count_before(counts, " passed");
            self.failed += count_before(counts, " failed");
            self.skipped += count_before(counts, " ignored");
            let seconds =
                counts.split_once("finished in ").and_then(|(_, rest)| rest.trim_end_matches('s').parse().ok());
            self.push_part(&self.binary.clone(), Duration::from_secs_f64(seconds.unwrap_or_default()));
        } else if let Some((source, path)) =
            line.trim_start().strip_prefix("Running ").and_then(|line| line.split_once(" ("))
        {
            // Only the file of a package's unit tests bears the package's name: `…/deps/laneway_core-0123456789abcdef)`.
            if source.starts_with("unittests ") {
                let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
                file.split('-').next().unwrap_or_default().clone_into(&mut self.package);
            }
            self.binary = format!("{} {source}", self.package);
        } else if line.trim_start().starts_with("Doc-tests ") {
            line.trim_start().clone_into(&mut self.binary);
        } else if let Some(name) = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED")) {
            self.remarks.push(format!("FAILED   {name}"));
        }
    }

    /// Reads a line of what xunit's runner prints: its closing line (then `true`) and the names of failed tests.
    pub(crate) fn dotnet_line(&mut self, line: &str) -> bool {
        if let Some(name) = line.trim().strip_suffix(" [FAIL]") {
            self.remarks.push(format!("FAILED   {name}"));
        }
        let Some((_, counts)) = line.split_once("  Total: ") else { return false };
        let count = |name: &str| count_behind(counts, name);
        let (total, failed, skipped) =
            (count_before(counts, ", Errors"), count("Errors: ") + count("Failed: "), count("Skipped: "));
        self.passed += total.saturating_sub(failed + skipped + count("Not Run: "));
        self.failed += failed;
        if skipped > 0 {
            self.skipped += skipped;
            self.remarks.push(format!("SKIPPED  {skipped} .NET tests, each with its reason above"));
        }
        true
    }

    /// Turns skips into failures.
    pub(crate) fn forbid_skips(&mut self) {
        self.passed = self.passed.saturating_sub(self.skipped_tests.len() as u64);
        self.failed += std::mem::take(&mut self.skipped) + std::mem::take(&mut self.skipped_tests).len() as u64;
    }

    /// How many passed, those that could not run here left out.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.saturating_sub(self.skipped_tests.len() as u64)
    }

    /// How many failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// The end of a run: what did not pass, and the line that is the last one printed.
    pub(crate) fn report(&self) -> String {
        let mut report = self.remarks.join("\n");
        if !report.is_empty() {
            report.push('\n');
        }
        let skipped_tests = self.skipped_tests.len() as u64;
        let (passed, skipped) = (self.passed(), self.skipped + skipped_tests);
        report + &format!("{passed} passed, {} failed, {skipped} skipped", self.failed)
    }
}

/// The number directly before `word`.
fn count_before(text: &str, word: &str) -> u64 {
    let before = text.split_once(word).map(|(before, _)| before);
    before.and_then(|before| before.rsplit(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The number directly behind `word`.
fn count_behind(text: &str, word: &str) -> u64 {
    let behind = text.split_once(word).map(|(_, behind)| behind);
    behind.and_then(|behind| behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_xunit_prints() {
        let mut tally = Tally::default();
        assert!(!tally.dotnet_line("    Laneway.Tests.A.B [FAIL]"));
        let last = "   Laneway.Tests  Total: 12, Errors: 0, Failed: 1, Skipped: 2, Not Run: 1, Time: 35.086s";
        assert!(tally.dotnet_line(last));
        assert_eq!(
            tally.report(),
            "FAILED   Laneway.Tests.A.B\nSKIPPED  2 .NET tests, each with its reason above\n8 passed, 1 failed, 2 skipped"
        );
    }

    #[test]
    fn reads_what_the_harness_prints() {
        let mut tally = Tally::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/laneway_core-0123456789abcdef)",
            "running 3 tests",
            "laneway-skipped: store::loads: there is no server",
            // Written directly, it may follow what the harness has begun on the line.
            "test a ... laneway-skipped: store::loads: there is no data",
            "test b ... FAILED",
            "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.15s",
            "     Running tests/it/main.rs (target/debug/deps/it-0123456789abcdef)",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 61.90s",
        ] {
            tally.test_line(line);
        }
        tally.skip("demo", "no data");
        tally.check("clippy", false);
        assert_eq!(
            tally.report(),
            "SKIPPED  store::loads: there is no server\nFAILED   b\nSKIPPED  demo: no data\nFAILED   clippy\n\
             14 passed, 2 failed, 4 skipped"
        );
        assert_eq!(tally.durations(), "    61 s  laneway_core tests/it/main.rs\n");
        tally.forbid_skips();
        assert!(tally.report().ends_with("\n14 passed, 6 failed, 0 skipped"));
    }

    #[test]
    fn parts_are_listed_in_the_order_in_which_they_begin() {
        let mut tally = Tally::default();
        tally.part("outer", |tally| tally.part("inner", |_| ()));
        let names: Vec<_> = tally.parts.iter().map(|part| (part.depth, part.name.as_str())).collect();
        assert_eq!(names, [(0, "outer"), (1, "inner")]);
        assert_eq!(tally.durations(), "", "neither took a second");
    }
}
