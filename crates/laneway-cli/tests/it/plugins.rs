//! Compiling and extracting, without any database.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::program::{Data, laneway, run};

#[test]
fn a_folder_of_plugins_does_what_the_schemas_do() {
    let data = Data::of(300);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let folder = data.path().join("plugins");
    let folder = folder.to_str().unwrap();
    let ran = run(&[&["plugin", "compile"], &schemas[1..], &["-o", folder]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let documents = data.documents();
    let documents = documents.to_str().unwrap();
    let compiled = run(&["extract", "--plugins", folder, documents]);
    let direct = run(&[&["extract"], &schemas[..], &[documents]].concat());
    assert_eq!((compiled.code, direct.code), (Some(0), Some(0)), "{}{}", compiled.err, direct.err);
    assert_eq!(compiled.out.lines().count(), 300);
    assert!(compiled.out.lines().all(|line| line.starts_with("{\"projectName\":")), "{}", compiled.out);
    assert!(compiled.out == direct.out, "the two differ");
}

/// A program that asks and waits for the answer gets it before it asks again.
#[test]
fn extract_answers_line_by_line() {
    let data = Data::of(120);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let mut extract = laneway(&[&["extract"], &schemas[..]].concat());
    let mut extract = extract.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut questions, mut answers) = (extract.stdin.take().unwrap(), BufReader::new(extract.stdout.take().unwrap()));
    let mut ask = |line: &str| {
        writeln!(questions, "{line}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        serde_json::from_str::<serde_json::Value>(&answer).unwrap()
    };
    for line in data.lines().iter().take(3) {
        assert!(ask(line)["referentialId"].is_string());
    }
    assert_eq!(ask("what?")["error"]["code"], "invalid-line");
    assert_eq!(ask(r#"{"project":"nowhere","endpoint":"e","body":{}}"#)["error"]["code"], "unknown-project");
    assert!(ask(&data.lines()[3])["referentialId"].is_string());
    drop(questions);
    assert!(extract.wait().unwrap().success());
}
