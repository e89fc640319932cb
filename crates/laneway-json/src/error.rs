//! What is wrong with a text, and where.

use core::fmt;

/// What is wrong with a text, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    pub(crate) kind: ErrorKind,
    pub(crate) at: usize,
}

/// What may be wrong with a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text breaks the grammar.
    Syntax,
    /// A backslash does not begin an escape that the grammar knows.
    Escape,
    /// More than [`DEPTH_MAX`](crate::DEPTH_MAX) brackets are open.
    TooDeep,
    /// An escape is half of a surrogate pair: allowed by the grammar, but no character.
    LoneSurrogate,
}

impl Error {
    /// For readers that refuse more than the grammar does.
    #[must_use]
    pub const fn new(kind: ErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The byte at which it is, from the start of the text that was read.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn syntax(at: usize) -> Self {
        Self { kind: ErrorKind::Syntax, at }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::Syntax => "not JSON",
            ErrorKind::Escape => "not an escape",
            ErrorKind::TooDeep => "too many open brackets",
            ErrorKind::LoneSurrogate => "half of a surrogate pair",
        };
        write!(f, "{what} at byte {}", self.at)
    }
}

impl core::error::Error for Error {}
