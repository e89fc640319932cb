//! The lines of one input that are not blank, one at a time, none longer than a bound.

use std::io::{self, BufRead};

/// The longest line. Twice the largest document of the default limits, since a body may be written as a text, with
/// escapes; a document over its own limit should reach the runtime and get its outcome there.
pub(crate) const LINE_BYTES_MAX: usize = 48 << 20;

/// One line of an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Raw<'a> {
    /// The line without its line feed.
    Line(&'a [u8]),
    /// The line was longer than the bound; it was passed over.
    TooLong,
}

impl Raw<'_> {
    /// How long it is; a line that is too long is as long as is certain.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Line(line) => line.len() as u64,
            Self::TooLong => LINE_BYTES_MAX as u64 + 1,
        }
    }
}

/// Reads lines into one buffer.
pub(crate) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    bytes_max: usize,
    passed: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `input` that are not blank; one longer than `bytes_max` is reported and skipped, and never held in memory.
    pub(crate) fn new(input: R, bytes_max: usize) -> Self {
        Self { input, buffer: Vec::new(), bytes_max, passed: 0 }
    }

    /// The next line that is not blank, behind the bytes of the input before it; `None` at the end of the input. Counts in
    /// `line` the lines that are passed.
    ///
    /// # Errors
    /// The input.
    pub(super) fn next_filled(&mut self, line: &mut u64) -> io::Result<Option<(u64, Raw<'_>)>> {
        loop {
            let offset = self.passed;
            let Some(too_long) = self.take_line()? else { return Ok(None) };
            *line += 1;
            if too_long {
                return Ok(Some((offset, Raw::TooLong)));
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(Some((offset, Raw::Line(&self.buffer))));
            }
        }
    }

    /// Takes the next line into the buffer; returns whether it is too long for that.
    fn take_line(&mut self) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let mut any = false;
        let mut too_long = false;
        loop {
            let available = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                break;
            }
            any = true;
            let end = memchr::memchr(b'\n', available);
            let piece = &available[..end.unwrap_or(available.len())];
            too_long |= self.buffer.len() + piece.len() > self.bytes_max;
            if !too_long {
                self.buffer.extend_from_slice(piece);
            }
            let used = piece.len() + usize::from(end.is_some());
            self.input.consume(used);
            self.passed += used as u64;
            if end.is_some() {
                break;
            }
        }
        Ok(any.then_some(too_long))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, buffered: usize) -> Vec<Option<String>> {
        let mut lines = Lines::new(io::BufReader::with_capacity(buffered, text.as_bytes()), 5);
        let mut all = Vec::new();
        let mut line = 0;
        while let Some((offset, raw)) = lines.next_filled(&mut line).unwrap() {
            all.push(match raw {
                Raw::Line(line) => {
                    assert_eq!(text.as_bytes()[offset as usize..][..line.len()], *line);
                    Some(String::from_utf8(line.to_vec()).unwrap())
                }
                Raw::TooLong => None,
            });
        }
        assert_eq!(line as usize, text.lines().count());
        all
    }

    #[test]
    fn splits_at_line_feeds_whatever_the_buffer() {
        for buffered in [1, 2, 3, 64] {
            let line = |text: &str| Some(text.to_owned());
            assert_eq!(all("a\n\n \r\nbc\r\nlast", buffered), [line("a"), line("bc\r"), line("last")]);
            assert_eq!(all("12345\n123456\nok\n", buffered), [line("12345"), None, line("ok")]);
            assert_eq!(all("", buffered), []);
            assert_eq!(all("1234567", buffered), [None]);
        }
    }
}
