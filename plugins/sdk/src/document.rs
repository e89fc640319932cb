//! One document as a plugin's code sees it.

use alloc::vec::Vec;

use crate::{Refusal, Resource, Value};

/// A document that has been read: JSON, an object, without repeated names.
#[derive(Debug)]
pub struct Document<'a> {
    pub(crate) text: &'a str,
    pub(crate) index: usize,
    pub(crate) resource: &'a Resource,
    pub(crate) reads: Vec<Vec<Value<'a>>>,
}

impl<'a> Document<'a> {
    /// Which of the manifest's resources it is a document of, from 0.
    #[must_use]
    pub fn resource(&self) -> usize {
        self.index
    }

    /// The whole document.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The values under the path that the resource's `number`-th [`read`](Resource::read) gave, from 0, in the
    /// order of the document.
    #[must_use]
    pub fn read(&self, number: usize) -> &[Value<'a>] {
        &self.reads[number]
    }

    /// The only value under that path.
    ///
    /// # Errors
    /// `identity-missing` when there is none, or more than one.
    pub fn one(&self, number: usize) -> Result<&Value<'a>, Refusal> {
        match self.read(number) {
            [value] => Ok(value),
            values => Err(Refusal::identity_missing(&self.resource.reads[number], values.len())),
        }
    }
}
