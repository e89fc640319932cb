//! The documents of one input in their order, each a line that names its resource or an error of its own. An input that
//! holds none is one error.

use std::sync::Arc;

use super::input::Input;
use super::line::{Line, LineError};
use super::lines::{LINE_BYTES_MAX, Raw};
use super::opened::OpenError;
use super::records::Records;
use super::source::Source;

/// An input that cannot be read, or broke off.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {input}{place}: {error}")]
pub(crate) struct ReadError {
    input: Arc<str>,
    place: String,
    error: OpenError,
}

impl ReadError {
    pub(super) fn new(input: &Arc<str>, line: u64, error: impl Into<OpenError>) -> Self {
        let place = if line == 0 { String::new() } else { format!(" at or behind line {line}") };
        Self { input: Arc::clone(input), place, error: error.into() }
    }
}

/// Where a document stands, and itself or why the line is none.
pub(crate) type Found<'a> = (Source, Result<Line<'a>, LineError>);

/// Reads one input.
pub(crate) struct Documents<'a> {
    input: &'a Input,
    name: Arc<str>,
    records: Records,
    is_first: bool,
}

impl<'a> Documents<'a> {
    /// Opens an input.
    ///
    /// # Errors
    /// When it cannot be opened, or is a file of another kind.
    pub(crate) fn open(input: &'a Input) -> Result<Self, ReadError> {
        let name: Arc<str> = input.name().into();
        let records = Records::open(input).map_err(|error| ReadError::new(&name, 0, error))?;
        Ok(Self { input, name, records, is_first: true })
    }

    /// Bytes read from the input up to now.
    pub(super) fn bytes(&self) -> u64 {
        self.records.bytes()
    }

    /// The next document and where it stands, or why a line is none; `None` at the end of the input. `number` counts
    /// them over all inputs.
    ///
    /// # Errors
    /// An input that broke off, or that holds bodies of which nothing says what they are.
    pub(crate) fn next(&mut self, number: &mut usize) -> Result<Option<Found<'_>>, ReadError> {
        let line = self.records.line();
        let Some((place, raw)) = self.records.next().map_err(|error| ReadError::new(&self.name, line, error))? else {
            return Ok(None);
        };
        let found = parse(&raw, self.input);
        if std::mem::take(&mut self.is_first)
            && let Err(error @ LineError::NoEndpoint) = found
        {
            return Err(ReadError::new(&self.name, 0, OpenError::Nameless(error)));
        }
        let source = Source { input: Arc::clone(&self.name), line: place.line, item: place.item, number: *number };
        *number += 1;
        Ok(Some((source, found)))
    }
}

/// The document in the text of a record.
pub(super) fn parse<'a>(raw: &Raw<'a>, input: &'a Input) -> Result<Line<'a>, LineError> {
    match raw {
        Raw::Line(line) => Line::parse(line, input.endpoint.as_ref()),
        Raw::TooLong => Err(LineError::TooLong(LINE_BYTES_MAX)),
    }
}
