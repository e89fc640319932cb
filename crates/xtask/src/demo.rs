//! `cargo xtask demo`: builds the program and runs its demo; and the runs that the tests make of it.

use std::process::{Command, ExitCode, Stdio};

use laneway_pgbin::Binaries;
use serde_json::Value as Json;

use crate::cargo::cargo;
use crate::tally::Tally;
use crate::workspace;

/// A load that the tests make: its name, its options, and what must be true of its result.
struct Run<'a> {
    name: &'a str,
    options: &'a [&'a str],
    promises: &'a [Promise],
}

/// A pointer into the demo's JSON object, and the value there.
type Promise = (&'static str, Value);

/// An expected value.
#[derive(Clone, Copy)]
enum Value {
    /// As many as there are documents.
    All,
    None,
    True,
}

/// Every document is new and stored, and the store is as recorded.
const STORED: [Promise; 3] = [("/inserted", Value::All), ("/failed", Value::None), ("/store/equal", Value::True)];
/// And nothing was submitted twice.
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

/// Over recorded data, into the tables of an older release: many callers, and orders in which much is submitted again.
const OLDER: &[Run<'_>] = &[
    Run { name: "demo with 64 callers", options: &["--concurrency", "64", "--again"], promises: &TWICE },
    Run { name: "demo at random, seed 1", options: &["--shuffle", "1"], promises: &STORED },
];

/// How many times faster than the baseline Laneway must be at least, with 64 callers.
const RATIO_MIN: f64 = 5.0;

/// Runs `laneway demo` with `options`, built with the profile that the tests use, so that a newcomer builds once.
pub(crate) fn run(options: &[&str]) -> ExitCode {
    eprintln!(
        "Building the program `laneway`. The first time this takes some minutes, most of them for wasmtime, whose compiler\n\
         for WebAssembly runs the plugins."
    );
    let mut run = cargo(&["run", "--package", "laneway-cli", "--bin", "laneway"]);
    if is_download_needed() {
        eprintln!(
            "No PostgreSQL is installed here, so the part that downloads it is built too, about a minute longer.\n\
             To avoid that, install it (Debian and Ubuntu: apt-get install postgresql) or set LANEWAY_DATABASE_URL."
        );
        run.args(["--features", "download"]);
    }
    run.args(["--", "demo"]).args(options);
    // Paths among the options are relative to the caller's folder.
    if let Ok(here) = std::env::current_dir() {
        run.current_dir(here);
    }
    match run.status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("cannot run cargo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the demo would find neither a server nor programs to start one.
fn is_download_needed() -> bool {
    let is_server_named = std::env::var_os("LANEWAY_DATABASE_URL").is_some_and(|url| !url.is_empty());
    !is_server_named && matches!(Binaries::find(), Ok(None))
}

/// Runs the demo over generated data, over recorded data in several ways, and once against the baseline.
pub(crate) fn check(tally: &mut Tally) {
    GENERATED.iter().for_each(|run| run.check(tally, &[]));
    let Some(data) = recorded(tally) else { return };
    RECORDED.iter().for_each(|run| run.check(tally, &["--data", &data]));
    tally.judge(&format!("demo against the baseline: {RATIO_MIN} times as fast at least"), || {
        judge_ratio(&object(&["--data", &data, "--concurrency", "64", "--compare"])?)
    });
}

/// Runs the demo over recorded data into the tables of a release.
pub(crate) fn check_release(tally: &mut Tally, release: &str) {
    let Some(data) = recorded(tally) else { return };
    OLDER.iter().for_each(|run| run.check(tally, &["--data", &data, "--release", release]));
}

/// The folder of the recorded data; `None`, after counting a skip, where there is none.
fn recorded(tally: &mut Tally) -> Option<String> {
    let data = workspace::shared_data();
    if data.is_none() {
        tally.skip("the demo over recorded data", "there is no ../shared/data beside the repository");
    }
    data.map(|data| data.to_string_lossy().into_owned())
}

impl Run<'_> {
    fn check(&self, tally: &mut Tally, data: &[&str]) {
        tally.judge(self.name, || judge(&object(&[data, self.options].concat())?, self.promises));
    }
}

/// Runs the demo with the program that the tests have built. The object on the last line of its standard output.
fn object(options: &[&str]) -> Result<Json, String> {
    let output = Command::new(workspace::target().join("debug/laneway"))
        .current_dir(workspace::root())
        .arg("demo")
        .args(options)
        .arg("--json")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo has not built the program: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    println!("{last}");
    let object =
        serde_json::from_str(last).map_err(|error| format!("the last line is no JSON object ({error}): {last}"))?;
    if output.status.success() { Ok(object) } else { Err(format!("the demo ended with {}", output.status)) }
}

/// Whether a load of generated documents stored all of them, as they are to be stored.
pub(crate) fn judge_load(object: &Json) -> Result<(), String> {
    judge(object, &AT_ONCE)
}

fn judge(object: &Json, promises: &[Promise]) -> Result<(), String> {
    let documents = object["documents"].as_u64().filter(|documents| *documents > 0).ok_or("no document was loaded")?;
    for (pointer, value) in promises {
        let wanted = match value {
            Value::All => Json::from(documents),
            Value::None => Json::from(0),
            Value::True => Json::from(true),
        };
        let found = object.pointer(pointer).unwrap_or(&Json::Null);
        if *found != wanted {
            return Err(format!("{pointer} is {found} instead of {wanted}"));
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
    fn each_broken_promise_is_an_error() {
        let good = json!({"documents": 3, "inserted": 3, "failed": 0, "resubmitted": 0, "store": {"equal": true},
            "again": {"updated": 3, "unchanged": true}});
        assert_eq!(judge(&good, &TWICE), Ok(()));
        for (pointer, bad) in [
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
            *object.pointer_mut(pointer).unwrap() = bad;
            assert!(judge(&object, &TWICE).is_err(), "{pointer}");
        }
        assert_eq!(judge_ratio(&json!({"ratio": 5.0})), Ok(()));
        assert!(judge_ratio(&json!({"ratio": 4.9})).is_err());
    }
}
