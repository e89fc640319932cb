//! A password that is marked, from every place that it can come from, with every end that a connection can have, everything
//! logged: the mark is in nothing that is printed.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::thread;

use crate::program::{Data, RunResult, laneway, run_command};

/// As no other text holds.
const MARK: &str = "Xyzzy0MarkedSecret";
const USER: &str = "marked";

/// Where a server is looked for.
#[derive(Clone, Debug)]
struct Place {
    port: u16,
    database: String,
    /// The end of a run that comes so far.
    code: i32,
}

/// A way for the password to come in: what `--url` is, a variable, and a file with its name.
struct Source {
    name: &'static str,
    url: String,
    variables: Vec<(&'static str, String)>,
    file: Option<(&'static str, String)>,
}

/// With a file's path for `FILE`.
fn sources(place: &Place) -> Vec<Source> {
    let Place { port, database, .. } = place;
    let bare = format!("host=127.0.0.1 port={port} user={USER} dbname={database}");
    let source = |name, url: String| Source { name, url, variables: Vec::new(), file: None };
    let passfile = || Some(("pgpass", format!("127.0.0.1:{port}:*:{USER}:{MARK}\n")));
    let service =
        || Some(("pg_service.conf", format!("[s]\nhost=127.0.0.1\nport={port}\nuser={USER}\npassword={MARK}\n")));
    vec![
        source("URL", format!("postgres://{USER}:{MARK}@127.0.0.1:{port}/{database}")),
        source("URL's settings", format!("postgres://{USER}@127.0.0.1:{port}/{database}?password={MARK}")),
        source("key=value", format!("{bare} password='{MARK}'")),
        source("Npgsql's", format!("Host=127.0.0.1;Port={port};Username={USER};Database={database};Password={MARK}")),
        Source { variables: vec![("PGPASSWORD", MARK.to_owned())], ..source("a variable", bare.clone()) },
        Source { file: passfile(), ..source("a password file", format!("{bare} passfile=FILE")) },
        Source {
            variables: vec![("PGPASSFILE", "FILE".to_owned())],
            file: passfile(),
            ..source("a variable's password file", bare)
        },
        Source { file: service(), ..source("a service file", format!("service=s servicefile=FILE dbname={database}")) },
    ]
}

/// Commands that connect, each with what it is given behind `--url`.
fn commands(data: &Data) -> Vec<Vec<String>> {
    let documents = data.documents().to_str().unwrap().to_owned();
    let schemas = data.schemas();
    let load =
        |mode: &str| [&["load".to_owned(), mode.to_owned()], &schemas[..], std::slice::from_ref(&documents)].concat();
    let one = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    vec![
        load("--json"),
        load("--single"),
        [one(&["store", "check"]), schemas.clone()].concat(),
        one(&["store", "inspect"]),
        one(&["deploy"]),
    ]
}

/// An address with one more setting: a word in libpq's spelling, and its value.
fn with(url: &str, option: Option<(&str, &str)>) -> String {
    let Some((word, value)) = option else { return url.to_owned() };
    let is_npgsql = url.starts_with("Host");
    let word = match word {
        "sslmode" if is_npgsql => "SSL Mode",
        "connect_timeout" if is_npgsql => "Timeout",
        word => word,
    };
    let between = match url {
        url if is_npgsql && url.contains(';') => ";",
        url if url.starts_with("postgres") && url.contains('?') => "&",
        url if url.starts_with("postgres") => "?",
        _ => " ",
    };
    format!("{url}{between}{word}={value}")
}

fn run(command: &[String], source: &Source, data: &Data, option: Option<(&str, &str)>) -> RunResult {
    let file = source.file.as_ref().map(|(name, content)| {
        let path = data.file(name, content);
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    });
    let filled = |text: &str| text.replace("FILE", file.as_deref().unwrap_or_default());
    let url = with(&filled(&source.url), option);
    let mut program = laneway(&[]);
    program.args(command).args(["--url", &url]).env("LANEWAY_LOG", "trace").stdin(Stdio::null());
    for (name, value) in &source.variables {
        program.env(name, filled(value));
    }
    run_command(program)
}

/// Runs all commands with the password from everywhere; none prints it.
#[track_caller]
fn check(data: &Data, commands: &[Vec<String>], place: &Place, option: Option<(&str, &str)>) {
    for source in sources(place) {
        for command in commands {
            let result = run(command, &source, data, option);
            let printed = format!("{}{}", result.out, result.err);
            let what = format!("{} {}, {place:?} {option:?}", command[..2.min(command.len())].join(" "), source.name);
            assert!(!printed.contains(MARK), "{what}:\n{printed}");
            assert_eq!(result.code, Some(place.code), "{what}:\n{printed}");
        }
    }
}

/// A server that says the same to everyone: a message of PostgreSQL's, or no word of it.
fn saying(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Ends with the process: it waits for clients.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 1_024]).and_then(|_| stream.write_all(answer));
            // What else the client sends is read to its end, so that it reads the answer.
            let _ = stream.read(&mut [0; 1_024]);
        }
    });
    address
}

/// `E`, a length, and fields that end with a NUL each.
const REFUSAL: &[u8] = b"E\0\0\0\x31SFATAL\0VFATAL\0C28P01\0Mpassword is not right\0\0";

fn nowhere(port: u16) -> Place {
    Place { port, database: "d".to_owned(), code: 3 }
}

#[test]
fn a_server_that_is_not_there_or_refuses_is_reported_without_the_password() {
    let data = Data::of(5);
    let commands = commands(&data);
    check(&data, &commands, &nowhere(1), None);
    check(&data, &commands[..1], &nowhere(saying(REFUSAL).port()), Some(("sslmode", "disable")));
    // No encryption where it is asked for, and no words of PostgreSQL at all.
    check(&data, &commands[..1], &nowhere(saying(b"N").port()), Some(("sslmode", "require")));
    check(
        &data,
        &commands[..1],
        &nowhere(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n").port()),
        Some(("connect_timeout", "2")),
    );
}

#[test]
fn an_option_that_is_wrong_is_reported_without_the_password() {
    let data = Data::of(5);
    let wrong = Place { code: 2, ..nowhere(1) };
    check(&data, &commands(&data)[..1], &wrong, Some(("sslmode", "no-such-mode")));
}
