//! `cargo xtask demo`: builds the program and runs its demo; and the runs that the tests make of it.

use std::process::{Command, ExitCode, Stdio};

use serde_json::Value as Json;

use crate::cargo::cargo;
use crate::tally::Tally;
use crate::{test, workspace};

/// A load that the tests make: its name, its options, and what must be true of it.
struct Run<'a> {
    name: &'a str,
    options: &'a [&'a str],
    /// Where in the object what must stand.
    promises: &'a [Promise],
}

/// A place in the demo's object, and what is promised of it.
type Promise = (&'static str, Value);

/// A value that a place must have.
#[derive(Clone, Copy)]
enum Value {
    /// As many as there are documents.
    All,
    None,
    True,
}

/// Every document is new and stored, and the store is as recorded.
const STORED: [Promise; 3] = [("/inserted", Value::All), ("/failed", Value::None), ("/store/equal", Value::True)];
/// And nothing was handed over twice.
const AT_ONCE: [Promise; 4] = [STORED[0], STORED[1], STORED[2], ("/resubmitted", Value::None)];
/// And a second load changes nothing.
const TWICE: [Promise; 6] =
    [AT_ONCE[0], AT_ONCE[1], AT_ONCE[2], AT_ONCE[3], ("/again/updated", Value::All), ("/again/unchanged", Value::True)];

/// Over generated data: what a newcomer runs.
const GENERATED: &[Run<'_>] =
    &[Run { name: "demo over generated data", options: &["--documents", "5000", "--again"], promises: &TWICE }];

/// Over recorded data: one after another, the default, more callers than a batch holds; then other orders.
const RECORDED: &[Run<'_>] = &[
    Run { name: "demo with 1 caller", options: &["--concurrency", "1", "--again"], promises: &TWICE },
    Run { name: "demo with 64 callers", options: &["--concurrency", "64", "--again"], promises: &TWICE },
    Run { name: "demo with 256 callers", options: &["--concurrency", "256", "--again"], promises: &TWICE },
    Run {
        name: "demo with each document after what it needs",
        options: &["--concurrency", "256", "--order", "dependent"],
        promises: &AT_ONCE,
    },
    Run { name: "demo at random, seed 1", options: &["--shuffle", "1"], promises: &STORED },
    Run { name: "demo at random, seed 2", options: &["--shuffle", "2"], promises: &STORED },
    Run { name: "demo at random, seed 3", options: &["--shuffle", "3"], promises: &STORED },
];

/// How many times faster than the baseline Laneway must be at least, with 64 callers.
const RATIO_MIN: f64 = 5.0;

/// Runs `laneway demo` with `options`, built with the profile that the tests use, so that a newcomer builds once.
pub(crate) fn run(options: &[&str]) -> ExitCode {
    eprintln!("building laneway (the first time takes some minutes)…");
    match laneway_demo(options).status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("cannot run cargo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn laneway_demo(options: &[&str]) -> Command {
    let mut command = cargo(&["run", "--quiet", "--package", "laneway-cli", "--bin", "laneway", "--", "demo"]);
    command.args(options);
    // Paths among the options are relative to where the caller stands.
    if let Ok(here) = std::env::current_dir() {
        command.current_dir(here);
    }
    command
}

/// Runs the demo over generated data, over recorded data in several ways, and once against the baseline.
pub(crate) fn check(tally: &mut Tally) {
    GENERATED.iter().for_each(|run| run.check(tally, &[]));
    let Some(data) = workspace::shared_data() else {
        return tally.skip("the demo over recorded data", "there is no ../shared/data beside the repository");
    };
    let data = data.to_string_lossy().into_owned();
    RECORDED.iter().for_each(|run| run.check(tally, &["--data", &data]));
    let name = format!("demo against the baseline: {RATIO_MIN} times at least");
    test::heading(&name);
    let found = object(&["--data", &data, "--concurrency", "64", "--compare", "--json"]);
    told(tally, &name, found.and_then(|object| judge_ratio(&object)));
}

impl Run<'_> {
    fn check(&self, tally: &mut Tally, data: &[&str]) {
        test::heading(self.name);
        let found = object(&[data, self.options, &["--json"]].concat());
        told(tally, self.name, found.and_then(|object| judge(&object, self.promises)));
    }
}

fn told(tally: &mut Tally, name: &str, found: Result<(), String>) {
    match &found {
        Ok(()) => println!("ok"),
        Err(message) => println!("{message}"),
    }
    tally.check(name, found.is_ok());
}

/// The object on the last line of the demo's standard output.
fn object(options: &[&str]) -> Result<Json, String> {
    let output = laneway_demo(options)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    println!("{last}");
    let object =
        serde_json::from_str(last).map_err(|error| format!("the last line is no JSON object ({error}): {last}"))?;
    if output.status.success() { Ok(object) } else { Err(format!("the demo ended with {}", output.status)) }
}

fn judge(object: &Json, promises: &[Promise]) -> Result<(), String> {
    let documents = object["documents"].as_u64().filter(|documents| *documents > 0).ok_or("no document was loaded")?;
    for (place, value) in promises {
        let wanted = match value {
            Value::All => Json::from(documents),
            Value::None => Json::from(0),
            Value::True => Json::from(true),
        };
        let found = object.pointer(place).unwrap_or(&Json::Null);
        if *found != wanted {
            return Err(format!("{place} is {found} instead of {wanted}"));
        }
    }
    Ok(())
}

fn judge_ratio(object: &Json) -> Result<(), String> {
    let ratio = object["ratio"].as_f64().ok_or("there is no ratio")?;
    if ratio >= RATIO_MIN { Ok(()) } else { Err(format!("Laneway was only {ratio:.1} times as fast")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_is_judged_by_every_promise() {
        let good = json!({"documents": 3, "inserted": 3, "failed": 0, "resubmitted": 0, "store": {"equal": true},
            "again": {"updated": 3, "unchanged": true}});
        assert_eq!(judge(&good, &TWICE), Ok(()));
        for (place, bad) in [
            ("/documents", json!(0)),
            ("/inserted", json!(2)),
            ("/failed", json!(1)),
            ("/resubmitted", json!(1)),
            ("/store/equal", json!(false)),
            ("/store", json!(null)),
            ("/again/updated", json!(2)),
            ("/again/unchanged", json!(false)),
        ] {
            let mut object = good.clone();
            *object.pointer_mut(place).unwrap() = bad;
            assert!(judge(&object, &TWICE).is_err(), "{place}");
        }
        assert_eq!(judge_ratio(&json!({"ratio": 5.0})), Ok(()));
        assert!(judge_ratio(&json!({"ratio": 4.9})).is_err());
    }
}
