//! Paths: `$`, then `.name` and `[*]`.

use alloc::{string::String, vec::Vec};

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Segment {
    /// The member of that name.
    Name(String),
    /// All items of an array, all members of an object.
    Star,
}

/// Reads a path.
///
/// # Panics
/// When it is none: a plugin's paths are written by its author, and a test finds the mistake.
pub(crate) fn parse(text: &str) -> Vec<Segment> {
    let mut rest = text.strip_prefix('$').unwrap_or_else(|| panic!("the path {text:?} does not begin with `$`"));
    let mut segments = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("[*]") {
            segments.push(Segment::Star);
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            assert!(end > 0, "the path {text:?} has an empty name");
            segments.push(Segment::Name(behind[..end].into()));
            rest = &behind[end..];
        } else {
            panic!("the path {text:?} has {rest:?} where `.name` or `[*]` must stand");
        }
    }
    assert!(!segments.is_empty(), "the path {text:?} selects the whole document");
    segments
}
