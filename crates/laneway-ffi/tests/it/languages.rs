//! The smallest bindings in other languages (`tests/python`, `tests/node`), against the echo and a real store: what they do is
//! all that a binding needs.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use laneway_embedded::{Server, Settings as ServerSettings};
use laneway_model::OutcomeKind;
use laneway_postgres_tools::read_content;
use laneway_sample::{SCHEMAS, Settings, generate};
use serde_json::{Value, json};

use crate::c_programs::library;
use crate::generated::repository;
use crate::need::skip;

/// Far longer than a run takes on a busy machine.
const RUN_MAX: Duration = Duration::from_secs(300);

#[test]
fn python_needs_no_more_than_the_abi() {
    let mut python = Command::new("python3");
    if !answers(python.arg("--version")) {
        return skip("python3 is not installed");
    }
    let mut program = Command::new("python3");
    // No compiled copies beside the sources.
    program.arg("-B").arg(repository().join("tests/python/check.py"));
    check(program);
}

#[test]
fn node_needs_no_more_than_the_abi() {
    let mut program = Command::new("node");
    if let Some(folder) = std::env::var_os("LANEWAY_KOFFI") {
        program.env("NODE_PATH", folder);
    }
    let mut koffi = Command::new("node");
    koffi.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).args(["-e", "require('koffi')"]);
    if !answers(&mut koffi) {
        return skip("node with koffi is not installed (LANEWAY_KOFFI=$(cargo xtask koffi))");
    }
    program.arg(repository().join("tests/node/check.js"));
    check(program);
}

fn answers(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Runs a language's check, whose documents must be in the store afterwards.
fn check(mut program: Command) {
    let server = match Server::start(&ServerSettings::for_tests()) {
        Ok(server) => server,
        Err(error) => return skip(&format!("no server: {error}")),
    };
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = threads.block_on(server.create_database("laneway_test")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (schemas, documents) = (folder.path().join("schemas"), folder.path().join("documents.ndjson"));
    std::fs::create_dir(&schemas).unwrap();
    for schema in SCHEMAS {
        std::fs::write(schemas.join(schema.file_name), schema.text).unwrap();
    }
    let expected = write_documents(&documents);
    program.arg(library()).arg(database.url()).arg(&schemas).arg(&documents);
    let printed = output(program);
    let counts: Value = serde_json::from_str(printed.lines().last().unwrap_or_default()).unwrap();
    assert_eq!(counts, expected);
    let content = threads.block_on(read_content(database.config())).unwrap();
    assert_eq!(content["document"].rows, expected[OutcomeKind::Inserted.as_str()]);
}

/// Writes generated documents as lines, faulty ones among them; returns how many should end how.
fn write_documents(file: &Path) -> Value {
    let (mut lines, mut counts) = (String::new(), serde_json::Map::new());
    let settings = Settings { documents: 1_000, invalid: 0.05, ..Settings::default() };
    for document in generate(&settings).unwrap() {
        let line = json!({"project": document.project, "endpoint": document.endpoint, "body_text": document.body});
        writeln!(lines, "{line}").unwrap();
        let count = counts.entry(document.outcome.as_str()).or_insert(0.into());
        *count = (count.as_u64().unwrap() + 1).into();
    }
    std::fs::write(file, lines).unwrap();
    counts.into()
}

/// What a program prints, which must end and succeed.
fn output(mut program: Command) -> String {
    program.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = program.spawn().unwrap();
    let id = child.id();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(RUN_MAX) else {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        panic!("{program:?} did not end within {RUN_MAX:?}");
    };
    let output = output.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program:?}: {}\n{out}{err}", output.status);
    out.into_owned()
}
