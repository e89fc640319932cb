//! Why a document cannot be taken.

use alloc::{format, string::String};

/// Why a document cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// A word for machines.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Where in the document, in bytes.
    pub offset: u32,
}

impl Refusal {
    /// The fault that a part of the identity is not there, or there more than once.
    #[must_use]
    pub fn identity_missing(location: &str, values: usize) -> Self {
        let message = format!("{location} has {values} values; the identity needs exactly one value there.");
        Self { code: "identity-missing".into(), message, offset: 0 }
    }
}
