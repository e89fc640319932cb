//! `cargo xtask simulate`: builds the simulation of the core with optimisation and starts it; and builds a copy with faults, each of
//! which it has to catch within a stated number of operations. Knows no worlds.

mod canaries;

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::cargo::{cargo, exit, succeeds, watched_for};
use crate::mutants::copy::Copy;
use canaries::{CANARIES, mutations};

/// Optimised, with the assertions of a debug build.
const RUN: [&str; 6] = ["run", "--quiet", "--profile", "simulation", "--package", "laneway-simulation"];
const BUILD: [&str; 5] = ["build", "--profile", "simulation", "--package", "laneway-simulation"];
/// A fault may make a world go on for ever, which counts as caught.
const LONGEST: Duration = Duration::from_secs(300);
/// The seed with which canaries are tried: another one catches them after another number of operations.
const SEED: &str = "1";

/// Plays worlds; `options` are those of the program.
pub(crate) fn run(options: &[&str]) -> ExitCode {
    exit(succeeds(cargo(&RUN).arg("--").args(options)))
}

/// Tries each canary, and the copy without a fault.
pub(crate) fn run_canaries() -> ExitCode {
    let copy = match Copy::of("canaries", &mutations()) {
        Ok(copy) => copy,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    if !succeeds(&mut copy.cargo(&BUILD, None)) {
        eprintln!("the copy with its faults does not build: {copy:?}");
        return ExitCode::FAILURE;
    }
    let most = CANARIES.iter().map(|canary| canary.operations_max).max().unwrap_or_default();
    let mut missed = usize::from(caught_after(copy.cargo(&RUN, None), most).is_some());
    let mut lines = vec!["| canary | caught after | at most |".to_owned(), "|---|---|---|".to_owned()];
    for (number, canary) in CANARIES.iter().enumerate() {
        let caught = caught_after(copy.cargo(&RUN, Some(number)), canary.operations_max);
        missed += usize::from(caught.is_none());
        let caught = caught.unwrap_or_else(|| "NOT CAUGHT".to_owned());
        lines.push(format!("| {} | {caught} | {} operations |", canary.mutation.name, canary.operations_max));
    }
    println!("\n{}", lines.join("\n"));
    exit(missed == 0)
}

/// After how many operations a rule was broken; `None`: none was.
fn caught_after(mut command: Command, operations_max: u64) -> Option<String> {
    command.args(["--", "--seed", SEED, "--operations", &operations_max.to_string()]);
    let mut after = None;
    let ended = watched_for(&mut command, LONGEST, &mut |line| {
        if let Some(rest) = line.strip_prefix("a rule was broken after ") {
            after = rest.split(',').next().map(str::to_owned);
        }
    });
    after.or_else(|| (!ended).then(|| "a run that failed, or did not end".to_owned()))
}
