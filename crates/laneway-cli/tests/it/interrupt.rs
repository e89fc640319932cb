//! What ends a load in the middle: Ctrl-C (what was submitted settles, the load prints its summary and exits with
//! 130), and a server that goes away.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use laneway_embedded::{Server, Settings};
use laneway_tests::need;
use laneway_tests::proxy::Proxy;

use crate::program::{Data, RunResult, laneway, run, store};

/// Much longer than an interrupted load takes (five seconds), and less than a silent server is waited for.
const SILENCE_MAX: Duration = Duration::from_secs(25);
/// Many more documents than a load tries without a server.
const DOCUMENTS_MAX: usize = 1_000_000;

/// A load under way that reads from us, and has reported progress.
struct Underway {
    load: Child,
    input: ChildStdin,
    /// Its standard error from now on.
    stderr: BufReader<ChildStderr>,
}

impl Underway {
    fn start(data: &Data, url: &str, more: &[&str]) -> Self {
        let schemas = data.schemas();
        let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
        let arguments = [&["load", "--json", "--url", url], more, &schemas[..], &["-"]].concat();
        let mut load = laneway(&arguments);
        let mut load = load.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = load.stdin.take().unwrap();
        input.write_all((data.lines().join("\n") + "\n").as_bytes()).unwrap();
        let mut stderr = BufReader::new(load.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("documents, ") {
            assert!(stderr.read_line(&mut line).unwrap() > 0, "no progress was reported:\n{line}");
        }
        Self { load, input, stderr }
    }
}

#[test]
fn an_interrupted_load_drains_and_reports() {
    let Some(store) = store() else { return };
    let data = Data::of(500);
    // Standard input stays open: without the interrupt the load would wait for more for ever.
    let Underway { load, input, .. } = Underway::start(&data, store.url(), &[]);
    assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
    let result = RunResult::from(load.wait_with_output().unwrap());
    drop(input);
    let object = result.object();
    assert_eq!((result.code, &object["failed"]), (Some(130), &0.into()), "{object}");
    assert!(object["inserted"].as_u64() > Some(0), "{object}");
}

/// What it would wait for otherwise: the server's answer, for 45 s, and then another connection's, for longer.
#[test]
fn an_interrupted_load_ends_although_its_server_is_silent() {
    let Some(store) = store() else { return };
    let Some(server) = need::server() else { return };
    let tcp = server.tcp_config().with_database(store.name()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let proxy = runtime.block_on(Proxy::before(&tcp));
    let data = Data::of(500);
    let Underway { load, mut input, stderr } = Underway::start(&data, proxy.config().url(), &[]);
    proxy.set_silent(true);
    // New ones, which the server is asked about and does not answer; fewer than make the load wait for them.
    for number in 0..20 {
        writeln!(
            input,
            r#"{{"project":"ed-fi","endpoint":"students","body":{{"studentUniqueId":"silent {number}"}}}}"#
        )
        .unwrap();
    }
    assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
    let interrupted = Instant::now();
    // Its standard error was read until here; the rest must not fill the pipe.
    drop(stderr);
    let result = RunResult::from(load.wait_with_output().unwrap());
    drop(input);
    assert_eq!(result.code, Some(130));
    assert!(interrupted.elapsed() < SILENCE_MAX, "it waited for the server");
}

#[test]
fn an_interrupted_load_does_not_wait_for_a_silent_server_to_be_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://{}/d?connect_timeout=60", listener.local_addr().unwrap());
    let data = Data::of(10);
    let (schemas, documents) = (data.schemas(), data.documents());
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let arguments = [&["load", "--url", &url], &schemas[..], &[documents.to_str().unwrap()]].concat();
    let load = laneway(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It is connected, and waits for an answer.
    let _silent = listener.accept().unwrap();
    assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
    let interrupted = Instant::now();
    let result = RunResult::from(load.wait_with_output().unwrap());
    assert!(result.code == Some(130) && result.err.contains("Nothing was loaded"), "{:?} {}", result.code, result.err);
    assert!(interrupted.elapsed() < SILENCE_MAX, "it waited for the server");
}

#[test]
fn a_server_that_goes_away_ends_the_load() {
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
    let Underway { mut load, mut input, mut stderr } = Underway::start(&data, store.url(), &["--outage-max", "2"]);
    drop(server);
    // Once the load gives up, there is no reader for what we write.
    let lines = data.lines();
    let written = lines.iter().cycle().take(DOCUMENTS_MAX).all(|line| writeln!(input, "{line}").is_ok());
    assert!(!written, "the load goes on without a server");
    drop(input);
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!(load.wait().unwrap().code(), Some(3), "{text}");
    assert!(text.contains("cannot be reached any more") && text.contains("Start it"), "{text}");
    store.keep();
}
