//! Benchmarks: every system stores everything, and each is measured in every round.

use laneway_tests::need;

use crate::program::{RunResult, laneway};

#[test]
fn every_system_is_measured_in_every_round() {
    let Some(server) = need::server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("bench.json");
    let bench = |further: &[&str]| {
        let mut arguments = vec!["bench", "--documents", "150", "--invalid", "0", "--callers", "4", "--rounds", "2"];
        arguments.extend(["--limits", "7", "--url", server.config().url(), "--output", output.to_str().unwrap()]);
        arguments.extend(further);
        let result = RunResult::from(laneway(&arguments).output().unwrap());
        assert_eq!(result.code, Some(0), "{}", result.err);
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&output).unwrap()).unwrap();
        let lines = report["lines"].as_array().unwrap().clone();
        for line in &lines {
            let rounds = line["rounds"].as_array().unwrap();
            assert_eq!(rounds.len(), 2, "{line}");
            assert!(rounds.iter().all(|round| round["docs_per_second"].as_f64() > Some(0.0)), "{line}");
            assert!(result.out.contains(line["system"].as_str().unwrap()), "{}", result.out);
        }
        lines.iter().map(|line| format!("{} {}", line["system"], line["callers"])).collect::<Vec<_>>().join(", ")
    };
    let all = r#""limit(7)" null, "laneway" 4, "savepoints" 4, "baseline" 4"#;
    assert_eq!(bench(&[]), all);
    // There is no limit to documents that are stored already.
    let stored = ["--systems", "limit,laneway", "--workload", "changed"];
    assert_eq!(bench(&stored), r#""laneway" 4"#);
}
