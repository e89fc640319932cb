//! Files of documents, in all forms and compressions: what is read does not depend on the buffer, stands where it is reported
//! to stand, and is what serde reads. The readers are the program's own files.

#![allow(dead_code, reason = "the program uses what is not used here")]

#[path = "../../../crates/laneway-cli/src/documents/endpoint.rs"]
mod endpoint;
#[path = "../../../crates/laneway-cli/src/documents/input.rs"]
mod input;
#[path = "../../../crates/laneway-cli/src/documents/kind.rs"]
mod kind;
#[path = "../../../crates/laneway-cli/src/documents/line.rs"]
mod line;
#[path = "../../../crates/laneway-cli/src/documents/lines.rs"]
mod lines;
#[path = "../../../crates/laneway-cli/src/documents/opened.rs"]
mod opened;
#[path = "../../../crates/laneway-cli/src/documents/peek.rs"]
mod peek;
#[path = "../../../crates/laneway-cli/src/documents/records.rs"]
mod records;
#[path = "../../../crates/laneway-cli/src/documents/values.rs"]
mod values;
#[path = "../../../crates/laneway-cli/src/documents/zstd.rs"]
mod zstd;

use std::io::{BufReader, Cursor, Read as _};
use std::sync::Arc;

use serde_json::value::RawValue;

use endpoint::Endpoint;
use kind::Form;
use line::Line;
use lines::Raw;
use opened::Opened;
use records::Records;

/// What a few bytes may be decompressed to is bounded here alone: files may be as long as they like.
const TEXT_BYTES_MAX: u64 = 1 << 20;
const BUFFERS: [usize; 3] = [1, 7, 4_096];

/// Line, item, offset and text of a document.
type Record = (u64, Option<u64>, u64, Option<Vec<u8>>);

/// Everything that was read, or how far and why no further.
#[derive(PartialEq, Eq, Debug)]
struct Found {
    records: Vec<Record>,
    error: Option<String>,
}

pub(crate) fn run(data: &[u8]) {
    let Some((form, mark, text)) = decompressed(data) else { return };
    // What is no file of documents may be found out earlier or later, by what the buffer shows of it.
    if BUFFERS.iter().any(|buffer| open(data, *buffer).is_none()) {
        return;
    }
    let found = BUFFERS.map(|buffer| read(data, buffer));
    assert_eq!(found[0], found[1], "it depends on the buffer");
    assert_eq!(found[1], found[2], "it depends on the buffer");
    let [found, ..] = found;
    let mut line = 1;
    let mut at = 0;
    for (number, item, offset, record) in &found.records {
        let (offset, Some(record)) = (usize::try_from(*offset).expect("an offset"), record) else { continue };
        assert_eq!(text.get(offset..offset + record.len()), Some(&record[..]), "it stands elsewhere");
        line += text[at..offset].iter().filter(|byte| **byte == b'\n').count() as u64;
        at = offset;
        assert_eq!((*number, item.is_some()), (line, form == Form::Array), "it is on another line");
        parse(record);
    }
    if found.error.is_none() {
        compare(form, &text[mark..], &found);
    }
}

/// The whole text, with as many zeros in place of its mark, whose length is given too; `None`: it cannot be read whole, or is too long for here.
fn decompressed(data: &[u8]) -> Option<(Form, usize, Vec<u8>)> {
    let opened = open(data, 64)?;
    let mark = usize::try_from(opened.passed).ok()?;
    let mut text = vec![0; mark];
    let read = opened.text.take(TEXT_BYTES_MAX).read_to_end(&mut text);
    read.ok().filter(|bytes| (*bytes as u64) < TEXT_BYTES_MAX).map(|_| (opened.form, mark, text))
}

fn open(data: &[u8], buffer: usize) -> Option<Opened> {
    Opened::of(BufReader::with_capacity(buffer, Cursor::new(data.to_vec()))).ok()
}

fn read(data: &[u8], buffer: usize) -> Found {
    let mut records = Records::of(open(data, buffer).expect("what was opened before"));
    let mut found = Found { records: Vec::new(), error: None };
    loop {
        match records.next() {
            Ok(Some((place, raw))) => {
                let text = match raw {
                    Raw::Line(text) => Some(text.to_vec()),
                    Raw::TooLong => None,
                };
                found.records.push((place.line, place.item, place.offset, text));
            }
            Ok(None) => return found,
            Err(error) => {
                found.error = Some(error.to_string());
                return found;
            }
        }
    }
}

fn parse(record: &[u8]) {
    let students = Endpoint { project: Arc::from("ed-fi"), endpoint: Arc::from("students") };
    let named = Line::parse(record, Some(&students));
    match (Line::parse(record, None), named) {
        (Ok(line), named) => assert_eq!(Some(line), named.ok(), "a line that names its resource needs no other name"),
        (Err(error), _) => assert!(!error.to_string().is_empty()),
    }
}

/// What serde takes for values, we find.
fn compare(form: Form, text: &[u8], found: &Found) {
    let texts = || found.records.iter().filter_map(|(_, _, _, text)| text.as_deref());
    let Ok(text) = std::str::from_utf8(text) else { return };
    let expected: Vec<&str> = match form {
        Form::Lines => text.split('\n').filter(|line| !line.trim_ascii().is_empty()).collect(),
        Form::Values => {
            let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
            let Ok(values) = values.collect::<Result<Vec<_>, _>>() else { return };
            values.into_iter().map(RawValue::get).collect()
        }
        Form::Array => {
            let arrays = serde_json::Deserializer::from_str(text).into_iter::<Vec<&RawValue>>();
            let Ok(arrays) = arrays.collect::<Result<Vec<_>, _>>() else { return };
            arrays.into_iter().flatten().map(RawValue::get).collect()
        }
    };
    let expected: Vec<&[u8]> = expected.into_iter().map(str::as_bytes).collect();
    assert_eq!(texts().collect::<Vec<_>>(), expected);
}
