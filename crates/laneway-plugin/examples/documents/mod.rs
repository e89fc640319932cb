//! Files of documents: lines with `project`, `endpoint` and `body`, one resource a file.

use laneway_model::{Extractor as _, Route};
use laneway_plugin::Plugins;
use serde_json::value::RawValue;

/// The documents of a file, and where they go.
pub(crate) fn read(plugins: &Plugins, file: &str) -> (Route, Vec<Box<[u8]>>) {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        project: String,
        endpoint: String,
        #[serde(borrow)]
        body: &'a RawValue,
    }
    let text = std::fs::read_to_string(file).expect("the documents");
    let lines: Vec<Line<'_>> = text.lines().map(|line| serde_json::from_str(line).expect("a document")).collect();
    let first = lines.first().expect("a file has documents");
    let route = plugins.route(&first.project, &first.endpoint).expect("a plugin");
    (route, lines.iter().map(|line| line.body.get().as_bytes().into()).collect())
}
