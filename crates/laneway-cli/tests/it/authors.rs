//! What an author of plugins does: a new project, its tests, its component, documents through it.

use std::path::Path;

use laneway_tests::{guests, need};

use crate::program::{Data, run, store};

#[track_caller]
fn ok(arguments: &[&str]) -> String {
    let result = run(arguments);
    assert_eq!(result.code, Some(0), "{}{}", result.out, result.err);
    result.out
}

/// From nothing to a document's identity, without a network.
#[test]
fn a_new_project_is_a_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let printed = ok(&["plugin", "new", "room-keys", "--into", at]);
    assert!(printed.contains("laneway plugin pack"), "{printed}");
    run(&["plugin", "new", "room-keys", "--into", at]).refused(2, &["exists already", "Nothing was written"]);
    run(&["plugin", "new", "../x", "--into", at]).refused(2, &["not a name for a plugin"]);
    let (project, target) = (folder.path().join("room-keys"), folder.path().join("target"));
    let tested = guests::cargo(&project, &target).args(["test", "--offline"]).output().unwrap();
    let out = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success() && out.contains("2 passed"), "{out}{}", String::from_utf8_lossy(&tested.stderr));
    if need::wasm_target().is_none() {
        return;
    }
    let module = guests::build(&project, &target, &[]).join("room_keys.wasm");
    let plugins = folder.path().join("plugins");
    let (module, plugins) = (module.to_str().unwrap(), plugins.to_str().unwrap());
    let packed = ok(&["plugin", "pack", module, "-o", plugins]);
    assert!(packed.contains("room-keys 0.1.0") && packed.contains("serves example/things"), "{packed}");
    let documents = folder.path().join("things.ndjson");
    std::fs::write(&documents, r#"{"project":"example","endpoint":"things","body":{"first":"A","second":1}}"#).unwrap();
    let documents = documents.to_str().unwrap();
    let checked = ok(&["plugin", "check", plugins, "--documents", documents]);
    assert!(checked.contains("verdict    good"), "{checked}");
    let extracted_text = ok(&["plugin", "extract", "--plugins", plugins, documents]);
    let extracted: serde_json::Value = serde_json::from_str(&extracted_text).unwrap();
    assert_eq!(extracted["identity"], serde_json::json!([["$.key", "A-1"]]));
    // A single file does as well.
    let single = folder.path().join("single.wasm");
    let single = single.to_str().unwrap();
    ok(&["plugin", "pack", module, "-o", single]);
    assert!(ok(&["plugin", "inspect", single]).contains("reference $.others[*].thingReference.key as $.key"));
    // What is a component already is taken as it is.
    let others = folder.path().join("others");
    let others = others.to_str().unwrap();
    let added = ok(&["plugin", "add", single, "-o", others]);
    assert!(added.contains("room-keys 0.1.0") && added.contains("serves example/things"), "{added}");
    assert_eq!(ok(&["plugin", "extract", "--plugins", others, documents]), extracted_text);
    run(&["plugin", "pack", single, "-o", single, "--trap-imports"]).refused(2, &["plugins.json", "-o DIR"]);
    // What lies beside it is named.
    std::fs::copy(single, folder.path().join("others/by-hand.wasm")).unwrap();
    let listed = run(&["plugin", "list", others]);
    assert!(listed.err.contains("by-hand.wasm: plugins.json does not name it, so it is not loaded"), "{}", listed.err);
}

#[test]
fn a_component_that_is_refused_is_left_to_the_tool_that_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let (component, plugins) = (folder.path().join("empty.wasm"), folder.path().join("plugins"));
    std::fs::write(&component, b"\0asm\x0d\0\x01\0").unwrap();
    let packed = run(&["plugin", "pack", component.to_str().unwrap(), "-o", plugins.to_str().unwrap()]);
    assert!(!packed.err.contains("cargo build"), "{}", packed.err);
    packed.refused(2, &["exports nothing", "Nothing was written"]);
}

#[test]
fn a_project_may_use_the_sdk_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/sdk");
    ok(&["plugin", "new", "things", "--into", at, "--sdk", sdk.to_str().unwrap()]);
    assert!(!folder.path().join("things/laneway-plugin-sdk").exists());
    let checked = guests::cargo(&folder.path().join("things"), &folder.path().join("target"))
        .args(["check", "--quiet", "--offline", "--tests"])
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    run(&["plugin", "new", "others", "--into", at, "--sdk", at]).refused(2, &["no SDK"]);
}

/// The examples beside a compiled schema, all the way into the store: a booking finds its room however the key is
/// written, and only a room that is there.
#[test]
fn hand_written_plugins_write_to_the_store() {
    let (Some(rooms), Some(bookings)) = (guests::example_module("rooms"), guests::example_module("bookings")) else {
        return;
    };
    let Some(database) = store() else { return };
    let data = Data::of(100);
    let plugins = data.path().join("plugins");
    let plugins = plugins.to_str().unwrap();
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().skip(1).map(String::as_str).collect();
    ok(&[&["plugin", "compile"], &schemas[..], &["--bundle", "-o", plugins]].concat());
    for module in [rooms, bookings] {
        ok(&["plugin", "pack", module.to_str().unwrap(), "-o", plugins]);
    }
    let booking = |key: &str| {
        let body = format!(r#"{{"begin":"2026-11-24T08:00 {key}","roomReference":{{"roomKey":"{key}"}}}}"#);
        format!(r#"{{"project":"campus","endpoint":"bookings","body":{body}}}"#)
    };
    let room = r#"{"project":"campus","endpoint":"rooms","body":{"building":"Main Hall","floor":2,"number":7}}"#;
    let again = r#"{"project":"campus","endpoint":"rooms","body":{"building":"main hall","floor":2,"number":"07"}}"#;
    let lines = [&booking("mh 2.7"), room, &booking("MH-2.07"), again].join("\n");
    let documents = data.file("campus.ndjson", lines);
    let arguments = ["load", "--url", database.url(), "--plugins", plugins, "--json"];
    let loaded = run(&[&arguments[..], &[&documents]].concat());
    assert_eq!(loaded.code, Some(0), "{}{}", loaded.out, loaded.err);
    let object = loaded.object();
    assert_eq!((object["inserted"].as_u64(), object["updated"].as_u64()), (Some(3), Some(1)), "{object}");
    let nowhere = run(&[&arguments[..], &[&data.file("nowhere.ndjson", booking("MH-3.01"))]].concat());
    assert_eq!(nowhere.code, Some(1), "{}{}", nowhere.out, nowhere.err);
}
