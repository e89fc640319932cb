//! JSON as .NET's `JsonSerializer` writes it by default: compact, members in order, numbers as their raw token.
//! A walk over the text with one output buffer; it builds no tree, so that no token is lost.

use std::ops::Range;

/// Sees a member's canonical name (without quotes) and where it stands; says whether it is left out.
type LeaveOut<'f> = dyn FnMut(&[u8], Range<usize>) -> bool + 'f;

/// The most brackets open at a time, the root's included: .NET's own limit.
const DEPTH_MAX: usize = 64;

/// Why a text has no canonical form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum NotCanonical {
    /// The text is not JSON (RFC 8259), or its root is not an object.
    #[error("the body is not a JSON object (at byte {0})")]
    Syntax(usize),
    /// More than [`DEPTH_MAX`] brackets are open.
    #[error("the body nests deeper than {DEPTH_MAX} levels (at byte {0})")]
    TooDeep(usize),
    /// A `\u` escape holds half of a surrogate pair.
    #[error("a string holds half of a surrogate pair (at byte {0})")]
    LoneSurrogate(usize),
    /// An object has two members of one name.
    #[error("an object has two members of one name (at byte {0})")]
    RepeatedName(usize),
}

/// Whether a byte stands for itself in a string: U+0020 to U+007E but for what .NET escapes.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7f {
        plain[byte] = !matches!(byte as u8, b'"' | b'&' | b'\'' | b'+' | b'<' | b'>' | b'`' | b'\\');
        byte += 1;
    }
    plain
};

/// A position in a JSON text, and the canonical form of what was passed so far.
pub(crate) struct Walk<'a> {
    text: &'a str,
    at: usize,
    out: &'a mut Vec<u8>,
    /// Canonical names (ranges of `out`) of the objects that are open; escaping is injective, so equal names are
    /// equal bytes.
    names: &'a mut Vec<Range<usize>>,
    depth: usize,
}

impl<'a> Walk<'a> {
    /// At the start of `text`. Both buffers are emptied.
    pub(crate) fn new(text: &'a str, out: &'a mut Vec<u8>, names: &'a mut Vec<Range<usize>>) -> Self {
        out.clear();
        names.clear();
        Self { text, at: 0, out, names, depth: 0 }
    }

    /// Passes the root object. `leave_out` sees each of its members, the canonical name (without quotes) and where
    /// the value stands in the text, and says whether the member is left out.
    pub(crate) fn root(mut self, leave_out: &mut LeaveOut<'_>) -> Result<Range<usize>, NotCanonical> {
        self.skip_white_space();
        let start = self.at;
        if self.peek() != Some(b'{') {
            return Err(NotCanonical::Syntax(self.at));
        }
        self.object(Some(leave_out))?;
        let end = self.at;
        self.skip_white_space();
        if self.at == self.text.len() { Ok(start..end) } else { Err(NotCanonical::Syntax(self.at)) }
    }

    fn value(&mut self) -> Result<(), NotCanonical> {
        match self.peek() {
            Some(b'{') => self.object(None),
            Some(b'[') => self.array(),
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, mut leave_out: Option<&mut LeaveOut<'_>>) -> Result<(), NotCanonical> {
        self.open(b'{')?;
        let names_before = self.names.len();
        let mut first = true;
        self.skip_white_space();
        while self.peek() != Some(b'}') {
            let mark = self.out.len();
            if !first {
                self.out.push(b',');
            }
            let name = self.string()?;
            self.skip_white_space();
            self.copy(b':')?;
            self.skip_white_space();
            let start = self.at;
            self.value()?;
            let left_out =
                leave_out.as_mut().is_some_and(|leave_out| leave_out(&self.out[name.clone()], start..self.at));
            if left_out {
                self.out.truncate(mark);
            } else {
                self.names.push(name);
                first = false;
            }
            self.separator(b'}')?;
        }
        self.refuse_repeated_names(names_before)?;
        self.close(b'}')
    }

    fn array(&mut self) -> Result<(), NotCanonical> {
        self.open(b'[')?;
        self.skip_white_space();
        let mut first = true;
        while self.peek() != Some(b']') {
            if !first {
                self.out.push(b',');
            }
            first = false;
            self.value()?;
            self.separator(b']')?;
        }
        self.close(b']')
    }

    /// Between two items: a comma with an item behind it, or the closing bracket.
    fn separator(&mut self, closing: u8) -> Result<(), NotCanonical> {
        self.skip_white_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip_white_space();
                if self.peek() == Some(closing) { Err(NotCanonical::Syntax(self.at)) } else { Ok(()) }
            }
            Some(byte) if byte == closing => Ok(()),
            _ => Err(NotCanonical::Syntax(self.at)),
        }
    }

    fn open(&mut self, bracket: u8) -> Result<(), NotCanonical> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(NotCanonical::TooDeep(self.at));
        }
        self.copy(bracket)
    }

    fn close(&mut self, bracket: u8) -> Result<(), NotCanonical> {
        self.depth -= 1;
        self.copy(bracket)
    }

    fn refuse_repeated_names(&mut self, names_before: usize) -> Result<(), NotCanonical> {
        let names = &mut self.names[names_before..];
        // Sorting is what keeps an object of a million members from costing a million squared.
        names.sort_unstable_by(|a, b| self.out[a.clone()].cmp(&self.out[b.clone()]));
        let repeated = names.windows(2).any(|pair| self.out[pair[0].clone()] == self.out[pair[1].clone()]);
        self.names.truncate(names_before);
        if repeated { Err(NotCanonical::RepeatedName(self.at)) } else { Ok(()) }
    }

    /// Passes a string; its canonical content is the returned range of the output.
    fn string(&mut self) -> Result<Range<usize>, NotCanonical> {
        self.copy(b'"')?;
        let start = self.out.len();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|byte| !PLAIN[usize::from(*byte)]).unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let escaped = self.escape()?;
                    self.put(escaped);
                }
                Some(byte) if byte >= 0x20 => {
                    let Some(literal) = self.text[self.at..].chars().next() else {
                        return Err(NotCanonical::Syntax(self.at));
                    };
                    self.at += literal.len_utf8();
                    self.put(literal);
                }
                // A bare control character, or the text ends within the string.
                _ => return Err(NotCanonical::Syntax(self.at)),
            }
        }
        let content = start..self.out.len();
        self.copy(b'"')?;
        Ok(content)
    }

    /// Passes an escape sequence and gives the character that it stands for.
    fn escape(&mut self) -> Result<char, NotCanonical> {
        let start = self.at;
        let kind = self.text.as_bytes().get(self.at + 1).copied();
        self.at += 2;
        Ok(match kind {
            Some(quoted @ (b'"' | b'\\' | b'/')) => char::from(quoted),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.escaped_unit(start),
            _ => return Err(NotCanonical::Syntax(start)),
        })
    }

    fn escaped_unit(&mut self, start: usize) -> Result<char, NotCanonical> {
        let unit = self.hex4()?;
        if let Some(whole) = char::from_u32(u32::from(unit)) {
            return Ok(whole);
        }
        let lone = NotCanonical::LoneSurrogate(start);
        if unit >= 0xdc00 || !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Err(lone);
        }
        self.at += 2;
        let low = self.hex4()?;
        char::decode_utf16([unit, low]).next().and_then(Result::ok).ok_or(lone)
    }

    fn hex4(&mut self) -> Result<u16, NotCanonical> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(NotCanonical::Syntax(self.at))?;
        let mut unit = 0;
        for digit in digits {
            let value = char::from(*digit).to_digit(16).ok_or(NotCanonical::Syntax(self.at))?;
            unit = unit << 4 | value as u16;
        }
        self.at += 4;
        Ok(unit)
    }

    /// Writes one character of a string.
    fn put(&mut self, character: char) {
        let short: &[u8] = match character {
            '\u{8}' => b"\\b",
            '\t' => b"\\t",
            '\n' => b"\\n",
            '\u{c}' => b"\\f",
            '\r' => b"\\r",
            '\\' => b"\\\\",
            plain if plain.is_ascii() && PLAIN[plain as usize] => return self.out.push(plain as u8),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    self.put_unit(*unit);
                }
                return;
            }
        };
        self.out.extend_from_slice(short);
    }

    fn put_unit(&mut self, unit: u16) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |shift: u32| HEX[usize::from(unit >> shift & 0xf)];
        self.out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
    }

    /// Passes a number and copies its token as it is.
    fn number(&mut self) -> Result<(), NotCanonical> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.out.extend_from_slice(&self.text.as_bytes()[start..self.at]);
        Ok(())
    }

    fn digits(&mut self) -> Result<(), NotCanonical> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(NotCanonical::Syntax(start)) } else { Ok(()) }
    }

    fn literal(&mut self, word: &str) -> Result<(), NotCanonical> {
        if !self.text[self.at..].starts_with(word) {
            return Err(NotCanonical::Syntax(self.at));
        }
        self.at += word.len();
        self.out.extend_from_slice(word.as_bytes());
        Ok(())
    }

    fn copy(&mut self, byte: u8) -> Result<(), NotCanonical> {
        if self.peek() != Some(byte) {
            return Err(NotCanonical::Syntax(self.at));
        }
        self.at += 1;
        self.out.push(byte);
        Ok(())
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
