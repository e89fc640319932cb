//! The JSON values of one input that are not lines: the items of an array, or values one after another. Finds where each
//! begins and ends, and reads none of them whole that is longer than a bound.

use std::io::{self, BufRead};

use super::lines::Raw;

/// Reads values into one buffer.
pub(super) struct Values<R> {
    input: R,
    buffer: Vec<u8>,
    bytes_max: usize,
    passed: u64,
    line: u64,
    expected: Expected,
    is_array: bool,
    begin: Begin,
    is_too_long: bool,
}

/// Where a value begins.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Begin {
    /// The bytes of the input before it.
    pub(super) offset: u64,
    /// Its line, from 1.
    pub(super) line: u64,
    /// How long it is.
    pub(super) bytes: u64,
}

/// What comes next but for white space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    /// `[`, or the end.
    Array,
    /// A value, or `]`.
    FirstItem,
    /// A value behind a comma.
    Item,
    /// A comma or `]`.
    Separator,
    /// A value, or the end.
    Value,
}

/// Where the reader is within a value.
#[derive(Clone, Copy)]
enum Within {
    /// Between tokens, at this depth.
    Depth(usize),
    /// In a text, at this depth.
    Text(usize),
    /// In a text, behind a backslash.
    Escape(usize),
    /// In a number or word that stands by itself.
    Scalar,
}

impl<R: BufRead> Values<R> {
    /// The items of an array, or of several one after another.
    pub(super) fn of_arrays(input: R, bytes_max: usize) -> Self {
        Self::new(input, bytes_max, true)
    }

    /// Values one after another.
    pub(super) fn in_a_row(input: R, bytes_max: usize) -> Self {
        Self::new(input, bytes_max, false)
    }

    fn new(input: R, bytes_max: usize, is_array: bool) -> Self {
        let expected = if is_array { Expected::Array } else { Expected::Value };
        let begin = Begin::default();
        Self { input, buffer: Vec::new(), bytes_max, passed: 0, line: 1, expected, is_array, begin, is_too_long: false }
    }

    /// Where the value begins that was reached last.
    pub(super) fn begin(&self) -> Begin {
        self.begin
    }

    /// The line that has been reached.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The value that was reached last. What it is but for its extent is left to its reader.
    pub(super) fn value(&self) -> Raw<'_> {
        if self.is_too_long { Raw::TooLong } else { Raw::Line(&self.buffer) }
    }

    /// Goes to the next value; `false` at the end of the input.
    ///
    /// # Errors
    /// The input; an array that is cut off, or that has something else than a comma between its items.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        if !self.seek_value()? {
            return Ok(false);
        }
        self.begin = Begin { offset: self.passed, line: self.line, bytes: 0 };
        self.is_too_long = self.take_value()?;
        self.begin.bytes = self.passed - self.begin.offset;
        self.expected = if self.is_array { Expected::Separator } else { Expected::Value };
        Ok(true)
    }

    /// Goes to the beginning of the next value, if there is one.
    fn seek_value(&mut self) -> io::Result<bool> {
        loop {
            let Some(byte) = self.skip_space()? else {
                return match self.expected {
                    Expected::Array | Expected::Value => Ok(false),
                    _ => {
                        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the array has no end: the file was cut off"))
                    }
                };
            };
            self.expected = match (self.expected, byte) {
                (Expected::Array, b'[') => Expected::FirstItem,
                (Expected::FirstItem | Expected::Separator, b']') => Expected::Array,
                (Expected::Separator, b',') => Expected::Item,
                (Expected::Value | Expected::FirstItem | Expected::Item, byte) if !b",]}".contains(&byte) => {
                    return Ok(true);
                }
                (expected, byte) => return Err(self.unexpected(expected, byte)),
            };
            self.consume(1);
        }
    }

    fn unexpected(&self, expected: Expected, byte: u8) -> io::Error {
        let wanted = match expected {
            Expected::Array => "nothing more behind the array",
            Expected::FirstItem | Expected::Item | Expected::Value => "a document",
            Expected::Separator => "`,` or `]`",
        };
        let found = char::from(byte).escape_default();
        io::Error::new(io::ErrorKind::InvalidData, format!("line {}: `{found}` where {wanted} should be", self.line))
    }

    /// Takes a value into the buffer; returns whether it is too long for that.
    fn take_value(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let mut within = Within::Depth(0);
        let mut too_long = false;
        loop {
            let available = fill(&mut self.input)?;
            let (used, ended) = match available {
                // A number or word ends with the input.
                [] if matches!(within, Within::Scalar) => return Ok(too_long),
                [] => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends within a document")),
                available => extent(available, &mut within),
            };
            too_long |= self.buffer.len() + used > self.bytes_max;
            if !too_long {
                self.buffer.extend_from_slice(&available[..used]);
            }
            self.line += memchr::memchr_iter(b'\n', &available[..used]).count() as u64;
            self.consume(used);
            if ended {
                return Ok(too_long);
            }
        }
    }

    /// The next byte that is no white space, which is left where it is.
    fn skip_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            let available = fill(&mut self.input)?;
            let space = available.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(available.len());
            let (next, is_end) = (available.get(space).copied(), available.is_empty());
            self.line += memchr::memchr_iter(b'\n', &available[..space]).count() as u64;
            self.consume(space);
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    fn consume(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.passed += bytes as u64;
    }
}

fn fill(input: &mut impl BufRead) -> io::Result<&[u8]> {
    // Twice, as a borrow that is returned cannot be tried again.
    while let Err(error) = input.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    input.fill_buf()
}

/// How many of these bytes are the value's, and whether it ends with them.
fn extent(available: &[u8], within: &mut Within) -> (usize, bool) {
    let mut at = 0;
    while let Some(&byte) = available.get(at) {
        *within = match (*within, byte) {
            (Within::Scalar, b',' | b']' | b'}' | b'[' | b'{' | b'"' | b' ' | b'\t' | b'\r' | b'\n') => {
                return (at, true);
            }
            (Within::Scalar, _) => Within::Scalar,
            (Within::Escape(depth), _) => Within::Text(depth),
            (Within::Text(depth), b'\\') => Within::Escape(depth),
            (Within::Text(0), b'"') | (Within::Depth(1), b'}' | b']') => return (at + 1, true),
            (Within::Text(depth), b'"') => Within::Depth(depth),
            (Within::Text(depth), _) => Within::Text(depth),
            (Within::Depth(depth), b'"') => Within::Text(depth),
            (Within::Depth(depth), b'{' | b'[') => Within::Depth(depth + 1),
            (Within::Depth(depth), b'}' | b']') => Within::Depth(depth - 1),
            (Within::Depth(0), _) => Within::Scalar,
            (Within::Depth(depth), _) => Within::Depth(depth),
        };
        at += 1;
    }
    (at, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<R: BufRead>(mut values: Values<R>) -> (Vec<(u64, Option<String>)>, Option<String>) {
        let mut all = Vec::new();
        loop {
            match values.advance() {
                Ok(true) => {}
                Ok(false) => return (all, None),
                Err(error) => return (all, Some(error.to_string())),
            }
            let value = match values.value() {
                Raw::Line(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
                Raw::TooLong => None,
            };
            all.push((values.begin().line, value));
        }
    }

    fn of_arrays(text: &str, buffered: usize) -> (Vec<(u64, Option<String>)>, Option<String>) {
        all(Values::of_arrays(io::BufReader::with_capacity(buffered, text.as_bytes()), 12))
    }

    fn some(line: u64, text: &str) -> (u64, Option<String>) {
        (line, Some(text.to_owned()))
    }

    #[test]
    fn items_are_found_whatever_the_buffer() {
        for buffered in [1, 2, 3, 64] {
            let (items, error) = of_arrays("[{\"a\":\"]}\"},\n\n {\"b\":[1]} ,3,\"\\\"\", true ]\n", buffered);
            assert_eq!(error, None);
            let wanted =
                [some(1, "{\"a\":\"]}\"}"), some(3, "{\"b\":[1]}"), some(3, "3"), some(3, "\"\\\"\""), some(3, "true")];
            assert_eq!(items, wanted);
            assert_eq!(of_arrays("[]", buffered), (vec![], None));
            assert_eq!(of_arrays("[{}]\n[{}]", buffered), (vec![some(1, "{}"), some(2, "{}")], None));
            let (items, error) = of_arrays("[{\"a\":\"0123456789\"},{}]", buffered);
            assert_eq!((items, error), (vec![(1, None), some(1, "{}")], None));
        }
    }

    #[test]
    fn a_malformed_array_is_read_as_far_as_it_goes() {
        for (text, items, message) in [
            ("[{}", 1, "cut off"),
            ("[", 0, "cut off"),
            ("[{},", 1, "cut off"),
            ("[{},{\"a\":", 1, "within a document"),
            ("[{}\n{}]", 1, "line 2: `{` where `,` or `]`"),
            ("[{},]", 1, "`]` where a document"),
            ("[{}]x", 1, "`x` where nothing more"),
            ("[,{}]", 0, "`,` where a document"),
        ] {
            let (found, error) = of_arrays(text, 64);
            assert_eq!(found.len(), items, "{text}");
            assert!(error.as_ref().is_some_and(|error| error.contains(message)), "{text}: {error:?}");
        }
    }

    #[test]
    fn values_in_a_row_need_nothing_between_them() {
        let text = "{\n \"a\": 1\n}\n{}\n\n{\"b\":2}{} ";
        let (values, error) = all(Values::in_a_row(io::BufReader::with_capacity(2, text.as_bytes()), 100));
        assert_eq!(error, None);
        assert_eq!(values, [some(1, "{\n \"a\": 1\n}"), some(4, "{}"), some(6, "{\"b\":2}"), some(6, "{}")]);
    }

    #[test]
    fn a_value_stands_where_its_offset_says() {
        let text = " [ {\"a\":1} , {} ]";
        let mut values = Values::of_arrays(text.as_bytes(), 100);
        let mut found = Vec::new();
        while values.advance().unwrap() {
            let Begin { offset, bytes, .. } = values.begin();
            let at = &text[offset as usize..][..bytes as usize];
            assert_eq!(values.value(), Raw::Line(at.as_bytes()));
            found.push(at);
        }
        assert_eq!(found, ["{\"a\":1}", "{}"]);
    }
}
