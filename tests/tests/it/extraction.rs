//! What documents say about themselves: the recorded cases, and the real documents.

use std::{fs, path::Path};

use laneway_tests::{evaluator::Evaluator, need};
use serde_json::{Value, json};

/// A recorded case, or one document.
struct Case {
    name: String,
    project: String,
    endpoint: String,
    body: String,
    expected: Value,
}

/// The recorded cases of `extraction.ndjson`, grouped by the schemas that they are about.
fn recorded(data: &Path) -> Vec<(Vec<String>, Vec<Case>)> {
    let mut groups: Vec<(Vec<String>, Vec<Case>)> = Vec::new();
    for line in lines(&data.join("vectors/extraction.ndjson")) {
        let schemas: Vec<String> = serde_json::from_value(line["schemas"].clone()).expect("names of schemas");
        let text = |name: &str| line[name].as_str().expect("a text").to_owned();
        let case = Case {
            name: text("name"),
            project: text("project"),
            endpoint: text("endpoint"),
            body: text("body_text"),
            expected: line["expected"].clone(),
        };
        match groups.iter_mut().find(|(known, _)| *known == schemas) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((schemas, vec![case])),
        }
    }
    groups
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("a file of the recorded data");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The schema files that the cases call `names`.
fn schemas(data: &Path, names: &[String]) -> Vec<Vec<u8>> {
    let file = |name: &String| {
        let version = match &**name {
            "tpdm" => "tpdm-1.1",
            "sample" => "sample-1.0",
            other => other,
        };
        fs::read(data.join(format!("schemas/{version}.apischema.json"))).expect("a schema of the recorded data")
    };
    names.iter().map(file).collect()
}

#[test]
fn the_evaluator_agrees_with_all_recorded_cases() {
    let Some(data) = need::data() else { return };
    let mut differences = Vec::new();
    let mut count = 0;
    for (names, cases) in recorded(&data) {
        let evaluator = Evaluator::new(&schemas(&data, &names));
        for case in cases {
            count += 1;
            let found = evaluator.evaluate(&case.project, &case.endpoint, &case.body);
            let found = found.unwrap_or_else(|code| json!({ "error": code }));
            if found != case.expected {
                differences.push(format!("{}: expected {}, found {found}", case.name, case.expected));
            }
        }
    }
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
    assert_eq!(count, 331, "the recorded cases");
}
