//! Where each line stands, for submitting lines in another order than the files': some bytes a line, never the
//! lines themselves.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use super::inputs::{Input, Inputs};
use super::lines::{LINE_BYTES_MAX, Lines, Raw};
use super::source::Source;
use crate::failure::Failure;

/// Where one line stands.
#[derive(Clone, Copy, Debug)]
struct Position {
    input: u32,
    /// Lines beyond 2^32 of one file are reported as the last of them.
    line: u32,
    offset: u64,
    bytes: u32,
}

/// All lines of the inputs but empty ones, by their number from 0.
#[derive(Debug)]
pub(crate) struct Index {
    inputs: Vec<(Input, Arc<str>)>,
    lines: Vec<Position>,
}

impl Index {
    /// Reads through the inputs.
    ///
    /// # Errors
    /// Standard input (it can be read only once), or an input that cannot be read.
    pub(crate) fn of(inputs: &Inputs) -> Result<Self, Failure> {
        if inputs.all.contains(&Input::Stdin) {
            return Err(Failure::usage(
                "standard input can be read only once, and another order than its own needs it twice",
                "Write it to a file, and name that.",
            ));
        }
        let mut index = Self { inputs: Vec::new(), lines: Vec::new() };
        for input in &inputs.all {
            index.add(input).map_err(|error| {
                Failure::usage(
                    format_args!("cannot read {}: {error}", input.name()),
                    "Nothing was loaded. Check the file.",
                )
            })?;
        }
        Ok(index)
    }

    fn add(&mut self, input: &Input) -> io::Result<()> {
        let number = u32::try_from(self.inputs.len()).map_err(io::Error::other)?;
        self.inputs.push((input.clone(), input.name().into()));
        let mut lines = Lines::new(input.open()?, LINE_BYTES_MAX);
        let mut line = 0_u32;
        loop {
            let offset = lines.passed();
            let Some(raw) = lines.next()? else { return Ok(()) };
            line = line.saturating_add(1);
            // A line that is too long is kept with its beginning, which is reported as too long when it is read.
            let bytes = match raw {
                Raw::Line(text) if text.trim_ascii().is_empty() => continue,
                Raw::Line(text) => text.len(),
                Raw::TooLong => LINE_BYTES_MAX + 1,
            };
            self.lines.push(Position { input: number, line, offset, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) });
        }
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Where the line comes from.
    pub(crate) fn source(&self, number: usize) -> Source {
        let position = &self.lines[number];
        Source { input: Arc::clone(&self.inputs[position.input as usize].1), line: u64::from(position.line), number }
    }

    /// A reader of single lines.
    pub(crate) fn lines(&self) -> IndexedLines<'_> {
        IndexedLines { index: self, open: None, buffer: Vec::new() }
    }
}

/// Reads single lines; keeps the file of the last one open.
pub(crate) struct IndexedLines<'a> {
    index: &'a Index,
    open: Option<(u32, BufReader<File>)>,
    buffer: Vec<u8>,
}

impl IndexedLines<'_> {
    /// The line's text.
    pub(crate) fn read(&mut self, number: usize) -> io::Result<Raw<'_>> {
        let position = self.index.lines[number];
        if position.bytes as usize > LINE_BYTES_MAX {
            return Ok(Raw::TooLong);
        }
        if self.open.as_ref().is_none_or(|(input, _)| *input != position.input) {
            let Input::File(path) = &self.index.inputs[position.input as usize].0 else {
                return Err(io::ErrorKind::Unsupported.into());
            };
            self.open = Some((position.input, BufReader::new(File::open(path)?)));
        }
        self.buffer.resize(position.bytes as usize, 0);
        if let Some((_, file)) = &mut self.open {
            file.seek(SeekFrom::Start(position.offset))?;
            file.read_exact(&mut self.buffer)?;
        }
        Ok(Raw::Line(&self.buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_line_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.ndjson"), "one\n\n  \ntwo\r\n").unwrap();
        std::fs::write(folder.path().join("b.ndjson"), "three").unwrap();
        let index = Index::of(&Inputs::find(&[folder.path().to_path_buf()]).unwrap()).unwrap();
        assert_eq!(index.len(), 3);
        let mut lines = index.lines();
        for (number, wanted, position) in
            [(2, "three", "b.ndjson:1"), (0, "one", "a.ndjson:1"), (1, "two\r", "a.ndjson:4")]
        {
            assert_eq!(lines.read(number).unwrap(), Raw::Line(wanted.as_bytes()));
            assert!(index.source(number).to_string().ends_with(position), "{}", index.source(number));
        }
    }

    #[test]
    fn standard_input_has_one_order() {
        let error = Index::of(&Inputs::find(&["-".into()]).unwrap()).unwrap_err().to_string();
        assert!(error.contains("only once") && error.contains("Write it to a file"), "{error}");
    }
}
