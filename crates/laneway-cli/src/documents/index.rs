//! Where each document stands, for submitting them in another order than the files': some bytes a document, never the
//! documents themselves. What is compressed is decompressed into a temporary file, as nothing can be found again in the compressed one.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::input::{Input, Origin};
use super::inputs::Inputs;
use super::line::{Line, LineError};
use super::lines::{LINE_BYTES_MAX, Raw};
use super::opened::Opened;
use super::records::Records;
use super::source::Source;
use super::stream::{ReadError, parse};
use crate::failure::Failure;

/// Why inputs are read twice.
pub(crate) const ANOTHER_ORDER: &str = "another order than its own";

/// Where one document stands.
#[derive(Clone, Copy, Debug)]
struct Position {
    input: u32,
    /// Lines beyond 2^32 of one file are reported as the last of them.
    line: u32,
    offset: u64,
    bytes: u32,
}

/// One input that has been read through.
#[derive(Debug)]
struct Indexed {
    input: Input,
    name: Arc<str>,
    /// The number of its first document, where it is an array.
    first_item: Option<usize>,
    text: Text,
}

/// Where an input's text is.
#[derive(Debug)]
enum Text {
    InFile(PathBuf),
    Decompressed(NamedTempFile),
}

impl Text {
    fn path(&self) -> &Path {
        match self {
            Self::InFile(path) => path,
            Self::Decompressed(file) => file.path(),
        }
    }
}

/// All documents of the inputs by their number from 0, lines that are none included.
#[derive(Debug)]
pub(crate) struct Index {
    inputs: Vec<Indexed>,
    documents: Vec<Position>,
}

impl Index {
    /// Reads through the inputs.
    ///
    /// # Errors
    /// An input that can be read only once, or cannot be read.
    pub(crate) fn of(inputs: &Inputs) -> Result<Self, Failure> {
        inputs.check_repeatable(ANOTHER_ORDER)?;
        let mut index = Self { inputs: Vec::new(), documents: Vec::new() };
        for input in &inputs.all {
            index.add(input).map_err(|error| Failure::usage(error, "Nothing was loaded. Check the file."))?;
        }
        Ok(index)
    }

    fn add(&mut self, input: &Input) -> Result<(), ReadError> {
        let name: Arc<str> = input.name().into();
        let unreadable = |line, error: io::Error| ReadError::new(&name, line, error);
        let opened = Opened::open(input).map_err(|error| ReadError::new(&name, 0, error))?;
        let (mut records, text) = match (opened.is_compressed, &input.origin) {
            (false, Origin::File(path)) => (Records::of(opened), Text::InFile(path.clone())),
            (_, _) => decompress(opened).map_err(|error| unreadable(0, error))?,
        };
        let number = u32::try_from(self.inputs.len()).map_err(|error| unreadable(0, io::Error::other(error)))?;
        let mut first_item = None;
        loop {
            let line = records.line();
            let Some((place, _)) = records.next().map_err(|error| unreadable(line, error))? else { break };
            if place.item == Some(0) {
                first_item = Some(self.documents.len());
            }
            self.documents.push(Position {
                input: number,
                line: u32::try_from(place.line).unwrap_or(u32::MAX),
                offset: place.offset,
                // One that is too long is kept by its length alone.
                bytes: u32::try_from(place.bytes).unwrap_or(u32::MAX),
            });
        }
        self.inputs.push(Indexed { input: input.clone(), name, first_item, text });
        Ok(())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    /// The bytes of all of them.
    pub(crate) fn bytes(&self) -> u64 {
        self.documents.iter().map(|position| u64::from(position.bytes)).sum()
    }

    /// Where the document comes from.
    pub(crate) fn source(&self, number: usize) -> Source {
        let position = &self.documents[number];
        let Indexed { name, first_item, .. } = &self.inputs[position.input as usize];
        let item = first_item.map(|first| (number - first) as u64);
        Source { input: Arc::clone(name), line: u64::from(position.line), item, number }
    }

    /// A reader of single documents.
    pub(crate) fn documents(&self) -> IndexedDocuments<'_> {
        IndexedDocuments { index: self, open: None, buffer: Vec::new() }
    }
}

/// Decompresses an input into a temporary file, which goes with the index.
fn decompress(mut opened: Opened) -> io::Result<(Records, Text)> {
    let file = NamedTempFile::new()?;
    io::copy(&mut opened.text, &mut file.as_file())?;
    let text = BufReader::new(file.reopen()?);
    // Offsets are those in the temporary file, where no mark stands before the text.
    let decompressed = Opened { text: Box::new(text), passed: 0, ..opened };
    Ok((Records::of(decompressed), Text::Decompressed(file)))
}

/// Reads single documents; keeps the file of the last one open.
pub(crate) struct IndexedDocuments<'a> {
    index: &'a Index,
    open: Option<(u32, BufReader<File>)>,
    buffer: Vec<u8>,
}

impl IndexedDocuments<'_> {
    /// The document, and the length of its text; or why the line is none.
    pub(crate) fn read(&mut self, number: usize) -> io::Result<(u64, Result<Line<'_>, LineError>)> {
        let position = self.index.documents[number];
        let Indexed { input, text, .. } = &self.index.inputs[position.input as usize];
        if position.bytes as usize > LINE_BYTES_MAX {
            return Ok((position.bytes.into(), parse(&Raw::TooLong, input)));
        }
        if self.open.as_ref().is_none_or(|(open, _)| *open != position.input) {
            self.open = Some((position.input, BufReader::new(File::open(text.path())?)));
        }
        self.buffer.resize(position.bytes as usize, 0);
        if let Some((_, file)) = &mut self.open {
            file.seek(SeekFrom::Start(position.offset))?;
            file.read_exact(&mut self.buffer)?;
        }
        Ok((position.bytes.into(), parse(&Raw::Line(&self.buffer), input)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::documents::Endpoints;

    #[test]
    fn finds_every_document_again() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.ndjson", b"\xef\xbb\xbf{\"a\":1}\n\n  \n{\"a\":2}\r\n");
        write("b.json", b"[{\"b\":1},\n{\"b\":\n2}]");
        let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        compressed.write_all("\u{feff}{\"c\":1}\n{\"c\":2}".as_bytes()).unwrap();
        write("c.jsonl.gz", &compressed.finish().unwrap());
        write("d.json", b"{\n\"d\":\n1}\n{}\n");
        let mut inputs = Inputs::find(&[folder.path().to_path_buf()]).unwrap();
        inputs.name_endpoints(&Endpoints::of([("p", "e")]), Some("e")).unwrap();
        let index = Index::of(&inputs).unwrap();
        assert_eq!(index.len(), 8);
        let mut documents = index.documents();
        for (number, wanted, position) in [
            (5, "{\"c\":2}", "c.jsonl.gz:2"),
            (0, "{\"a\":1}", "a.ndjson:1"),
            (1, "{\"a\":2}", "a.ndjson:4"),
            (3, "{\"b\":\n2}", "b.json[1]"),
            (4, "{\"c\":1}", "c.jsonl.gz:1"),
            (2, "{\"b\":1}", "b.json[0]"),
            (6, "{\n\"d\":\n1}", "d.json:1"),
            (7, "{}", "d.json:4"),
        ] {
            assert_eq!(documents.read(number).unwrap().1.unwrap().body, wanted);
            assert!(index.source(number).to_string().ends_with(position), "{}", index.source(number));
        }
    }

    #[test]
    fn standard_input_has_one_order() {
        let error = Index::of(&Inputs::find(&["-".into()]).unwrap()).unwrap_err().to_string();
        assert!(error.contains("only once") && error.contains("Write it to a file"), "{error}");
    }
}
