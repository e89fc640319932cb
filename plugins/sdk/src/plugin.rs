//! What an author writes.

use alloc::{format, string::String};

use crate::{Answer, Document, Manifest};

/// A plugin: what it serves, and what it computes.
pub trait Plugin {
    /// What it serves. Called once for each instance.
    fn manifest() -> Manifest;

    /// Adds to the answer what no path can give: values of the slots that are declared as computed. Everything
    /// else is in the answer already.
    ///
    /// # Errors
    /// A document that cannot be taken; it is the only one that fails.
    fn extract(document: &Document<'_>, answer: &mut Answer) -> Result<(), Refusal> {
        let _ = (document, answer);
        Ok(())
    }
}

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
