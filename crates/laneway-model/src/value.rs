//! A value of a document: where its text stands among those of its extraction.

/// How a value was written in the document.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenKind {
    /// A JSON string; its text is the unescaped content.
    String,
    /// A number; its text is the raw token.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// A text in [`Extraction::arena`](crate::Extraction::arena).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Value {
    /// Where it starts, in bytes.
    pub start: u32,
    /// How long it is, in bytes.
    pub len: u32,
    /// How it was written.
    pub token: TokenKind,
}
