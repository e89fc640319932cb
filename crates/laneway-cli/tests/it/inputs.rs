//! Wrong input is reported, with the next step, before anything is written.

use crate::program::{Data, run};

/// Nothing listens there.
const NOWHERE: &str = "postgres://someone:secret@127.0.0.1:1/data";

#[test]
fn a_wrong_command_line_is_refused() {
    run(&["load"]).refused(2, &["--url"]);
    run(&["load", "--url", NOWHERE, "a.ndjson"]).refused(2, &["--schema", "--plugins"]);
    run(&["load", "--url", NOWHERE, "--schema", "a.json", "--plugins", "b", "c.ndjson"]).refused(2, &["--plugins"]);
    run(&["load", "--url", NOWHERE, "--schema", "a.json"]).refused(2, &["no documents are named", "NDJSON"]);
    run(&["load", "--url", NOWHERE, "--plugins", "a", "--baseline", "--single", "b.ndjson"]).refused(2, &["--single"]);
    run(&["deploy", "--url", "nonsense"]).refused(2, &["--url", "postgres://"]);
}

#[test]
fn a_file_of_something_else_is_refused_by_what_it_should_be() {
    let data = Data::of(100);
    let documents = data.file("documents.ndjson", "{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{}}\n");
    run(&["replay", "--url", NOWHERE, "--schemas", "none", &documents])
        .refused(2, &["documents.ndjson:1: not a recorded sequence", "name, schemas, steps", "--schemas"]);
    let out = data.path().join("out.wasm");
    let packed = run(&["plugin", "pack", &documents, "-o", out.to_str().unwrap()]);
    packed.refused(
        2,
        &["documents.ndjson: it is not a WebAssembly module", "wasm32-unknown-unknown", "Nothing was written"],
    );
    assert!(!packed.err.contains("0x"), "{}", packed.err);
}

#[test]
fn missing_files_are_reported() {
    let data = Data::of(100);
    let documents = data.documents();
    let documents = documents.to_str().unwrap();
    data.load(NOWHERE, &["none.ndjson"]).refused(2, &["none.ndjson", "Check the name"]);
    run(&["load", "--url", NOWHERE, "--schema", "none.json", documents]).refused(2, &["none.json", "ApiSchema"]);
    run(&["load", "--url", NOWHERE, "--plugins", "none", documents])
        .refused(2, &["none/plugins.json", "plugin compile"]);
    let unwritable = data.path().join("no/such");
    data.load(NOWHERE, &["--failures", unwritable.to_str().unwrap(), documents])
        .refused(2, &["no/such", "Nothing was loaded"]);
    run(&["demo", "--data", "none"]).refused(2, &["none/schemas"]);
}

#[test]
fn invalid_schemas_are_refused() {
    let data = Data::of(100);
    for (name, content, reported) in [
        ("text.json", "hello", "JSON"),
        ("object.json", "{}", "apiSchemaVersion"),
        ("cut.json", "{\"projectSchema\":", "JSON"),
    ] {
        let file = data.file(name, content);
        let out = data.path().join("out");
        run(&["plugin", "compile", &file, "-o", out.to_str().unwrap()])
            .refused(2, &[name, reported, "Nothing was written"]);
        assert!(!out.exists());
    }
}

#[test]
fn an_unreachable_database_is_reported() {
    let data = Data::of(100);
    let documents = data.documents();
    for result in [run(&["deploy", "--url", NOWHERE]), data.load(NOWHERE, &[documents.to_str().unwrap()])] {
        result.refused(3, &["127.0.0.1:1", "check host and port", "Nothing was"]);
        assert!(!result.err.contains("secret") && !result.out.contains("secret"), "{}", result.err);
    }
}
