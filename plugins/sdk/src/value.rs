//! A value in a document: where it stands, and its text.

use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::{Refusal, unescape::unescape};

/// A value. What is no scalar (`null`, an object, an array) is a value too, of which only the beginning counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value<'a> {
    pub(crate) token: &'a str,
    pub(crate) offset: u32,
    pub(crate) steps: Vec<Step>,
}

/// Where a value stands below one `[*]` of its path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The position in an array.
    Index(u32),
    /// The member's name in an object: offset and length of its token, quotes included.
    Member(u32, u32),
}

impl<'a> Value<'a> {
    /// The value as it is written, quotes and escapes included; the bracket alone for an object or array.
    #[must_use]
    pub fn token(&self) -> &'a str {
        self.token
    }

    /// Where it stands in the document, in bytes.
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Whether it is a string.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.token.starts_with('"')
    }

    /// Where it stands below each `[*]` of its path.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The text: a string's content, a number, `true` or `false` as they are written.
    ///
    /// # Errors
    /// `not-a-scalar` and `lone-surrogate`, as the host refuses such values.
    pub fn text(&self) -> Result<Cow<'a, str>, Refusal> {
        match self.token.as_bytes()[0] {
            b'"' => unescape(&self.token[1..self.token.len() - 1]).ok_or_else(|| {
                self.refusal("lone-surrogate", "The text holds half of a surrogate pair, which is no character.")
            }),
            b'n' | b'{' | b'[' => {
                Err(self.refusal("not-a-scalar", "A single value is needed, not null, an object or an array."))
            }
            _ => Ok(Cow::Borrowed(self.token)),
        }
    }

    /// A refusal of the document because of this value.
    #[must_use]
    pub fn refusal(&self, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { code: code.into(), message: message.into(), offset: self.offset }
    }
}
