//! JSON as .NET's `JsonSerializer` writes it by default: compact, members in order, numbers as their raw token.
//! Writes from one token to the next; it builds no tree, so that no token is lost.

use std::io::Write as _;
use std::ops::Range;

use laneway_json::{Error, ErrorKind, Kind, Part, Token, Tokens};

/// Receives a member's canonical name (without quotes) and the span of its value; returns whether it is left out.
pub(crate) type Omit<'f> = dyn FnMut(&[u8], Range<usize>) -> bool + 'f;

/// Why a text has no canonical form: it is not JSON, its root is not an object, an object has two members of one name,
/// or half of a surrogate pair stands in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(transparent)]
pub struct CanonicalError(#[from] Cause);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("the body is not a JSON object: {0}")]
    Json(#[source] Error),
    #[error("an object has two members of one name (at byte {0})")]
    RepeatedName(usize),
}

/// Whether .NET escapes a character.
fn is_escaped(character: char) -> bool {
    !matches!(character, ' '..='~') || matches!(character, '"' | '&' | '\'' | '+' | '<' | '>' | '`' | '\\')
}

/// Writes the canonical form of a text.
pub(crate) struct Writer<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    out: &'a mut Vec<u8>,
    /// Canonical names (ranges of `out`) of the objects that are open; escaping is injective, so equal names are
    /// equal bytes.
    names: &'a mut Vec<Range<usize>>,
}

impl<'a> Writer<'a> {
    /// At the start of `text`. Both buffers are emptied.
    pub(crate) fn new(text: &'a str, out: &'a mut Vec<u8>, names: &'a mut Vec<Range<usize>>) -> Self {
        out.clear();
        names.clear();
        Self { text, tokens: Tokens::new(text.as_bytes()), out, names }
    }

    /// Writes the root object and returns its span. `omit` decides about each of its members.
    pub(crate) fn root(mut self, omit: &mut Omit<'_>) -> Result<Range<usize>, CanonicalError> {
        let root = self.next()?;
        if root.kind != Kind::ObjectStart {
            return Err(syntax(root.start));
        }
        let end = self.object(Some(omit))?;
        // What comes behind the root is an error.
        self.tokens.next().transpose().map_err(Cause::Json)?;
        Ok(root.start..end)
    }

    fn next(&mut self) -> Result<Token, CanonicalError> {
        // Before the last bracket is closed there is a token or an error.
        Ok(self.tokens.next().ok_or_else(|| syntax(self.text.len()))?.map_err(Cause::Json)?)
    }

    /// Writes the value that starts with `token`; returns where it ends.
    fn value(&mut self, token: Token) -> Result<usize, CanonicalError> {
        match token.kind {
            Kind::ObjectStart => return self.object(None),
            Kind::ArrayStart => return self.array(),
            Kind::String => {
                self.string(token)?;
            }
            _ => self.out.extend_from_slice(&self.text.as_bytes()[token.span()]),
        }
        Ok(token.end)
    }

    fn object(&mut self, mut omit: Option<&mut Omit<'_>>) -> Result<usize, CanonicalError> {
        self.out.push(b'{');
        let names_before = self.names.len();
        loop {
            let name = self.next()?;
            if name.kind == Kind::ObjectEnd {
                self.refuse_repeated_names(names_before, name.start)?;
                self.out.push(b'}');
                return Ok(name.end);
            }
            let mark = self.out.len();
            if self.names.len() > names_before {
                self.out.push(b',');
            }
            let name = self.string(name)?;
            self.out.push(b':');
            let value = self.next()?;
            let span = value.start..self.value(value)?;
            if omit.as_mut().is_some_and(|omit| omit(&self.out[name.clone()], span)) {
                self.out.truncate(mark);
            } else {
                self.names.push(name);
            }
        }
    }

    fn array(&mut self) -> Result<usize, CanonicalError> {
        let mut separator = b'[';
        loop {
            let item = self.next()?;
            if item.kind == Kind::ArrayEnd {
                self.out.extend_from_slice(if separator == b'[' { b"[]" } else { b"]" });
                return Ok(item.end);
            }
            self.out.push(separator);
            separator = b',';
            self.value(item)?;
        }
    }

    fn refuse_repeated_names(&mut self, names_before: usize, at: usize) -> Result<(), CanonicalError> {
        let names = &mut self.names[names_before..];
        // Sorting is what keeps an object of a million members from costing a million squared.
        names.sort_unstable_by(|a, b| self.out[a.clone()].cmp(&self.out[b.clone()]));
        let repeated = names.windows(2).any(|pair| self.out[pair[0].clone()] == self.out[pair[1].clone()]);
        self.names.truncate(names_before);
        if repeated { Err(Cause::RepeatedName(at).into()) } else { Ok(()) }
    }

    /// Writes a string; its canonical content is the returned range of the output.
    fn string(&mut self, token: Token) -> Result<Range<usize>, CanonicalError> {
        self.out.push(b'"');
        let start = self.out.len();
        for part in token.parts(self.text) {
            match part.map_err(Cause::Json)? {
                Part::Plain(text) => text.split_inclusive(is_escaped).for_each(|run| {
                    let plain = run.trim_end_matches(is_escaped);
                    self.out.extend_from_slice(plain.as_bytes());
                    run[plain.len()..].chars().for_each(|character| self.put(character));
                }),
                Part::Escaped(character) => self.put(character),
            }
        }
        let content = start..self.out.len();
        self.out.push(b'"');
        Ok(content)
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
            plain if !is_escaped(plain) => return self.out.push(plain as u8),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    // Writing to a vector cannot fail.
                    let _ = write!(self.out, "\\u{unit:04X}");
                }
                return;
            }
        };
        self.out.extend_from_slice(short);
    }
}

fn syntax(at: usize) -> CanonicalError {
    Cause::Json(Error::new(ErrorKind::Syntax, at)).into()
}
