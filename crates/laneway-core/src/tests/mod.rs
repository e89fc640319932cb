//! What the unit tests of several modules make their operations with.

pub(crate) mod documents;
pub(crate) mod operations;
