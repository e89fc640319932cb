//! The paths of an ApiSchema. Their syntax is that of plugins' slots, whose file this includes.

use std::fmt;

/// The syntax: the plugin SDK's own file.
#[path = "../../../plugins/sdk/src/path.rs"]
mod syntax;

pub(crate) use syntax::Segment;

/// A path in a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonPath {
    text: Box<str>,
    segments: Vec<Segment>,
}

impl JsonPath {
    /// Reads a path. Names that JSON could only write with escapes do not occur; the tables' quick comparison relies on
    /// it.
    ///
    /// # Errors
    /// Why `text` is not `$` followed by at least one `.name` or `[*]`; the schema's error tells where it stands.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let segments = syntax::parse(text)?;
        let is_strange = |c: char| c.is_control() || matches!(c, '"' | '\\' | ']' | '*');
        match segments.iter().find(|segment| matches!(segment, Segment::Name(name) if name.contains(is_strange))) {
            Some(segment) => Err(format!("{text:?} has a name with a character that names do not have: {segment:?}")),
            None => Ok(Self { text: text.into(), segments }),
        }
    }

    /// The path as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The path's segments.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Bit *n* is set when the *n*-th segment is a `[*]`; `None` when one is beyond the 32nd.
    pub(crate) fn star_bits(&self) -> Option<u32> {
        let stars = self.segments.iter().enumerate().filter(|(_, segment)| **segment == Segment::Star);
        stars
            .map(|(n, _)| u32::try_from(n).ok().and_then(|n| 1u32.checked_shl(n)))
            .try_fold(0, |bits, bit| Some(bits | bit?))
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_stars() {
        let path = JsonPath::parse("$.addresses[*]._ext.sample.terms[*].termDescriptor").unwrap();
        let segments: Vec<String> = path.segments().iter().map(|segment| format!("{segment:?}")).collect();
        assert_eq!(
            segments.join(" "),
            "Name(\"addresses\") Star Name(\"_ext\") Name(\"sample\") Name(\"terms\") Star Name(\"termDescriptor\")"
        );
        assert_eq!(path.star_bits(), Some(0b10_0010));
    }

    #[test]
    fn other_paths_are_refused() {
        for text in [
            "", "a", "$", "$a", "$.", "$..a", "$.a[0]", "$.a[", "$.a.[*]", "$['a']", "$.a\"b", "$.a\\b", "$.a\u{1}",
            "$.a*",
        ] {
            assert!(JsonPath::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn counts_stars_only_as_far_as_tables_can() {
        let deep = |segments: usize| JsonPath::parse(&format!("${}[*]", ".a".repeat(segments))).unwrap().star_bits();
        assert_eq!(deep(31), Some(1 << 31));
        assert_eq!(deep(32), None);
    }
}
