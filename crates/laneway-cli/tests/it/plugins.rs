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
    let result = run(&[&["plugin", "compile"], &schemas[1..], &["-o", folder]].concat());
    assert_eq!(result.code, Some(0), "{}", result.err);
    let documents = data.documents();
    let documents = documents.to_str().unwrap();
    let compiled = run(&["extract", "--plugins", folder, documents]);
    let direct = run(&[&["extract"], &schemas[..], &[documents]].concat());
    assert_eq!((compiled.code, direct.code), (Some(0), Some(0)), "{}{}", compiled.err, direct.err);
    assert_eq!(compiled.out.lines().count(), 300);
    assert!(compiled.out.lines().all(|line| line.starts_with("{\"projectName\":")), "{}", compiled.out);
    assert!(compiled.out == direct.out, "the two differ");
}

/// The core schema, or one that an author changed.
fn schema(data: &Data, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let files = data.schemas();
    let core = files.iter().find(|file| file.contains("sample-1.0")).unwrap();
    let mut schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(core).unwrap()).unwrap();
    change(&mut schema);
    data.file("changed.json", schema.to_string())
}

#[test]
fn compiling_reports_its_costs() {
    let data = Data::of(100);
    let core = schema(&data, |_| {});
    let folder = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let (single, again, bundle) = (folder("single"), folder("again"), folder("bundle"));
    let result = run(&["plugin", "compile", &core, "-o", &single, "--only", "students", "schools"]);
    assert_eq!(result.code, Some(0), "{}", result.err);
    assert!(result.out.starts_with("2 plugins in ") && result.out.contains("KiB  ed-fi/students"), "{}", result.out);
    run(&["plugin", "compile", &core, "-o", &again, "--only", "ed-fi/SCHOOLS", "--only", "students"]);
    for file in ["plugins.json", "ed-fi.students.wasm", "ed-fi.schools.wasm"] {
        let read = |folder: &str| std::fs::read(std::path::Path::new(folder).join(file)).unwrap();
        assert!(read(&single) == read(&again), "{file} differs");
        assert!(read(&single).len() <= 64 << 10);
    }
    let result = run(&["plugin", "compile", &core, "-o", &bundle, "--bundle"]);
    assert!(result.code == Some(0) && result.out.starts_with("1 plugins in "), "{}{}", result.out, result.err);
    run(&["plugin", "compile", &core, "-o", &bundle, "--only", "pupils"]).refused(2, &["pupils"]);

    let list = run(&["plugin", "list", &single]);
    let line = list.out.lines().find(|line| line.starts_with("ed-fi/students")).unwrap();
    assert!(list.code == Some(0) && line.contains("dms-0.7") && list.out.contains("2 plugins"), "{}", list.out);
    let inspect = run(&["plugin", "inspect", &bundle, "--only", "students"]);
    assert_eq!(inspect.code, Some(0), "{}", inspect.err);
    assert!(inspect.out.contains("identity $.studentUniqueId") && !inspect.out.contains("ed-fi/schools"));
    run(&["plugin", "inspect", &single, "--only", "pupils"]).refused(2, &["no plugin serves pupils"]);
}

#[test]
fn a_changed_identity_shows_in_the_diff() {
    let data = Data::of(300);
    let (same, documents) = (schema(&data, |_| {}), data.documents());
    let documents = documents.to_str().unwrap();
    let old = data.file("old.json", std::fs::read(&same).unwrap());
    let none = run(&["plugin", "diff", &old, &same, "--documents", documents]);
    assert_eq!(none.code, Some(0), "{}{}", none.out, none.err);
    assert!(none.out.contains("0 of them change") && none.out.contains("\nids        0 of "), "{}", none.out);

    let new = schema(&data, |schema| {
        let students = &mut schema["projectSchema"]["resourceSchemas"]["students"];
        students["identityJsonPaths"] = serde_json::json!(["$.lastSurname"]);
    });
    let changed = run(&["plugin", "diff", &old, &new, "--documents", documents, "--examples", "2"]);
    assert_eq!(changed.code, Some(1), "{}{}", changed.out, changed.err);
    let out = &changed.out;
    assert!(out.contains("ed-fi/students: identity changes") && out.contains("- identity $.studentUniqueId"), "{out}");
    assert!(out.contains("+ identity $.lastSurname") && out.contains("1 of them change"), "{out}");
    let students = data.lines().iter().filter(|line| line.contains("\"endpoint\":\"students\"")).count();
    let counted = format!("{students} get another identity, 0 are refused now");
    assert!(students > 0 && out.contains(&counted), "`{counted}` is not in {out}");
    let examples = out.lines().filter(|line| line.starts_with("    document ") && line.contains("becomes")).count();
    assert_eq!(examples, 2, "{out}");
}

#[test]
fn a_stores_documents_show_a_change_too() {
    let Some(database) = crate::program::store() else { return };
    let data = Data::of(200);
    let documents = data.documents();
    let loaded = data.load(database.url(), &[documents.to_str().unwrap()]);
    assert!(loaded.code == Some(0), "{}", loaded.err);
    let old = data.file("old.json", std::fs::read(schema(&data, |_| {})).unwrap());
    let new = schema(&data, |schema| {
        schema["projectSchema"]["resourceSchemas"]["schools"]["securableElements"] = serde_json::json!({});
    });
    let changed = run(&["plugin", "diff", &old, &new, "--url", database.url()]);
    assert_eq!(changed.code, Some(1), "{}{}", changed.out, changed.err);
    let out = &changed.out;
    assert!(out.contains("ed-fi/schools: security changes") && out.contains("ids        0 of "), "{out}");
    assert!(!out.contains(" 0 get other security elements") && !out.contains("documents  0 compared"), "{out}");
}

#[test]
fn good_plugins_pass_the_check_and_are_measured() {
    let data = Data::of(200);
    let core = schema(&data, |_| {});
    let documents = data.documents();
    let documents = documents.to_str().unwrap();
    let folder = data.path().join("plugins");
    let folder = folder.to_str().unwrap();
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().skip(1).map(String::as_str).collect();
    run(&[&["plugin", "compile"], &schemas[..], &["--bundle", "-o", folder]].concat());
    let checked = run(&["plugin", "check", folder, "--documents", documents, "--malformed", "2000"]);
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    for line in ["manifests ", "documents      200 tried  ok", "malformed     2000 tried  ok", "verdict    good"] {
        assert!(checked.out.contains(line), "`{line}` is not in {}", checked.out);
    }
    let imagined = run(&["plugin", "check", &core, "--malformed", "500"]);
    assert_eq!(imagined.code, Some(0), "{}{}", imagined.out, imagined.err);
    let nothing = data.file("nothing.ndjson", "");
    let unchecked = run(&["plugin", "check", &core, "--documents", &nothing]);
    let verdict = "verdict    nothing found, but not checked: documents, malformed, limits; name good documents";
    assert!(unchecked.code == Some(0) && unchecked.out.contains(verdict), "{}{}", unchecked.out, unchecked.err);
    let measured = run(&["plugin", "bench", folder, "--documents", documents, "--rounds", "1"]);
    assert_eq!(measured.code, Some(0), "{}", measured.err);
    let all = measured.out.lines().find(|line| line.starts_with("all ")).unwrap();
    let figures: Vec<f64> = all.split_whitespace().skip(1).map(|figure| figure.parse().unwrap()).collect();
    let [documents, bytes, p50, p99, parse, refused] = figures[..] else { panic!("{all}") };
    assert!(documents == 200.0 && bytes > 100.0 && p50 > 0.5 && p99 >= p50 && parse > 0.1 && refused == 0.0, "{all}");
    assert!(measured.out.contains("P99 us") && measured.out.contains("KiB resident per instance"), "{}", measured.out);
}

#[test]
fn wrong_cases_and_wrong_plugins_fail_the_check() {
    let data = Data::of(100);
    let core = schema(&data, |_| {});
    let case = |expected: &str| {
        let body = r#"{\"studentUniqueId\":\"1\",\"studentUniqueId\":\"2\"}"#;
        format!(
            r#"{{"name":"twice","schemas":["s"],"project":"ed-fi","endpoint":"students","body_text":"{body}","expected":{{"error":"{expected}"}}}}"#
        )
    };
    let check = |file: &str| run(&["plugin", "check", &core, "--vectors", file, "--schemas", "s", "--malformed", "10"]);
    let good = check(&data.file("good.ndjson", case("duplicate-property")));
    assert!(good.code == Some(0) && good.out.contains("vectors          1 tried  ok"), "{}{}", good.out, good.err);
    let bad = check(&data.file("bad.ndjson", case("identity-missing")));
    assert_eq!(bad.code, Some(1), "{}", bad.err);
    assert!(bad.out.contains("twice: expected") && bad.out.contains("REFUSED: 1 findings"), "{}", bad.out);
    let junk = data.file("junk.wasm", "junk");
    let refused = run(&["plugin", "check", &junk]);
    assert!(refused.code == Some(1) && refused.out.contains("not a WebAssembly file"), "{}", refused.out);
    run(&["plugin", "pack", &junk, "-o", "x.wasm"]).refused(2, &["junk.wasm", "Nothing was written"]);
}

/// A program that asks and waits for the answer gets it before it asks again.
#[test]
fn extract_prints_line_by_line() {
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

#[test]
fn a_diff_needs_two_sets_of_plugins() {
    for arguments in [&["plugin", "diff"][..], &["plugin", "diff", "old"]] {
        run(arguments).refused(2, &["NEW"]);
    }
}
