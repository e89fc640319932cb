//! What ends a load in the middle: Ctrl-C (what was handed over settles, the load says what it came to and exits with
//! 130), and a server that goes away.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use laneway_embedded::{Server, Settings};
use laneway_tests::need;

use crate::program::{Data, Ran, laneway, run, store};

/// A load under way that reads from us, and has said that documents are stored.
struct Underway {
    load: Child,
    input: ChildStdin,
    /// What it says on standard error from now on.
    said: BufReader<ChildStderr>,
}

impl Underway {
    fn start(data: &Data, url: &str) -> Self {
        let schemas = data.schemas();
        let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
        let arguments = [&["load", "--json", "--url", url], &schemas[..], &["-"]].concat();
        let mut load = laneway(&arguments);
        let mut load = load.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = load.stdin.take().unwrap();
        input.write_all((data.lines().join("\n") + "\n").as_bytes()).unwrap();
        let mut said = BufReader::new(load.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("documents, ") {
            assert!(said.read_line(&mut line).unwrap() > 0, "no progress was told:\n{line}");
        }
        Self { load, input, said }
    }
}

#[test]
fn drains_and_reports() {
    let Some(store) = store() else { return };
    let data = Data::of(500);
    // Standard input stays open: without the interrupt the load would wait for more for ever.
    let Underway { load, input, .. } = Underway::start(&data, store.url());
    assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
    let ran = Ran::from(load.wait_with_output().unwrap());
    drop(input);
    let object = ran.object();
    assert_eq!((ran.code, &object["failed"]), (Some(130), &0.into()), "{object}");
    assert!(object["inserted"].as_u64() > Some(0), "{object}");
}

#[test]
fn a_server_that_goes_away_is_told() {
    if need::server().is_none() {
        return;
    }
    let Ok(server) = Server::own(&Settings::for_tests()) else {
        // Another server can be named for the other tests, but not taken away.
        need::skip::<()>("no server of our own can be started");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(server.create_database("laneway_test")).unwrap();
    assert_eq!(run(&["deploy", "--url", store.url()]).code, Some(0));
    let data = Data::of(500);
    let Underway { mut load, mut input, mut said } = Underway::start(&data, store.url());
    drop(server);
    // It stops reading once it knows; then there is nobody to write to.
    while data.lines().iter().all(|line| writeln!(input, "{line}").is_ok()) {}
    drop(input);
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    assert_eq!(load.wait().unwrap().code(), Some(3), "{text}");
    assert!(text.contains("does not answer any more") && text.contains("Bring it up"), "{text}");
    store.keep();
}
