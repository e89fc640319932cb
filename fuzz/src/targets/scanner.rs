//! Documents, extracted by compiled plugins and worked out again by the independent evaluator: they agree, on what is wrong
//! with a document too. The first line names the endpoint.

use std::cell::RefCell;
use std::time::Duration;

use laneway_model::{ExtractWorker, Extractor as _, Outcome, describe_extraction};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_sample::SCHEMAS;
use laneway_schema::{ApiSchema, Layout, Options, compile_with};
use laneway_tests::evaluator::Evaluator;
use serde_json::{Value, json};

struct Both {
    evaluator: Evaluator,
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
    /// Projects and endpoints as in URLs.
    endpoints: Vec<(String, String)>,
}

thread_local! {
    static BOTH: RefCell<Both> = RefCell::new(both());
}

fn both() -> Both {
    let texts: Vec<Vec<u8>> = SCHEMAS.iter().map(|schema| schema.text.as_bytes().to_vec()).collect();
    let parsed: Vec<ApiSchema> = texts.iter().map(|text| ApiSchema::parse("sample", text).expect("a schema")).collect();
    let options = Options { layout: Layout::PerProject, ..Options::default() };
    let compiled = compile_with(&parsed, &options).expect("schemas that fit");
    let components = compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
    let plugins = Plugins::load(components, patient()).expect("plugins that load").taking_any_identity();
    let mut endpoints: Vec<_> = plugins
        .resources()
        .iter()
        .map(|resource| (resource.project_endpoint.to_string(), resource.endpoint.to_string()))
        .collect();
    endpoints.sort();
    let worker = plugins.worker();
    Both { evaluator: Evaluator::new(&texts), plugins, worker, endpoints }
}

/// Limits that a machine which is busy fuzzing does not reach.
pub(super) fn patient() -> PluginSettings {
    let minute = Duration::from_secs(60);
    PluginSettings {
        call_cpu_max: minute,
        call_wall_max: minute,
        load_cpu_max: minute,
        failures_in_a_row_max: u32::MAX,
        ..PluginSettings::default()
    }
}

pub(crate) fn run(data: &[u8]) {
    BOTH.with_borrow_mut(|both| {
        let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
        let (first, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
        let (project, endpoint) = both.endpoint(first);
        let found = both.extract(&project, &endpoint, body);
        let expected = match std::str::from_utf8(body) {
            Ok(text) => {
                both.evaluator.evaluate(&project, &endpoint, text).unwrap_or_else(|code| json!({ "error": code }))
            }
            Err(_) => return assert!(found.get("error").is_some(), "{found}"),
        };
        assert_eq!(found, expected, "{project}/{endpoint}");
    });
}

impl Both {
    /// The endpoint that a line names; another word stands for one of them, so that no input is wasted.
    fn endpoint(&self, line: &[u8]) -> (String, String) {
        let named = |(project, endpoint): &&(String, String)| format!("{project}/{endpoint}").as_bytes() == line;
        let number = line.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        self.endpoints.iter().find(named).unwrap_or(&self.endpoints[number % self.endpoints.len()]).clone()
    }

    fn extract(&mut self, project: &str, endpoint: &str, body: &[u8]) -> Value {
        let route = self.plugins.route(project, endpoint).expect("a resource that is served");
        match self.worker.extract(&route, body) {
            Ok(extraction) => describe_extraction(&extraction),
            Err(Outcome::InvalidDocument { code, .. }) => json!({ "error": code }),
            Err(other) => panic!("{other:?}"),
        }
    }
}
