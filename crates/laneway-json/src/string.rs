//! What stands between a string's quotes: runs that stand for themselves, and escapes.

use alloc::string::String;

use crate::{Error, ErrorKind};

/// A part of a string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part<'a> {
    /// Characters that stand for themselves; never empty.
    Plain(&'a str),
    /// The character that an escape stands for.
    Escaped(char),
}

/// The parts of a string's content (without its quotes), in order. Positions in errors are the content's; nothing
/// follows an error.
pub fn parts(content: &str) -> impl Iterator<Item = Result<Part<'_>, Error>> {
    let mut at = 0;
    core::iter::from_fn(move || {
        let rest = &content[at..];
        let plain = plain_length(rest.as_bytes());
        if plain > 0 {
            at += plain;
            return Some(Ok(Part::Plain(&rest[..plain])));
        }
        if rest.is_empty() {
            return None;
        }
        let escaped = escape(content.as_bytes(), at);
        at = escaped.as_ref().map_or(content.len(), |(_, end)| *end);
        Some(escaped.map(|(character, _)| Part::Escaped(character)))
    })
}

/// Appends what a string's content (without its quotes) stands for.
///
/// # Errors
/// Where the content is not that of a string, or half of a surrogate pair stands in it. What stood before is appended.
pub fn unescape_into(content: &str, out: &mut String) -> Result<(), Error> {
    for part in parts(content) {
        match part? {
            Part::Plain(text) => out.push_str(text),
            Part::Escaped(character) => out.push(character),
        }
    }
    Ok(())
}

/// As [`unescape_into`], from nothing.
pub(crate) fn unescape(content: &str) -> Result<String, Error> {
    let mut out = String::new();
    unescape_into(content, &mut out).map(|()| out)
}

/// How many bytes of a string stand for themselves before the next quote, backslash or control character.
pub(crate) fn plain_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // Eight at a time, after Mycroft: a byte's high bit is set where the subtraction borrows, that is, where the byte
    // was less. A borrow may mark bytes above as well, so only the lowest mark counts.
    let less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word & HIGH;
    let equal = |word: u64, byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let special = less(word, 0x20) | equal(word, b'"') | equal(word, b'\\');
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    text.len() - rest.len() + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The character that the escape at `at` stands for, and where it ends.
fn escape(text: &[u8], at: usize) -> Result<(char, usize), Error> {
    let end = escape_end(text, at)?;
    let character = match text[at + 1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return pair(text, at, end),
        quoted => char::from(quoted),
    };
    Ok((character, end))
}

/// The character of a `\u` escape, or of the pair that it is the first half of.
fn pair(text: &[u8], at: usize, end: usize) -> Result<(char, usize), Error> {
    let high = unit(text, at);
    if let Some(character) = char::from_u32(u32::from(high)) {
        return Ok((character, end));
    }
    let lone = Error { kind: ErrorKind::LoneSurrogate, at };
    if !text[end..].starts_with(b"\\u") {
        return Err(lone);
    }
    let last = escape_end(text, end)?;
    let character = char::decode_utf16([high, unit(text, end)]).next().and_then(Result::ok);
    character.map(|character| (character, last)).ok_or(lone)
}

/// Where the escape at `at` ends. A surrogate's is checked as far as the grammar goes.
pub(crate) fn escape_end(text: &[u8], at: usize) -> Result<usize, Error> {
    let wrong = |at| Err(Error { kind: ErrorKind::Escape, at });
    match text.get(at..at + 2) {
        Some([b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't']) => Ok(at + 2),
        Some(b"\\u") => match text.get(at + 2..at + 6) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(at + 6),
            _ => wrong(at + 2),
        },
        _ if text[at] == b'\\' => wrong(at),
        // A character that a string holds as an escape only.
        _ => Err(Error::syntax(at)),
    }
}

/// The UTF-16 unit of the `\u` escape at `at`, whose digits were checked.
fn unit(text: &[u8], at: usize) -> u16 {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u16;
    text[at + 2..at + 6].iter().fold(0, |unit, digit| unit << 4 | value(*digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_lose_their_escapes() {
        for (content, expected) in [
            ("", ""),
            ("é€😀", "é€😀"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"a\u00e9b\u0000", "aéb\0"),
            (r"\ud83d\uDE00!", "😀!"),
        ] {
            assert_eq!(unescape(content).as_deref(), Ok(expected), "{content}");
        }
    }

    #[test]
    fn errors_name_the_byte() {
        use ErrorKind::{Escape, LoneSurrogate, Syntax};
        for (content, kind, at) in [
            ("a\"b", Syntax, 1),
            ("a\nb", Syntax, 1),
            ("a\t", Syntax, 1),
            (r"a\q", Escape, 1),
            (r"a\", Escape, 1),
            (r"a\u12g4", Escape, 3),
            (r"\u+123", Escape, 2),
            (r"a\ud800", LoneSurrogate, 1),
            (r"\ud800x", LoneSurrogate, 0),
            (r"\ude00\ud83d", LoneSurrogate, 0),
            (r"\ud800\u0041", LoneSurrogate, 0),
            (r"\ud800\u12", Escape, 8),
        ] {
            assert_eq!(unescape(content), Err(Error { kind, at }), "{content}");
            assert_eq!(parts(content).filter(Result::is_err).count(), 1, "{content}");
        }
    }
}
