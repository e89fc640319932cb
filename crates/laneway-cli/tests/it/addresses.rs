//! `--url`: every word and variable as `docs/connection.md` has it, and no password in what is printed.

use std::path::Path;

use crate::program::{Data, RunResult, laneway, run};

/// Port 1 is closed: what is read without an error ends there.
const NOWHERE: &str = "cannot connect to";

fn repository(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}

#[test]
fn no_command_prints_a_password() {
    let data = Data::of(1);
    let (schemas, documents) = (data.schemas(), data.documents());
    let (schemas, documents) = (schemas[1..].join(","), documents.to_str().unwrap());
    let case = data.file("case.ndjson", "");
    for address in repository("tests/addresses/malformed.txt").lines() {
        for arguments in [
            &["deploy", "--url", address][..],
            &["load", "--url", address, "--schema", &schemas, documents],
            &["load", "--baseline", "--url", address, "--schema", &schemas, documents],
            &["replay", "--url", address, "--schemas", documents, &case],
            &["plugin", "diff", &schemas, &schemas, "--url", address],
        ] {
            let result: RunResult = laneway(arguments).env("LANEWAY_LOG", "debug").output().unwrap().into();
            let printed = format!("{}{}", result.out, result.err);
            assert_ne!(result.code, Some(0), "{arguments:?}");
            assert!(!printed.contains("hunter2"), "{arguments:?}\n{printed}");
        }
    }
}

/// A row of the document's tables.
struct Row<'a> {
    /// Words, or a variable.
    names: Vec<&'a str>,
    variable: Option<&'a str>,
    treatment: &'a str,
}

fn rows<'a>(document: &'a str, title: &str) -> Vec<Row<'a>> {
    let (_, table) = document.split_once(&format!("### {title}\n")).unwrap();
    let lines = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<Row<'_>> = lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let spelled = |cell: &'a str| cell.split(", ").map(|name| name.trim_matches('`')).collect();
            let variable = (cells.len() == 3).then(|| cells[1].trim_matches('`')).filter(|name| !name.is_empty());
            Row { names: spelled(cells[0]), variable, treatment: cells[cells.len() - 1] }
        })
        .collect();
    assert!(!rows.is_empty(), "{title}");
    rows
}

/// What happens with a value that no word has.
fn check(row: &Row<'_>, name: &str, result: &RunResult) {
    let refusal = row.treatment.strip_prefix("refused: ");
    let refusal = refusal.or_else(|| Some(row.treatment.split_once("otherwise refused: ")?.1));
    match refusal {
        Some(remedy) => result.refused(2, &[&format!("`{name}`"), remedy]),
        None if row.treatment.starts_with("no concern: ") => result.refused(3, &[NOWHERE]),
        // The value is judged by the word; that it is known is all that is asked here.
        None => assert!(!result.err.contains("is no setting") && !result.err.contains("not known"), "{}", result.err),
    }
}

#[test]
fn each_word_and_variable_is_treated_as_the_document_says() {
    let document = repository("docs/connection.md");
    for row in rows(&document, "libpq's words") {
        let name = row.names[0];
        check(&row, name, &run(&["deploy", "--url", &format!("host=127.0.0.1 port=1 user=u {name}='no such value'")]));
        if let Some(variable) = row.variable {
            let mut command = laneway(&["deploy", "--url", "host=127.0.0.1 port=1 user=u"]);
            let result: RunResult = command.env(variable, "no such value").output().unwrap().into();
            check(&row, variable, &result);
        }
    }
    for row in rows(&document, "Further variables") {
        let mut command = laneway(&["deploy", "--url", "host=127.0.0.1 port=1 user=u"]);
        let result: RunResult = command.env(row.names[0], "no such value").output().unwrap().into();
        result.refused(3, &[NOWHERE]);
    }
    let npgsql = rows(&document, "Npgsql's words");
    let first = |row: &Row<'_>| row.names[0].to_owned();
    for row in &npgsql {
        for name in &row.names {
            let result = run(&["deploy", "--url", &format!("Host=127.0.0.1;Port=1;Username=u;{name}=no such value")]);
            check(row, &first(row), &result);
        }
    }
}
