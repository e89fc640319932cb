//! Components with imports, which an operator has allowed: they run, and what calls an import fails alone.

use laneway_model::Extractor as _;
use laneway_plugin::{Description, PluginFile, PluginSet, PluginSettings, Plugins, Publish, SET_FILE};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::folder::replace;
use crate::guest::{self, Guest, thing};
use crate::{plugin_failure, things};

/// Answers with an identity, or calls its import when the document is longer than two bytes.
fn component() -> Vec<u8> {
    let calling = "(if (i32.gt_u (local.get $length) (i32.const 2)) (then (drop (call $random)))) (global.get $answer)";
    guest::importing(&guest::answering("1").extract(calling))
}

fn file(trap_imports: bool) -> PluginFile {
    PluginFile { trap_imports, ..PluginFile::new("guest", component()) }
}

fn set(trap_imports: bool) -> PluginSet {
    vec![file(trap_imports)].into()
}

#[test]
fn an_import_that_is_never_called_does_no_harm_and_one_that_is_costs_its_document() {
    let plugins = Plugins::load_set(&set(true), PluginSettings::default()).expect("imports are allowed");
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    assert!(worker.extract(&route, b"{}").is_ok());
    let message = plugin_failure(worker.extract(&route, br#"{"a":1}"#));
    assert!(message.contains("random"), "{message}");
    assert!(worker.extract(&route, b"{}").is_ok(), "the next document gets a new instance");
    assert_eq!(Description::of(&file(true), &PluginSettings::default()).unwrap().resources.len(), 1);
}

#[test]
fn permission_is_not_inherited_from_what_is_loaded() {
    let plugins = Plugins::load_set(&set(true), PluginSettings::default()).unwrap();
    let error = plugins.publish_set(&set(false), Publish::Replace).unwrap_err();
    assert_eq!(error.code(), "imports");
    assert_eq!(plugins.generation(), 1);
}

#[test]
fn a_folder_records_what_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let wasm = component();
    let sha256 = base16ct::lower::encode_string(&Sha256::digest(&wasm));
    replace(dir.path(), "a.wasm", &wasm);
    for (entry, allowed) in [
        (json!({"name": "a", "file": "a.wasm", "sha256": sha256, "trap_imports": true}), true),
        (json!({"name": "a", "file": "a.wasm", "sha256": sha256}), false),
    ] {
        replace(dir.path(), SET_FILE, json!({ "plugins": [entry] }).to_string().as_bytes());
        let loaded = Plugins::load_set(&PluginSet::read(dir.path()).unwrap(), PluginSettings::default());
        assert_eq!(
            loaded.as_ref().map(|_| ()).map_err(|error| error.code()),
            if allowed { Ok(()) } else { Err("imports") }
        );
    }
}

#[test]
fn a_component_as_large_as_an_interpreter_is_looked_at() {
    // Nothing to compile.
    let wasm = guest::padded(Guest::of(thing()).component(), 20_000_000);
    assert!(Plugins::load(vec![("large".into(), wasm)], PluginSettings::default()).is_ok());
}
