//! What an author writes.

use crate::{Answer, Document, Manifest, Refusal};

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
