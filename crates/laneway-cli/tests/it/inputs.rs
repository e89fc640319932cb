//! What is fed wrongly is told, with the next step, before anything is written.

use crate::program::{Data, run};

/// Nobody listens there.
const NOWHERE: &str = "postgres://someone:secret@127.0.0.1:1/data";

#[test]
fn a_command_line_that_is_none() {
    run(&["load"]).refused(2, &["--url"]);
    run(&["load", "--url", NOWHERE, "a.ndjson"]).refused(2, &["--schema", "--plugins"]);
    run(&["load", "--url", NOWHERE, "--schema", "a.json", "--plugins", "b", "c.ndjson"]).refused(2, &["--plugins"]);
    run(&["load", "--url", NOWHERE, "--schema", "a.json"]).refused(2, &["no documents are named", "NDJSON"]);
    run(&["load", "--url", NOWHERE, "--plugins", "a", "--baseline", "--single", "b.ndjson"]).refused(2, &["--single"]);
    run(&["deploy", "--url", "nonsense"]).refused(2, &["--url", "postgres://"]);
}

#[test]
fn files_that_are_not_there() {
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
fn schemas_that_are_none() {
    let data = Data::of(100);
    for (name, content, said) in [
        ("text.json", "hello", "JSON"),
        ("object.json", "{}", "apiSchemaVersion"),
        ("cut.json", "{\"projectSchema\":", "JSON"),
    ] {
        let file = data.file(name, content);
        let out = data.path().join("out");
        run(&["plugin", "compile", &file, "-o", out.to_str().unwrap()])
            .refused(2, &[name, said, "Nothing was written"]);
        assert!(!out.exists());
    }
}

#[test]
fn a_database_that_is_not_there() {
    let data = Data::of(100);
    let documents = data.documents();
    for ran in [run(&["deploy", "--url", NOWHERE]), data.load(NOWHERE, &[documents.to_str().unwrap()])] {
        ran.refused(3, &["127.0.0.1:1", "check host and port", "Nothing was"]);
        assert!(!ran.err.contains("secret") && !ran.out.contains("secret"), "{}", ran.err);
    }
}
