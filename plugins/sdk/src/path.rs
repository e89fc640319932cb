//! The paths of slots and schemas: `$`, then `.name` and `[*]`. Laneway's compiler includes this file.

use alloc::{format, string::String, vec::Vec};

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Segment {
    /// `.name`: the member of that name in an object.
    Name(String),
    /// `[*]`: all items of an array, all members of an object.
    Star,
}

/// Reads a path: `$` followed by at least one `.name` or `[*]`. The error begins with the text.
pub(crate) fn parse(text: &str) -> Result<Vec<Segment>, String> {
    let mut rest = text.strip_prefix('$').ok_or_else(|| format!("{text:?} does not begin with \"$\""))?;
    let mut segments = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("[*]") {
            segments.push(Segment::Star);
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            if end == 0 {
                return Err(format!("{text:?} has an empty name"));
            }
            segments.push(Segment::Name(behind[..end].into()));
            rest = &behind[end..];
        } else {
            return Err(format!("{text:?} has {rest:?} where \".name\" or \"[*]\" must stand"));
        }
    }
    if segments.is_empty() { Err(format!("{text:?} selects the whole document")) } else { Ok(segments) }
}
