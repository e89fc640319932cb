//! What is wrong with a schema: in which file, where in it, what was found, what to do.

/// A schema that cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}: at {at}: {found}. {advice}")]
pub struct SchemaError {
    file: String,
    at: String,
    found: String,
    advice: String,
}

impl SchemaError {
    pub(crate) fn new(
        file: impl Into<String>,
        at: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), at: at.into(), found: found.into(), advice: advice.into() }
    }
}
