//! One token after another, the grammar checked on the way. Knows brackets and order; not what a string stands for.

use alloc::string::String;
use core::ops::Range;

use crate::string::{Part, escape_end, parts, plain_length, unescape};
use crate::{Error, ErrorKind, number};

/// The most brackets open at a time, the root's included: .NET's own limit, and one bit each.
pub const DEPTH_MAX: usize = u64::BITS as usize;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// A member's name, quotes included; its value comes next.
    Name,
    /// A string, quotes included.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Literal,
}

/// A token, and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// Whether a name or string holds a backslash; without one, its content is what it stands for.
    pub escaped: bool,
}

impl Token {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Where the content of a name or string stands: its span without the quotes.
    #[must_use]
    pub fn content(&self) -> Range<usize> {
        self.start + 1..self.end - 1
    }

    /// The parts of a name or string of `text`, with errors at the text's positions.
    pub fn parts(self, text: &str) -> impl Iterator<Item = Result<Part<'_>, Error>> {
        parts(&text[self.content()]).map(move |part| part.map_err(|error| self.behind_quote(error)))
    }

    /// What a name or string of `text` stands for.
    ///
    /// # Errors
    /// Where half of a surrogate pair stands in it, at the text's position.
    pub fn unescape(self, text: &str) -> Result<String, Error> {
        unescape(&text[self.content()]).map_err(|error| self.behind_quote(error))
    }

    fn behind_quote(self, error: Error) -> Error {
        Error { at: self.start + 1 + error.at, ..error }
    }
}

/// The tokens of a text, in order; nothing follows an error. The text is one whole value: at its end every bracket is
/// closed and nothing but white space is left. That it is UTF-8 is the caller's to know, and names may repeat.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
    /// One bit for each open bracket, the innermost lowest: whether it is an object's.
    open: u64,
    depth: usize,
    next: Next,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    Value,
    /// Directly behind an opening bracket: the first item, or the closing one.
    First,
    Name,
    /// Behind an item: a comma, or the closing bracket.
    Separator,
    /// Nothing but white space.
    End,
}

impl<'a> Tokens<'a> {
    /// At the start of `text`.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, open: 0, depth: 0, next: Next::Value }
    }

    /// How many brackets are open behind the last token.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    #[inline]
    fn token(&mut self) -> Result<Option<Token>, Error> {
        self.skip_white_space();
        let is_closing = matches!(self.peek(), Some(b'}' | b']'));
        match self.next {
            Next::End if self.peek().is_none() => return Ok(None),
            Next::End => return Err(Error::syntax(self.at)),
            Next::First if is_closing => return self.close().map(Some),
            Next::First => self.next = self.item(),
            Next::Separator if self.peek() == Some(b',') => {
                self.at += 1;
                self.skip_white_space();
                self.next = self.item();
            }
            Next::Separator => return self.close().map(Some),
            Next::Value | Next::Name => {}
        }
        if self.next == Next::Name { self.name() } else { self.value() }.map(Some)
    }

    #[inline]
    fn value(&mut self) -> Result<Token, Error> {
        let rest = &self.text[self.at..];
        let (kind, length) = match rest.first() {
            Some(b'{') => return self.open(Kind::ObjectStart, 1),
            Some(b'[') => return self.open(Kind::ArrayStart, 0),
            Some(b'"') => {
                self.next = self.behind_value();
                return self.string(Kind::String);
            }
            Some(b't') if rest.starts_with(b"true") => (Kind::Literal, 4),
            Some(b'f') if rest.starts_with(b"false") => (Kind::Literal, 5),
            Some(b'n') if rest.starts_with(b"null") => (Kind::Literal, 4),
            _ => {
                let [.., end] = number::scan(rest).map_err(|error| Error::syntax(self.at + error.at))?;
                (Kind::Number, end)
            }
        };
        self.next = self.behind_value();
        Ok(self.pass(kind, length))
    }

    #[inline]
    fn name(&mut self) -> Result<Token, Error> {
        if self.peek() != Some(b'"') {
            return Err(Error::syntax(self.at));
        }
        let name = self.string(Kind::Name)?;
        self.skip_white_space();
        if self.peek() != Some(b':') {
            return Err(Error::syntax(self.at));
        }
        self.at += 1;
        self.next = Next::Value;
        Ok(name)
    }

    /// Passes the string whose quote is next.
    #[inline]
    fn string(&mut self, kind: Kind) -> Result<Token, Error> {
        let (start, mut at, mut escaped) = (self.at, self.at + 1, false);
        loop {
            at += plain_length(&self.text[at..]);
            match self.text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => (at, escaped) = (escape_end(self.text, at)?, true),
                // A bare control character, or the text ends within the string.
                _ => return Err(Error::syntax(at)),
            }
        }
        self.at = at + 1;
        Ok(Token { kind, start, end: self.at, escaped })
    }

    fn open(&mut self, kind: Kind, bit: u64) -> Result<Token, Error> {
        if self.depth == DEPTH_MAX {
            return Err(Error { kind: ErrorKind::TooDeep, at: self.at });
        }
        self.depth += 1;
        self.open = self.open << 1 | bit;
        self.next = Next::First;
        Ok(self.pass(kind, 1))
    }

    /// Passes the closing bracket of the innermost open one.
    fn close(&mut self) -> Result<Token, Error> {
        let (bracket, kind) = if self.in_object() { (b'}', Kind::ObjectEnd) } else { (b']', Kind::ArrayEnd) };
        if self.peek() != Some(bracket) {
            return Err(Error::syntax(self.at));
        }
        self.depth -= 1;
        self.open >>= 1;
        self.next = self.behind_value();
        Ok(self.pass(kind, 1))
    }

    fn pass(&mut self, kind: Kind, length: usize) -> Token {
        let start = self.at;
        self.at += length;
        Token { kind, start, end: self.at, escaped: false }
    }

    fn item(&self) -> Next {
        if self.in_object() { Next::Name } else { Next::Value }
    }

    fn behind_value(&self) -> Next {
        if self.depth == 0 { Next::End } else { Next::Separator }
    }

    fn in_object(&self) -> bool {
        self.open & 1 == 1
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, Error>;

    // Inlined into the caller's loop, with the functions above that every token passes: half the time a document takes.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let token = self.token().transpose();
        if matches!(token, Some(Err(_))) {
            // Ended: an empty rest of which nothing is expected.
            (self.at, self.next) = (self.text.len(), Next::End);
        }
        token
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::{format, vec::Vec};

    use super::*;

    fn error(text: &str) -> Option<Error> {
        let results: Vec<_> = Tokens::new(text.as_bytes()).collect();
        assert!(results.iter().rev().skip(1).all(Result::is_ok), "nothing follows an error: {text}");
        results.last().and_then(|last| last.err())
    }

    #[test]
    fn tokens_are_spans_of_the_text() {
        let text = r#" {"a" : [1e2, "x\"", null], "b":{} } "#;
        let tokens: Vec<_> = Tokens::new(text.as_bytes()).map(Result::unwrap).collect();
        let spans: Vec<_> = tokens.iter().map(|token| &text[token.span()]).collect();
        assert_eq!(spans, ["{", "\"a\"", "[", "1e2", r#""x\"""#, "null", "]", "\"b\"", "{", "}", "}"]);
        assert_eq!(tokens[1].kind, Kind::Name);
        assert_eq!((tokens[4].kind, &text[tokens[4].content()], tokens[4].escaped), (Kind::String, r#"x\""#, true));
    }

    #[test]
    fn scalars_are_texts_too() {
        for text in ["0", "-1.5e3", " \"\" ", "true", "false", "null"] {
            assert_eq!(error(text), None, "{text}");
        }
    }

    #[test]
    fn errors_name_the_byte() {
        for (text, at) in [
            ("", 0),
            ("{} x", 3),
            (r#"{"a":1,}"#, 7),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("[}", 1),
            ("{]", 1),
            (r#"{"a" 1}"#, 5),
            (r#"{1:2}"#, 1),
            ("[01]", 2),
            ("[1.]", 3),
            ("[+1]", 1),
            ("[tru]", 1),
            ("[\"\n\"]", 2),
            (r#"["x"#, 3),
            ("[1", 2),
            ("]", 0),
        ] {
            assert_eq!(error(text), Some(Error::syntax(at)), "{text}");
        }
    }

    #[test]
    fn escapes_are_checked() {
        for (text, at) in [(r#"["\x"]"#, 2), (r#"["\u12g4"]"#, 4), (r#"["\"#, 2)] {
            assert_eq!(error(text), Some(Error { kind: ErrorKind::Escape, at }), "{text}");
        }
    }

    #[test]
    fn brackets_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(error(&nested(DEPTH_MAX)), None);
        assert_eq!(error(&nested(DEPTH_MAX + 1)), Some(Error { kind: ErrorKind::TooDeep, at: DEPTH_MAX }));
    }
}
