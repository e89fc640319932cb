//! Where a document comes from, for messages.

use std::fmt;
use std::sync::Arc;

/// Where a document comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Source {
    /// The input's name.
    pub(crate) input: Arc<str>,
    /// The line, from 1.
    pub(crate) line: u64,
    /// Which of all lines that are not empty, from 0.
    pub(crate) number: usize,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.input, self.line)
    }
}
