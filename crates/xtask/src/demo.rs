//! `cargo xtask demo`: builds the program and runs its demo; and the runs that the tests make of it.

use std::process::{Command, ExitCode, Stdio};

use serde_json::Value as Json;

use crate::cargo::cargo;
use crate::tally::Tally;
use crate::{test, workspace};

/// Callers of the runs that the tests make: one after another, the default, and more than a batch holds.
const CALLERS: [u32; 3] = [1, 64, 256];
/// How many times faster than the comparison Laneway must be at least, with 64 callers.
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

/// Runs the demo over the recorded data with few and many callers, each load twice, and once against the comparison.
pub(crate) fn check(tally: &mut Tally) {
    let Some(data) = workspace::shared_data() else {
        return tally.skip("the demo over recorded data", "there is no ../shared/data beside the repository");
    };
    let data = data.to_string_lossy().into_owned();
    for callers in CALLERS {
        let callers = callers.to_string();
        let name = format!("demo with {callers} callers");
        test::heading(&name);
        let found = object(&["--data", &data, "--concurrency", &callers, "--again", "--json"])
            .and_then(|object| judge(&object));
        told(tally, &name, found);
    }
    let name = format!("demo against the comparison: {RATIO_MIN} times at least");
    test::heading(&name);
    let found = object(&["--data", &data, "--concurrency", "64", "--compare", "--json"])
        .and_then(|object| judge_ratio(&object));
    told(tally, &name, found);
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

/// Everything inserted at once, the store as recorded; the second time everything updated and nothing written.
fn judge(object: &Json) -> Result<(), String> {
    let documents = object["documents"].as_u64().filter(|documents| *documents > 0).ok_or("no document was loaded")?;
    let wanted = [
        ("/inserted", Json::from(documents)),
        ("/failed", Json::from(0)),
        ("/resubmitted", Json::from(0)),
        ("/store/equal", Json::from(true)),
        ("/again/updated", Json::from(documents)),
        ("/again/unchanged", Json::from(true)),
    ];
    for (place, wanted) in wanted {
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
        assert_eq!(judge(&good), Ok(()));
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
            assert!(judge(&object).is_err(), "{place}");
        }
        assert_eq!(judge_ratio(&json!({"ratio": 5.0})), Ok(()));
        assert!(judge_ratio(&json!({"ratio": 4.9})).is_err());
    }
}
