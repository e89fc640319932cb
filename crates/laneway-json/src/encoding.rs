//! The encoding of a JSON text. UTF-8 is read; the others that JSON once allowed are recognised, to be named.

use core::fmt;

/// An encoding that is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Two bytes a unit, the low one first.
    Utf16LittleEndian,
    /// Two bytes a unit, the high one first.
    Utf16BigEndian,
    /// Four bytes a character, the lowest first.
    Utf32LittleEndian,
    /// Four bytes a character, the highest first.
    Utf32BigEndian,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16LittleEndian => "UTF-16 (little-endian)",
            Self::Utf16BigEndian => "UTF-16 (big-endian)",
            Self::Utf32LittleEndian => "UTF-32 (little-endian)",
            Self::Utf32BigEndian => "UTF-32 (big-endian)",
        })
    }
}

/// How many bytes of a text are its byte order mark: 3 or none. Whether the rest is UTF-8 is left to its reader.
///
/// ```
/// use laneway_json::{Encoding, byte_order_mark_len};
///
/// assert_eq!(byte_order_mark_len(b"\xef\xbb\xbf{}"), Ok(3));
/// assert_eq!(byte_order_mark_len(b"{}"), Ok(0));
/// assert_eq!(byte_order_mark_len(b"{\0}\0"), Err(Encoding::Utf16LittleEndian));
/// ```
///
/// # Errors
/// The encoding, where it is another one: by its byte order mark, or because the first character, which is ASCII in JSON,
/// has zeros beside it.
pub fn byte_order_mark_len(text: &[u8]) -> Result<usize, Encoding> {
    match text {
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        // Before UTF-16, whose mark begins alike.
        [0xff, 0xfe, 0, 0, ..] | [1..=0x7f, 0, 0, 0, ..] => Err(Encoding::Utf32LittleEndian),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=0x7f, ..] => Err(Encoding::Utf32BigEndian),
        [0xff, 0xfe, ..] | [1..=0x7f, 0, ..] => Err(Encoding::Utf16LittleEndian),
        [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] => Err(Encoding::Utf16BigEndian),
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn utf32(text: &str, bytes: impl Fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|char| bytes(char.into())).collect()
    }

    #[test]
    fn other_encodings_are_recognised_with_and_without_a_mark() {
        for text in ["{}", "{\"a\":\"\u{e9}\u{1f600}\"}", " {}", "[1]"] {
            for text in [text.into(), alloc::format!("\u{feff}{text}")] {
                assert_eq!(byte_order_mark_len(&utf16(&text, u16::to_le_bytes)), Err(Encoding::Utf16LittleEndian));
                assert_eq!(byte_order_mark_len(&utf16(&text, u16::to_be_bytes)), Err(Encoding::Utf16BigEndian));
                assert_eq!(byte_order_mark_len(&utf32(&text, u32::to_le_bytes)), Err(Encoding::Utf32LittleEndian));
                assert_eq!(byte_order_mark_len(&utf32(&text, u32::to_be_bytes)), Err(Encoding::Utf32BigEndian));
            }
        }
    }

    #[test]
    fn what_is_no_text_is_left_to_its_reader() {
        for text in [&b""[..], b"{", b"\xef\xbb", b"\0\0\0\0", b"\xff{}", b"{\"a\":\0}"] {
            assert_eq!(byte_order_mark_len(text), Ok(0), "{text:?}");
        }
    }
}
