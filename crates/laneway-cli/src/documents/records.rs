//! The documents of one input as texts, whatever form they stand in, each with its place.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::input::Input;
use super::kind::Form;
use super::lines::{LINE_BYTES_MAX, Lines, Raw};
use super::opened::{OpenError, Opened};
use super::values::Values;

/// Reads one input.
pub(super) struct Records {
    split: Split,
    /// Bytes of the text before what `split` sees.
    passed: u64,
    bytes: Arc<AtomicU64>,
    items: u64,
}

enum Split {
    Lines { lines: Lines<Box<dyn BufRead>>, line: u64 },
    Values(Values<Box<dyn BufRead>>),
    Items(Values<Box<dyn BufRead>>),
}

/// Where a record stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// Which item of the array, from 0.
    pub(super) item: Option<u64>,
    /// Bytes of the decompressed text before it.
    pub(super) offset: u64,
    /// Its own bytes.
    pub(super) bytes: u64,
}

impl Records {
    /// Opens an input.
    pub(super) fn open(input: &Input) -> Result<Self, OpenError> {
        Ok(Self::of(Opened::open(input)?))
    }

    /// What is read from it when it is open.
    pub(super) fn of(Opened { text, form, passed, bytes, .. }: Opened) -> Self {
        let split = match form {
            Form::Lines => Split::Lines { lines: Lines::new(text, LINE_BYTES_MAX), line: 0 },
            Form::Array => Split::Items(Values::of_arrays(text, LINE_BYTES_MAX)),
            Form::Values => Split::Values(Values::in_a_row(text, LINE_BYTES_MAX)),
        };
        Self { split, passed, bytes, items: 0 }
    }

    /// Bytes read from the input up to now.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The line that has been reached.
    pub(super) fn line(&self) -> u64 {
        match &self.split {
            Split::Lines { line, .. } => *line,
            Split::Values(values) | Split::Items(values) => values.line(),
        }
    }

    /// The next record that is not empty; `None` at the end of the input.
    ///
    /// # Errors
    /// The input.
    pub(super) fn next(&mut self) -> io::Result<Option<(Place, Raw<'_>)>> {
        let Self { split, passed, items, .. } = self;
        match split {
            Split::Lines { lines, line } => Ok(lines.next_filled(line)?.map(|(offset, raw)| {
                let bytes = raw.bytes();
                (Place { line: *line, item: None, offset: *passed + offset, bytes }, raw)
            })),
            Split::Values(values) => next_value(values, *passed, None),
            Split::Items(values) => {
                let item = *items;
                *items += 1;
                next_value(values, *passed, Some(item))
            }
        }
    }
}

fn next_value<R: BufRead>(
    values: &mut Values<R>,
    passed: u64,
    item: Option<u64>,
) -> io::Result<Option<(Place, Raw<'_>)>> {
    if !values.advance()? {
        return Ok(None);
    }
    let begin = values.begin();
    let place = Place { line: begin.line, item, offset: passed + begin.offset, bytes: begin.bytes };
    Ok(Some((place, values.value())))
}
