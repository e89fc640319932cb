//! Documents in the files that people have: bodies by themselves, arrays, compressed files, pipes; and files of other kinds.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::value::RawValue;

use crate::program::{Data, RunResult, laneway, run, run_command, store};

/// Nothing listens there: what is refused is refused before it matters.
const NOWHERE: &str = "postgres://someone@127.0.0.1:1/data";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    compressed.write_all(text).unwrap();
    compressed.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The bodies of a data set's files as they are written, each with the file's number and endpoint, in order.
fn bodies(data: &Data) -> Vec<(String, Vec<String>)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(data.documents()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let body = |line: &str| {
        let line: BTreeMap<String, &RawValue> = serde_json::from_str(line).unwrap();
        line["body"].get().to_owned()
    };
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            (file.file_stem().unwrap().to_str().unwrap().to_owned(), text.lines().map(body).collect())
        })
        .collect()
}

/// A file of these bodies in one of the forms, by turns.
fn write_form(folder: &Path, turn: usize, name: &str, bodies: &[String]) {
    let lines = |end: &str| bodies.iter().map(|body| format!("{body}{end}")).collect::<String>();
    let array = format!("[\n  {}\n]\n", bodies.join(",\n  "));
    let (ending, text) = match turn % 8 {
        0 => (".jsonl", lines(" \n").into_bytes()),
        1 => (".ndjson", format!("\u{feff}{}", lines("\r\n")).into_bytes()),
        2 => (".json", array.into_bytes()),
        3 => (".jsonl.gz", gzip(lines("\n").as_bytes())),
        4 => (".json.zst", zstd(format!("\u{feff}{array}").as_bytes())),
        5 => {
            (".json", bodies.iter().map(|body| body.replacen('{', "{\n  ", 1) + "\n").collect::<String>().into_bytes())
        }
        6 => (".JSONL.GZ", [gzip(lines("\n").as_bytes()), gzip(b"\n")].concat()),
        _ => {
            // As lightbeam has them, the parts of an endpoint in a folder.
            let folder = folder.join(name);
            std::fs::create_dir(&folder).unwrap();
            return std::fs::write(folder.join("part-1.jsonl"), lines("\n")).unwrap();
        }
    };
    std::fs::write(folder.join(format!("{name}{ending}")), text).unwrap();
}

fn forms(data: &Data) -> PathBuf {
    let folder = data.path().join("forms");
    std::fs::create_dir(&folder).unwrap();
    for (turn, (name, bodies)) in bodies(data).iter().enumerate() {
        write_form(&folder, turn, name, bodies);
    }
    folder
}

fn extract(data: &Data, arguments: &[&str]) -> RunResult {
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    run(&[&["extract"], &schemas[..], arguments].concat())
}

#[test]
fn a_folder_of_all_forms_is_loaded_in_every_order() {
    let data = Data::of(300);
    let folder = forms(&data);
    let folder = folder.to_str().unwrap();
    let of_lines = extract(&data, &[data.documents().to_str().unwrap()]);
    let of_forms = extract(&data, &[folder]);
    assert_eq!(of_forms.code, Some(0), "{}", of_forms.err);
    assert!(of_lines.out == of_forms.out && of_forms.out.lines().count() == 300, "{}", of_forms.out);
    for order in [&[][..], &["--order", "dependent"], &["--shuffle", "3"]] {
        let Some(store) = store() else { return };
        let result = data.load(store.url(), &[order, &["--json", folder]].concat());
        assert_eq!((result.code, &result.object()["inserted"]), (Some(0), &300.into()), "{order:?}: {}", result.err);
    }
}

#[test]
fn a_demo_takes_all_forms() {
    let Some(server) = laneway_tests::need::server() else { return };
    let data = Data::of(300);
    let folder = forms(&data);
    std::fs::remove_dir_all(data.documents()).unwrap();
    std::fs::rename(folder, data.documents()).unwrap();
    let mut demo = laneway(&["demo", "--json", "--data", data.path().to_str().unwrap()]);
    demo.env("LANEWAY_DATABASE_URL", server.config().url());
    let result = run_command(demo);
    assert_eq!(result.code, Some(0), "{}", result.err);
    assert_eq!(result.object()["store"]["equal"], true, "{}", result.err);
}

#[test]
fn bodies_by_themselves_are_of_the_endpoint_that_is_named() {
    let data = Data::of(100);
    let bodies = bodies(&data);
    let (_, years) = bodies.iter().find(|(name, _)| name.ends_with("schoolYears")).unwrap();
    let file = data.file("export.txt", format!("{}\n", years[0]));
    let named = |endpoint: &str| extract(&data, &["--endpoint", endpoint, &file]);
    for endpoint in ["schoolYears", "ed-fi/SCHOOLYEARS"] {
        let result = named(endpoint);
        assert_eq!((result.code, result.out.lines().count()), (Some(0), 1), "{}", result.err);
        assert!(result.out.contains("\"$.schoolYear\""), "{}", result.out);
    }
    named("years").refused(2, &["--endpoint years", "ed-fi/students"]);
    extract(&data, &[&file]).refused(2, &["export.txt", "--endpoint", "students.jsonl", "No document was read"]);
    data.load(NOWHERE, &[&file]).refused(2, &["export.txt", "--endpoint"]);
    // What says itself what it is goes on doing so.
    let line = &data.lines()[0];
    let mixed = data.file("mixed.jsonl", format!("{line}\n{}\n", years[0]));
    let result = extract(&data, &["--endpoint", "schoolYears", &mixed]);
    assert_eq!((result.code, result.out.lines().count()), (Some(0), 2), "{}", result.out);
    assert!(!result.out.contains("error"), "{}", result.out);
}

/// One message names the file and what it is, before anything is loaded; of thousands of lines none is reported.
#[test]
fn a_wrong_kind_of_file_is_one_message() {
    let data = Data::of(100);
    let table: String = (0..5_000).map(|i| format!("{i},Ann,Bee\n")).collect();
    let utf16: Vec<u8> = "\u{feff}{\"a\":1}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, content, verdict) in [
        ("students.csv", table.as_bytes(), "begins with `0,Ann,Bee`"),
        ("students.jsonl", &gzip(table.as_bytes()), "begins with `0,Ann,Bee`"),
        ("students.ndjson", &utf16, "UTF-16"),
        ("students.json", b"PK\x03\x04\x14\0\x06\0", "ZIP archive or an Excel file"),
        ("schools.jsonl", b"BZh91AY&SY", "bzip2"),
        ("schools.json", b"\x89\0\x01\x02", "no text"),
    ] {
        let file = data.file(name, content);
        for result in [extract(&data, &[&file]), data.load(NOWHERE, &[&file])] {
            result.refused(2, &[name, "it holds no documents", verdict, "No document was read"]);
            assert!(result.out.is_empty() && result.err.lines().count() <= 3, "{}{}", result.out, result.err);
        }
    }
    let file = data.file("grades.jsonl", table);
    let documents = data.documents();
    let result = data.load(NOWHERE, &[documents.to_str().unwrap(), &file]);
    result.refused(2, &["grades.jsonl", "it holds no documents"]);
}

#[test]
fn nothing_that_could_be_read_is_no_success() {
    let data = Data::of(100);
    let lines = "{\"project\":\"ed-fi\"\n{\"endpoint\":\"students\"}\n{\"outcome\":\"failed\",\"detail\":\"\",\"source\":\"\"}\n";
    let unread = data.file("unread.ndjson", lines);
    extract(&data, &[&unread]).refused(2, &["none of 3 lines is a document"]);
    let unknown = data.file("unknown.ndjson", "{\"project\":\"nowhere\",\"endpoint\":\"e\",\"body\":{}}\n");
    assert_eq!(extract(&data, &[&unknown]).code, Some(1));
    let empty = data.file("empty.ndjson", "\n");
    assert_eq!(extract(&data, &[&empty]).code, Some(0));
    let some = data.file("some.ndjson", format!("{lines}{}", data.lines()[0]));
    assert_eq!(extract(&data, &[&some]).code, Some(0));

    let Some(store) = store() else { return };
    data.load(store.url(), &[&unread]).refused(2, &["none of 3 lines is a document"]);
    assert_eq!(data.load(store.url(), &[&unknown]).code, Some(1));
    assert_eq!(data.load(store.url(), &[&empty]).code, Some(0));
    assert_eq!(data.load(store.url(), &[&some]).code, Some(1));
}

/// A file that is cut off is read as far as it goes, and is no success.
#[test]
fn a_cut_file_is_reported_where_it_ends() {
    let data = Data::of(100);
    let line = format!("{}\n", data.lines()[0]);
    let compressed = gzip(line.repeat(20_000).as_bytes());
    let file = data.file("cut.ndjson.gz", &compressed[..compressed.len() - 9]);
    let result = extract(&data, &[&file]);
    result.refused(2, &["cut.ndjson.gz at or behind line"]);
    assert!(result.out.lines().count() > 1_000);
    let array = data.file("cut.json", format!("[{line},{line},"));
    let result = extract(&data, &[&array]);
    result.refused(2, &["cut.json at or behind line", "cut off"]);
    assert_eq!(result.out.lines().count(), 2);
}

/// An array is never held whole: each answer is out before the next item is in.
#[test]
fn an_array_is_read_item_by_item() {
    let data = Data::of(100);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let mut extract = laneway(&[&["extract"], &schemas[..]].concat());
    let mut extract = extract.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut items, mut answers) = (extract.stdin.take().unwrap(), BufReader::new(extract.stdout.take().unwrap()));
    for (line, before) in data.lines().iter().take(3).zip(["[", ",", " ,\n"]) {
        write!(items, "{before}{line}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.contains("referentialId"), "{answer}");
    }
    write!(items, "]").unwrap();
    drop(items);
    assert!(extract.wait().unwrap().success());
}

#[cfg(unix)]
fn pipe(data: &Data, name: &str) -> PathBuf {
    let path = data.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once() {
    let Some(store) = store() else { return };
    let data = Data::of(200);
    let path = pipe(&data, "documents.pipe");
    let text = gzip(data.lines().join("\n").as_bytes());
    let writer = std::thread::spawn({
        let path = path.clone();
        move || std::fs::write(path, text).unwrap()
    });
    let result = data.load(store.url(), &["--json", path.to_str().unwrap()]);
    assert_eq!((result.code, &result.object()["inserted"]), (Some(0), &200.into()), "{}", result.err);
    writer.join().unwrap();
}

/// No one writes to the pipe: what is refused is refused without opening it.
#[cfg(unix)]
#[test]
fn what_needs_a_pipe_twice_is_refused_at_once() {
    let data = Data::of(100);
    let path = pipe(&data, "documents.jsonl");
    let path = path.to_str().unwrap();
    for input in [path, "-"] {
        for order in [&["--order", "dependent"][..], &["--order", "retried"], &["--shuffle", "1"]] {
            data.load(NOWHERE, &[order, &[input]].concat()).refused(
                2,
                &["can be read only once, and another order than its own needs it twice", "Write it to a file"],
            );
        }
    }
    std::fs::rename(path, data.documents().join("999-students.jsonl")).unwrap();
    let demo = run(&["demo", "--again", "--data", data.path().to_str().unwrap()]);
    demo.refused(2, &["999-students.jsonl can be read only once, and another load needs it twice"]);
}

#[cfg(unix)]
#[test]
fn what_a_shell_substitutes_is_read_behind_the_schemas() {
    let data = Data::of(100);
    let schemas = data.schemas()[1..].join(" ");
    let mut command = Command::new("bash");
    let laneway = laneway(&[]);
    let program = laneway.get_program().to_str().unwrap();
    let years = bodies(&data).into_iter().find(|(name, _)| name.ends_with("schoolYears")).unwrap().1;
    let line = data.file("years", format!("{}\n", years[0]));
    let script = format!(
        "{program} extract --code-cache off --endpoint schoolYears --schema {schemas} <(cat {line}) <(gzip < {line})"
    );
    command.args(["-c", &script]).stdin(Stdio::null());
    let result = run_command(command);
    assert_eq!((result.code, result.out.lines().count()), (Some(0), 2), "{}", result.err);
}
