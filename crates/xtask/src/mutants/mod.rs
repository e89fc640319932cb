//! `cargo xtask mutants`: faults in the flush, in decide and in order, and the generated world that notices each. Faults of the
//! flush are steps that a test build can skip; those of decide and order are put into a copy of the sources (`copy`).
//! What no world notices, a test of decide and order does.

pub(crate) mod copy;
pub(crate) mod mutation;
mod mutations;

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::cargo::{WHOLE, cargo, exit, succeeds, watched_for};
use copy::Copy;
use mutations::MUTATIONS;

/// A fault may make something wait for ever, which counts as noticed.
const LONGEST: Duration = Duration::from_secs(600);
/// What worlds are played by.
const SCENARIOS: &[&str] = &["--example", "scenarios"];

/// Tries each; `options` go to each run (`--count N`: how many worlds at most).
pub(crate) fn run(options: &[&str]) -> ExitCode {
    let mut steps = cargo(&["test"]);
    let noticed = succeeds(steps.args(WHOLE).args(["--example", "scenarios", "--", "mutants"]).args(options));
    let copy = match Copy::of("mutants", &MUTATIONS) {
        Ok(copy) => copy,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let mut build = of_copy(&copy, None, SCENARIOS);
    build.args(["--no-run"]);
    if !succeeds(&mut build) {
        eprintln!("the copy with its faults does not build: {copy:?}");
        return ExitCode::FAILURE;
    }
    let mut lines = vec!["| fault | noticed by |".to_owned(), "|---|---|".to_owned()];
    let mut missed = 0;
    let whole = world_that_differs(&copy, None, options);
    if let Some(world) = whole {
        eprintln!("without a fault {world} differs");
        missed += 1;
    }
    for (number, mutation) in MUTATIONS.iter().enumerate() {
        let noticed = world_that_differs(&copy, Some(number), options).or_else(|| test_that_fails(&copy, number));
        missed += usize::from(noticed.is_none());
        lines.push(format!("| {} | {} |", mutation.name, noticed.as_deref().unwrap_or("NONE")));
    }
    println!("\n{}", lines.join("\n"));
    exit(noticed && missed == 0)
}

fn of_copy(copy: &Copy, number: Option<usize>, what: &[&str]) -> Command {
    let mut command = copy.cargo(&["test"], number);
    command.args(WHOLE).args(what);
    command
}

/// The world that differs in a run with a fault; `None`: none did.
fn world_that_differs(copy: &Copy, number: Option<usize>, options: &[&str]) -> Option<String> {
    let mut command = of_copy(copy, number, SCENARIOS);
    command.args(["--", "worlds", "--in-memory", "--as-it-is"]).args(options);
    let mut world = None;
    let ended = watched_for(&mut command, LONGEST, &mut |line| {
        if let Some(name) = line.strip_suffix(" differs:").filter(|_| world.is_none()) {
            world = Some(name.to_owned());
        }
    });
    world.or_else(|| (!ended).then(|| "a run that failed, or did not end".to_owned()))
}

/// The first test of decide and order that fails with a fault: some make batches smaller, or come up too rarely for worlds.
fn test_that_fails(copy: &Copy, number: usize) -> Option<String> {
    let mut command = of_copy(copy, Some(number), &["--lib"]);
    command.args(["--no-fail-fast", "--", "decide::", "order::", "planned_operation::"]);
    let mut test = None;
    watched_for(&mut command, LONGEST, &mut |line| {
        let failed = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED"));
        if test.is_none() {
            test = failed.map(str::to_owned);
        }
    });
    test
}
