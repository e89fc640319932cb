//! Where a document comes from, for messages.

use std::fmt;
use std::sync::Arc;

/// Where a document comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Source {
    /// The input's name.
    pub(crate) input: Arc<str>,
    /// The line, from 1, on which it begins.
    pub(crate) line: u64,
    /// Which item of an array, from 0, as `jq '.[7]'` names it.
    pub(crate) item: Option<u64>,
    /// Which of all lines that are not empty, from 0.
    pub(crate) number: usize,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            Some(item) => write!(f, "{}[{item}]", self.input),
            None => write!(f, "{}:{}", self.input, self.line),
        }
    }
}
