//! What earthmover writes, loaded as it is. `cargo xtask earthmover` brings the program and runs this test.

use std::process::{Command, Stdio};

use crate::program::{Data, run_command, store};

/// Its configuration, sources and templates.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/earthmover");

#[test]
fn what_earthmover_writes_is_stored() {
    let Some(earthmover) = std::env::var_os("LANEWAY_EARTHMOVER") else {
        // No failure where everything is required: it is 600 MB of Python, and is tried by a command of its own.
        eprintln!("not tried: cargo xtask earthmover brings earthmover");
        return;
    };
    let Some(store) = store() else { return };
    let data = Data::of(100);
    let (out, state) = (data.path().join("out"), data.path().join("state.csv"));
    let parameters = serde_json::json!({"OUT": out, "STATE": state}).to_string();
    let mut command = Command::new(earthmover);
    command.args(["run", "-c", "earthmover.yaml", "--params", &parameters]).current_dir(PROJECT).stdin(Stdio::null());
    let made = run_command(command);
    assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
    let mut files: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["districts.jsonl", "schools.ndjson", "students.json"], "{}{}", made.out, made.err);

    let result = data.load(store.url(), &["--json", out.to_str().unwrap()]);
    assert_eq!(result.code, Some(0), "{}", result.err);
    let object = result.object();
    assert_eq!((&object["inserted"], &object["updated"], &object["superseded"]), (&5.into(), &1.into(), &1.into()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sql = "SELECT string_agg(coalesce(edfidoc->>'nameOfInstitution', edfidoc->>'firstName'), '; ' ORDER BY edfidoc->>'schoolId', \
               edfidoc->>'studentUniqueId') FROM dms.document";
    let rows = runtime.block_on(laneway_postgres_tools::run_script(store.config(), sql)).unwrap();
    let names = "Ash School (renamed); Elm \"old\" School, East; Zo\u{eb}; Ann; North";
    assert_eq!(rows[0][0].as_deref(), Some(names));
}
