//! The text of a string's content.

use alloc::{borrow::Cow, string::String};

/// The text of a string's content, which is well-formed; `None` when it holds half of a surrogate pair.
pub(crate) fn unescape(content: &str) -> Option<Cow<'_, str>> {
    if !content.contains('\\') {
        return Some(Cow::Borrowed(content));
    }
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let letter = *rest.as_bytes().get(at + 1)?;
        rest = &rest[at + 2..];
        let character = match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => character(&mut rest)?,
            other => other.into(),
        };
        text.push(character);
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The character of four digits, or of the two units of a pair.
fn character(rest: &mut &str) -> Option<char> {
    let high = unit(rest)?;
    if !(0xd800..0xdc00).contains(&high) {
        return char::from_u32(high);
    }
    *rest = rest.strip_prefix("\\u")?;
    let low = unit(rest).filter(|low| (0xdc00..0xe000).contains(low))?;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

fn unit(rest: &mut &str) -> Option<u32> {
    let unit = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
    *rest = &rest[4..];
    Some(unit)
}
