//! Benchmarks: every system stores everything, each is measured in every round, and what is compared is beside each other. What
//! figures there are, never how high they are.

use std::path::PathBuf;

use laneway_tests::need;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{RunResult, run as run_program};

/// A benchmark of few documents.
struct Run {
    result: RunResult,
    report: Json,
    page: String,
    _folder: TempDir,
}

impl Run {
    /// Which stored everything; `None` without a server.
    fn of(further: &[&str]) -> Option<Self> {
        let server = need::server()?;
        Some(Self::on_its_own(&[&["--url", server.config().url()], further].concat()))
    }

    /// The same where no server need be named.
    fn on_its_own(further: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output: PathBuf = folder.path().join("bench.json");
        let mut arguments = vec!["bench", "--callers", "4", "--rounds", "2", "--limits", "7"];
        arguments.extend(["--output", output.to_str().unwrap()]);
        arguments.extend(further);
        let result = run_program(&arguments);
        assert_eq!(result.code, Some(0), "{}", result.err);
        let report = serde_json::from_slice(&std::fs::read(&output).unwrap()).unwrap();
        let page = std::fs::read_to_string(output.with_extension("html")).unwrap();
        let run = Self { result, report, page, _folder: folder };
        run.check();
        run
    }

    /// That every line has figures of every round, in the table, in the object and on the page.
    fn check(&self) {
        for line in self.lines() {
            let rounds = line["rounds"].as_array().unwrap();
            assert_eq!(rounds.len(), 2, "{line}");
            for round in rounds {
                assert!(round["docs_per_second"].as_f64() > Some(0.0), "{line}");
                assert!(self.page.contains(&format!(">{}<", round["docs_per_second"])), "{round}");
                assert_eq!(round["failed"], 0, "{line}");
            }
            assert!(self.result.out.contains(line["system"].as_str().unwrap()), "{}", self.result.out);
        }
    }

    fn lines(&self) -> &[Json] {
        self.report["lines"].as_array().unwrap()
    }

    /// The values of these members, a line each.
    fn names(&self, members: &[&str]) -> Vec<String> {
        let of = |line: &Json| {
            let values =
                members.iter().map(|name| line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned));
            values.collect::<Vec<_>>().join(" ")
        };
        self.lines().iter().map(of).collect()
    }
}

const FEW: [&str; 2] = ["--documents", "150"];

#[test]
fn every_system_is_measured_in_every_round() {
    let Some(run) = Run::of(&[&FEW[..], &["--shares", "0.5"]].concat()) else { return };
    let systems = ["limit(7) null null", "laneway 4 null", "savepoints 4 null", "baseline 4 null", "laneway null 0.5"];
    assert_eq!(run.names(&["system", "callers", "share"]), systems);
    let [limit, laneway, .., paced] = run.lines() else { panic!("{:?}", run.lines()) };
    for round in laneway["rounds"].as_array().unwrap() {
        let split = round["split_ms"].as_object().unwrap();
        for phase in ["extraction", "resolve", "apply", "commit"] {
            assert!(split[phase].as_f64() > Some(0.0), "{phase} of {split:?}");
        }
        // Nothing can be longer than the longest wait.
        let sum: f64 = split.values().filter_map(Json::as_f64).sum();
        assert!(sum < 1_000.0 * round["parts_s"].as_array().unwrap().iter().filter_map(Json::as_f64).sum::<f64>());
        let latency = |percentile: &str| round["latency_ms"][percentile].as_f64().unwrap();
        assert!(latency("p50") <= latency("p95") && latency("p95") <= latency("p99"), "{round}");
        assert_eq!(round["parts_s"].as_array().unwrap().len(), 4, "{round}");
        if cfg!(target_os = "linux") {
            assert!(round["memory"]["bodies_mib"].as_f64() > Some(0.0), "{round}");
        }
    }
    assert_eq!(limit["rounds"][0]["parts_s"].as_array().unwrap().len(), 4, "{limit}");
    for round in paced["rounds"].as_array().unwrap() {
        // The last document is due when all but one part of the time has passed: no run is faster than what is offered.
        let (taken, offered) =
            (round["docs_per_second"].as_f64().unwrap(), round["offered_per_second"].as_f64().unwrap());
        assert!(taken <= offered * 1.02, "{round}");
    }
}

#[test]
fn workloads_are_beside_each_other_in_one_run() {
    let further =
        ["--systems", "limit,laneway", "--workload", "file,shuffled,equal,changed", "--batch-items-max", "5,50"];
    let Some(run) = Run::of(&[&FEW[..], &further].concat()) else { return };
    let workloads = [
        "new documents, in the order of the files",
        "new documents, in random order",
        "stored documents, unchanged",
        "stored documents with other bodies",
    ];
    // There is no limit to documents that are stored already.
    let mut wanted = vec![format!("{} limit(7) null", workloads[0])];
    wanted.extend(workloads.iter().flat_map(|workload| [5, 50].map(|most| format!("{workload} laneway {most}"))));
    assert_eq!(run.names(&["workload", "system", "batch_items_max"]), wanted);
    for line in run.lines() {
        assert!(line["rounds"][0]["batch_mean"].as_f64() <= line["batch_items_max"].as_f64().or(Some(7.0)), "{line}");
    }
}

#[test]
fn documents_that_differ_in_one_thing_are_beside_each_other_in_one_run() {
    let laneway = ["--systems", "laneway"];
    let ids = [&FEW[..], &laneway, &["--ids", "given,guid"]].concat();
    let Some(run) = Run::of(&ids) else { return };
    assert_eq!(run.names(&["documents"]), ["generated", "generated, ids are GUIDs"]);
    assert!(run.result.out.contains("beside"), "{}", run.result.out);

    let run = Run::of(&[&FEW[..], &["--systems", "laneway,baseline", "--same-every", "2"]].concat()).unwrap();
    let (own, same) = ("generated, every 2. a student of its own", "generated, every 2. the same student");
    let wanted = [own, own, same, same].into_iter().zip(["laneway", "baseline"].into_iter().cycle());
    assert_eq!(
        run.names(&["documents", "system"]),
        wanted.map(|(set, system)| format!("{set} {system}")).collect::<Vec<_>>()
    );
    let documents = run.report["documents"].as_array().unwrap();
    assert!(documents[0]["documents"].as_u64() > Some(150), "{documents:?}");
    assert_eq!(documents[0]["documents"], documents[1]["documents"]);
    assert!(run.lines().iter().all(|line| line["rounds"][1]["others_ms"]["p99"].as_f64() > Some(0.0)));

    let run = Run::of(&[&laneway[..], &["--documents", "130", "--vary", "references=5,12"]].concat()).unwrap();
    assert_eq!(run.names(&["documents"]), ["references 5", "references 12"]);
}

#[test]
fn lanes_and_distances_are_beside_each_other_in_one_run() {
    // The way is made longer before the program's own server alone.
    if need::server().is_none() {
        return;
    }
    let further = ["--systems", "laneway,baseline", "--lanes", "1,3", "--round-trip-ms", "2"];
    let run = Run::on_its_own(&[&FEW[..], &further].concat());
    let wanted = ["laneway 2.0 1", "laneway 2.0 3", "baseline 2.0 null"];
    assert_eq!(run.names(&["system", "round_trip_ms", "lanes"]), wanted);
    // A document alone waits for several answers, one after another.
    for line in run.lines() {
        let away = line["round_trip_ms"].as_f64().unwrap();
        for round in line["rounds"].as_array().unwrap() {
            assert!(round["latency_ms"]["p50"].as_f64().unwrap() > 2.0 * away, "{line}");
        }
    }
}

#[test]
fn a_script_changes_each_store_before_it_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("staff.sql");
    // Of a second one the name would be taken: it is run once a store.
    std::fs::write(&script, "CREATE INDEX of_staff ON dms.staffsecurabledocument (staffuniqueid)").unwrap();
    let script = script.to_str().unwrap();
    let Some(run) = Run::of(&[&FEW[..], &["--systems", "limit,laneway", "--store-script", script]].concat()) else {
        return;
    };
    assert_eq!(run.names(&["system"]), ["limit(7)", "laneway"]);
    std::fs::write(script, "CREATE INDEX ON dms.nothing (id)").unwrap();
    let server = need::server().unwrap();
    let arguments = ["bench", "--url", server.config().url(), "--store-script", script];
    run_program(&[&arguments[..], &FEW].concat()).refused(2, &["--store-script", "dms.nothing"]);
}

#[test]
fn what_cannot_be_measured_is_refused_before_anything_is() {
    run_program(&["bench", "--vary", "references"]).refused(2, &["there is no `=`", "references=1,20"]);
    run_program(&["bench", "--vary", "colour=1"]).refused(2, &["--vary colour=1", "--colour"]);
    run_program(&["bench", "--same-every", "1"]).refused(2, &["--same-every"]);
    run_program(&["bench", "--shares", "0"]).refused(2, &["above 0"]);
    run_program(&["bench", "--round-trip-ms", "1001"]).refused(2, &["from 0 to 1000"]);
    run_program(&["bench", "--round-trip-ms", "1", "--url", "postgres://db/store"]).refused(2, &["--url"]);
    run_program(&["bench", "--lanes", "17"]).refused(2, &["lanes", "16"]);
}
