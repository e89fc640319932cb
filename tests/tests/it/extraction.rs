//! What documents say about themselves: the recorded cases, and the real documents.

use std::{fs, path::Path};

use laneway_model::{ExtractWorker, Extractor, Outcome, describe_extraction};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, compile_with};
use laneway_tests::{evaluator::Evaluator, mutation, need};
use serde_json::{Value, json, value::RawValue};

/// A recorded case, or one document.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) project: String,
    pub(super) endpoint: String,
    pub(super) body: String,
    expected: Value,
}

/// The recorded cases of `extraction.ndjson`, grouped by the schemas that they are about.
pub(super) fn recorded(data: &Path) -> Vec<(Vec<String>, Vec<Case>)> {
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
pub(super) fn schemas(data: &Path, names: &[String]) -> Vec<Vec<u8>> {
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

/// The real documents, grouped by endpoint.
pub(super) fn documents(data: &Path) -> Vec<Vec<Case>> {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        project: String,
        endpoint: String,
        #[serde(borrow)]
        body: &'a RawValue,
    }
    let mut files: Vec<_> =
        fs::read_dir(data.join("documents")).expect("documents").flatten().map(|f| f.path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let text = fs::read_to_string(file).expect("documents");
        let case = |(number, line)| {
            let Line { project, endpoint, body } = serde_json::from_str(line).expect("a document");
            let name = format!("{}:{}", file.display(), number + 1);
            Case { name, project, endpoint, body: body.get().to_owned(), expected: Value::Null }
        };
        text.lines().enumerate().map(case).collect()
    };
    files.iter().map(read).collect()
}

/// Compiled plugins, and one worker that runs them.
pub(super) struct Compiled {
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
}

impl Compiled {
    pub(super) fn new(schemas: &[Vec<u8>], layout: Layout) -> Self {
        let parse = |(number, json): (usize, &Vec<u8>)| ApiSchema::parse(&format!("schema {number}"), json);
        let schemas: Vec<ApiSchema> = schemas.iter().enumerate().map(parse).collect::<Result<_, _>>().expect("schemas");
        let compiled = compile_with(&schemas, &Options { layout, ..Options::default() }).expect("schemas that fit");
        let components = compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
        let plugins = Plugins::load(components, PluginSettings::default()).expect("plugins that load");
        let plugins = plugins.taking_any_identity();
        let worker = plugins.worker();
        Self { plugins, worker }
    }

    /// What the plugin finds, in the form of the recorded cases.
    pub(super) fn extract(&mut self, project: &str, endpoint: &str, body: &str) -> Value {
        let route = self.plugins.route(project, endpoint).map_err(Outcome::from);
        let found = route.and_then(|route| self.worker.extract(&route, body.as_bytes()));
        match found {
            Ok(extraction) => describe_extraction(&extraction),
            Err(Outcome::UnknownResource { code, .. } | Outcome::InvalidDocument { code, .. }) => {
                json!({ "error": code })
            }
            Err(other) => json!({ "failed": format!("{other:?}") }),
        }
    }
}

/// Fails with what differs, if anything.
pub(super) fn assert_none(differences: &[String], count: usize) {
    const SHOWN_MAX: usize = 20;
    let shown = differences[..differences.len().min(SHOWN_MAX)].join("\n");
    assert!(differences.is_empty(), "{} of {count} differ:\n{shown}", differences.len());
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
    assert_none(&differences, count);
    assert_eq!(count, 331, "the recorded cases");
}

#[test]
fn components_of_the_real_schemas_are_small_and_always_the_same() {
    const COMPONENT_BYTES_MAX: usize = 64 * 1024;
    let Some(data) = need::data() else { return };
    let names = ["ds-5.2", "tpdm", "sample"].map(str::to_owned);
    let compiled = || {
        let parse = |json: Vec<u8>| ApiSchema::parse("a real schema", &json).expect("an ApiSchema");
        let schemas: Vec<ApiSchema> = schemas(&data, &names).into_iter().map(parse).collect();
        compile_with(&schemas, &Options::default()).expect("schemas that fit")
    };
    let plugins = compiled();
    assert_eq!(plugins.len(), 349 + 33 + 7, "a component for each resource that is no extension of another");
    for plugin in &plugins {
        assert!(plugin.wasm.len() <= COMPONENT_BYTES_MAX, "{} has {} bytes", plugin.name, plugin.wasm.len());
    }
    assert!(compiled() == plugins, "the same schemas give the same bytes");
}

#[test]
fn compiled_plugins_agree_with_all_recorded_cases() {
    let Some(data) = need::data() else { return };
    let mut differences = Vec::new();
    let mut count = 0;
    for (names, cases) in recorded(&data) {
        let mut compiled = Compiled::new(&schemas(&data, &names), Layout::PerProject);
        for case in cases {
            count += 1;
            let found = compiled.extract(&case.project, &case.endpoint, &case.body);
            if found != case.expected {
                differences.push(format!("{}: expected {}, found {found}", case.name, case.expected));
            }
        }
    }
    assert_none(&differences, count);
    assert_eq!(count, 331, "the recorded cases");
}

#[test]
fn compiled_plugins_agree_with_the_evaluator_on_all_real_documents() {
    let Some(data) = need::data() else { return };
    let schemas = schemas(&data, &["ds-5.2".to_owned()]);
    let (evaluator, mut compiled) = (Evaluator::new(&schemas), Compiled::new(&schemas, Layout::PerResource));
    let mut differences = Vec::new();
    let mut count = 0;
    // The other tests bundle projects, which compiles faster; here each resource has a plugin of its own.
    for case in documents(&data).iter().flatten() {
        count += 1;
        let expected = evaluator.evaluate(&case.project, &case.endpoint, &case.body);
        let found = compiled.extract(&case.project, &case.endpoint, &case.body);
        if expected.as_ref() != Ok(&found) {
            differences.push(format!("{}: expected {expected:?}, found {found}", case.name));
        }
    }
    assert_none(&differences, count);
    assert_eq!(count, 22_797, "the real documents");
}

/// Documents of all endpoints, mutated in ways that leave about half of them valid JSON.
#[test]
fn compiled_plugins_agree_with_the_evaluator_on_malformed_documents() {
    const SEED: u64 = 0x1a4e_3a71;
    const DOCUMENTS: usize = 20_000;
    let Some(data) = need::data() else { return };
    let schemas = schemas(&data, &["ds-5.2".to_owned()]);
    let (evaluator, mut compiled) = (Evaluator::new(&schemas), Compiled::new(&schemas, Layout::PerProject));
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut groups = documents(&data);
    let recorded = recorded(&data).into_iter().filter(|(names, _)| names.len() == 1).flat_map(|(_, cases)| cases);
    groups.extend(recorded.map(|case| vec![case]));
    let (mut differences, mut valid) = (Vec::new(), 0);
    for _ in 0..DOCUMENTS {
        let group = random.choice(&groups).expect("documents");
        let case = random.choice(group).expect("documents");
        let body = mutation::mutate(&case.body, &mut random);
        let expected = evaluator.evaluate(&case.project, &case.endpoint, &body);
        valid += usize::from(expected.is_ok());
        let expected = expected.unwrap_or_else(|code| json!({ "error": code }));
        let found = compiled.extract(&case.project, &case.endpoint, &body);
        if expected != found {
            differences.push(format!("{} {body:?}: expected {expected}, found {found}", case.endpoint));
        }
    }
    assert_none(&differences, DOCUMENTS);
    assert!(valid > DOCUMENTS / 10, "only {valid} mutated documents were valid: they test little but the grammar");
}
