//! The words for what is wrong.

/// A word for what is wrong, as the recorded cases use it.
pub type Code = &'static str;
