//! A place in the document, or null.

pub(crate) type Position = *const u8;
