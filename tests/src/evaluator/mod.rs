//! Extraction, worked out a second time: straight from the ApiSchemas and the document as
//! trees, one rule of the DMS after another, without a thought for speed. It shares nothing with the
//! plugins' way but the vocabulary's ReferentialId, so that where both agree a mistake must have been made twice.

mod code;
mod document;
mod int64;
mod lower;
mod schema;
mod tree;

use serde_json::Value;

pub use code::Code;

/// Evaluates documents by a set of ApiSchemas.
#[derive(Debug)]
pub struct Evaluator {
    schemas: schema::Schemas,
}

impl Evaluator {
    /// An evaluator for these ApiSchemas, each a whole file. The order of extensions decides the order of what they
    /// add.
    ///
    /// # Panics
    /// When one is not JSON, or there is no core project.
    #[must_use]
    pub fn new(files: &[Vec<u8>]) -> Self {
        let files = files.iter().map(|file| serde_json::from_slice(file).expect("an ApiSchema is JSON")).collect();
        Self { schemas: schema::Schemas::new(files) }
    }

    /// What `body` says, in the form of the recorded cases' `expected`.
    ///
    /// # Errors
    /// The code of what is wrong.
    pub fn evaluate(&self, project: &str, endpoint: &str, body: &str) -> Result<Value, Code> {
        let resource = self.schemas.resource(project, endpoint)?;
        let body = tree::parse(body)?;
        if !matches!(body, tree::Tree::Object(_)) {
            return Err("not-an-object");
        }
        tree::check_names(&body)?;
        document::evaluate(&resource, &body)
    }
}
