//! The paths of an ApiSchema: `$`, then `.name` and `[*]`.

use std::fmt;

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Segment {
    /// `.name`: the member of that name in an object.
    Name(Box<str>),
    /// `[*]`: all items of an array, all members of an object.
    Star,
}

/// A path in a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonPath {
    text: Box<str>,
    segments: Vec<Segment>,
}

impl JsonPath {
    /// Reads a path; the error says what is wrong with it.
    ///
    /// # Errors
    /// When `text` is anything but `$` followed by at least one `.name` or `[*]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.strip_prefix('$').ok_or_else(|| format!("{text:?} does not begin with \"$\""))?;
        let mut segments = Vec::new();
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix("[*]") {
                segments.push(Segment::Star);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix('.') {
                let end = behind.find(['.', '[']).unwrap_or(behind.len());
                segments.push(Segment::Name(name(&behind[..end], text)?.into()));
                rest = &behind[end..];
            } else {
                return Err(format!("{text:?} has {rest:?} where \".name\" or \"[*]\" must stand"));
            }
        }
        if segments.is_empty() {
            return Err(format!("{text:?} selects the whole document"));
        }
        Ok(Self { text: text.into(), segments })
    }

    /// The path as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The path's segments.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Bit *n* says that the *n*-th segment is a `[*]`; `None` when one is beyond the 32nd.
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

/// Names that JSON could only write with escapes do not occur; the tables' quick comparison relies on it.
fn name<'a>(name: &'a str, text: &str) -> Result<&'a str, String> {
    if name.is_empty() {
        return Err(format!("{text:?} has an empty name"));
    }
    if name.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | ']' | '*')) {
        return Err(format!("{text:?} has a name with a character that names do not have: {name:?}"));
    }
    Ok(name)
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
    fn refuses_everything_else() {
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
