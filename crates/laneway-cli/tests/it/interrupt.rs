//! Ctrl-C in the middle: what was handed over settles, the load says what it came to, and exits with 130.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::program::{Data, Ran, laneway, store};

#[test]
fn drains_and_reports() {
    let Some(store) = store() else { return };
    let data = Data::of(500);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let arguments = [&["load", "--json", "--url", store.url()], &schemas[..], &["-"]].concat();
    let mut load = laneway(&arguments);
    let mut load = load.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Standard input stays open: without the interrupt the load would wait for more for ever.
    let mut input = load.stdin.take().unwrap();
    let lines = data.lines();
    input.write_all((lines.join("\n") + "\n").as_bytes()).unwrap();

    let mut progress = BufReader::new(load.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("documents, ") {
        assert!(progress.read_line(&mut said).unwrap() > 0, "no progress was told:\n{said}");
    }
    assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
    let ran = Ran::from(load.wait_with_output().unwrap());
    drop(input);
    let object = ran.object();
    assert_eq!((ran.code, &object["failed"]), (Some(130), &0.into()), "{object}");
    assert!(object["inserted"].as_u64() > Some(0), "{object}");
}
