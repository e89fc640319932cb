//! ApiSchemas: each is refused with a sentence, or compiled into valid components, the same ones each time.

use laneway_schema::{ApiSchema, Layout, Options, compile_with};
use wasmparser::{Validator, WasmFeatures};

/// More than one schema stand one behind another with this between them.
const SEPARATOR: &[u8] = b"\n---\n";
/// Components are large and take time: of many, these are enough.
const VALIDATED_MAX: usize = 4;

pub(crate) fn run(data: &[u8]) {
    let mut schemas = Vec::new();
    for text in split(data) {
        match ApiSchema::parse("fuzz.json", text) {
            Ok(schema) => schemas.push(schema),
            Err(error) => return assert!(error.to_string().contains("fuzz.json"), "{error}"),
        }
    }
    for layout in [Layout::PerProject, Layout::PerResource] {
        let options = Options { layout, ..Options::default() };
        let Ok(plugins) = compile_with(&schemas, &options) else { return };
        assert!(compile_with(&schemas, &options).as_ref() == Ok(&plugins), "the same schemas give the same bytes");
        for plugin in plugins.iter().take(VALIDATED_MAX) {
            let valid = Validator::new_with_features(WasmFeatures::all()).validate_all(&plugin.wasm);
            assert!(valid.is_ok(), "{}: {:?}", plugin.name, valid.err());
            assert!(!plugin.file_name.contains(['/', '\\', '\0']), "{:?}", plugin.file_name);
        }
    }
}

fn split(data: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = memchr::memmem::find(rest, SEPARATOR) {
        parts.push(&rest[..at]);
        rest = &rest[at + SEPARATOR.len()..];
    }
    parts.push(rest);
    parts
}
