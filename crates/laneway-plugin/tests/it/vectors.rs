//! Recorded cases through compiled plugins: the DMS's own extraction of documents, word for word.

use std::collections::BTreeMap;
use std::path::PathBuf;

use laneway_model::{Extractor as _, Outcome, describe_extraction};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, compile_with};
use serde_json::Value;

/// The recorded data, beside the repository.
fn data() -> Option<PathBuf> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    data.exists().then_some(data)
}

fn load(data: &std::path::Path, names: &[String]) -> Plugins {
    let schemas = names.iter().map(|name| {
        let file = match name.as_str() {
            "tpdm" => "tpdm-1.1",
            "sample" => "sample-1.0",
            name => name,
        };
        let json = std::fs::read(data.join(format!("schemas/{file}.apischema.json"))).expect("a schema");
        ApiSchema::parse(file, &json).expect("a valid schema")
    });
    // One plugin for each project: the host treats both layouts alike, and this one is compiled at once.
    let options = Options { layout: Layout::PerProject, ..Options::default() };
    let plugins = compile_with(&schemas.collect::<Vec<_>>(), &options).expect("schemas that compile");
    let components = plugins.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
    Plugins::load(components, PluginSettings::default()).expect("plugins that load").taking_any_identity()
}

#[test]
fn every_recorded_case_agrees() {
    let Some(data) = data() else {
        return crate::need::skip("../shared/data is not there");
    };
    let mut loaded: BTreeMap<Vec<String>, Plugins> = BTreeMap::new();
    let vectors = std::fs::read_to_string(data.join("vectors/extraction.ndjson")).expect("the vectors");
    let (mut agreed, mut differences) = (0, Vec::new());
    for line in vectors.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let names: Vec<String> = serde_json::from_value(case["schemas"].clone()).expect("schema names");
        let plugins = loaded.entry(names).or_insert_with_key(|names| load(&data, names));
        let text = |key: &str| case[key].as_str().expect("a text");
        let outcome = plugins
            .route(text("project"), text("endpoint"))
            .map_err(Outcome::from)
            .and_then(|route| plugins.worker().extract(&route, text("body_text").as_bytes()));
        let found = match outcome {
            Ok(extraction) => describe_extraction(&extraction),
            Err(Outcome::InvalidDocument { code, .. } | Outcome::UnknownResource { code, .. }) => {
                serde_json::json!({ "error": code })
            }
            Err(other) => panic!("{}: {other:?}", text("name")),
        };
        if found == case["expected"] {
            agreed += 1;
        } else {
            differences.push(format!("{}\n expected {}\n found    {found}", text("name"), case["expected"]));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert_eq!(agreed, vectors.lines().count());
    assert!(agreed > 300, "only {agreed} cases");
}
