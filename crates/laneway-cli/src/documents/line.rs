//! One line: which resource, and the body's text.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A line as it is written: exactly one of `body` and `body_text`; other members are passed over.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    project: Option<Cow<'a, str>>,
    #[serde(borrow)]
    endpoint: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    body_text: Option<Cow<'a, str>>,
}

/// A member that is there, `null` included: `null` is a body too, if no good one.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

/// A document of a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// The project's name in URLs.
    pub(crate) project: Cow<'a, str>,
    /// The resource's name in URLs.
    pub(crate) endpoint: Cow<'a, str>,
    /// The body's text, as it was written.
    pub(crate) body: Cow<'a, str>,
}

/// Why a line names no document. The message is what to correct.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum LineError {
    /// Not UTF-8.
    #[error("the line is not UTF-8 (at byte {0}); convert the file, as with `iconv -t UTF-8`")]
    NotUtf8(usize),
    /// Not JSON, or not with these members.
    #[error("the line is not one JSON object with \"project\", \"endpoint\" and \"body\" (or \"body_text\"): {0}")]
    NotALine(String),
    /// A member is missing.
    #[error("the line has no \"{0}\"")]
    Missing(&'static str),
    /// Both bodies.
    #[error("the line has both \"body\" and \"body_text\"; leave one out")]
    TwoBodies,
    /// Over the reader's bound.
    #[error("the line is longer than {0} bytes, the maximum")]
    TooLong(usize),
}

impl<'a> Line<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// [`LineError`], but for [`LineError::TooLong`].
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, LineError> {
        let text = std::str::from_utf8(line).map_err(|error| LineError::NotUtf8(error.valid_up_to()))?;
        // Files written on Windows begin with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.trim_ascii_start().starts_with('{') {
            // serde would take an array's items for the members in their order.
            return Err(LineError::NotALine("it does not begin with `{`".to_owned()));
        }
        let written: Written<'_> =
            serde_json::from_str(text).map_err(|error| LineError::NotALine(error.to_string()))?;
        let body = match (written.body, written.body_text) {
            (Some(body), None) => Cow::Borrowed(body.get()),
            (None, Some(text)) => text,
            (None, None) => return Err(LineError::Missing("body")),
            (Some(_), Some(_)) => return Err(LineError::TwoBodies),
        };
        Ok(Self {
            project: written.project.ok_or(LineError::Missing("project"))?,
            endpoint: written.endpoint.ok_or(LineError::Missing("endpoint"))?,
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_bytes() {
        let line = Line::parse(br#"{"x":0,"project":"p","endpoint":"e","body": { "a" : 1.0 } }"#).unwrap();
        assert_eq!((&*line.project, &*line.endpoint, &*line.body), ("p", "e", "{ \"a\" : 1.0 }"));
    }

    #[test]
    fn a_body_text_is_unescaped_and_need_not_be_json() {
        let line = Line::parse(br#"{"body_text":"{\"a\":","endpoint":"e","project":"p\u0021"}"#).unwrap();
        assert_eq!((&*line.project, &*line.body), ("p!", "{\"a\":"));
    }

    #[test]
    fn a_lone_surrogate_in_a_body_is_the_documents_matter() {
        let line = Line::parse(br#"{"project":"p","endpoint":"e","body":{"a":"\ud800"}}"#).unwrap();
        assert_eq!(&*line.body, r#"{"a":"\ud800"}"#);
    }

    #[test]
    fn a_body_null_is_a_body() {
        let line = Line::parse(br#"{"project":"p","endpoint":"e","body":null}"#);
        assert_eq!(line.unwrap().body, "null");
    }

    #[test]
    fn a_malformed_line_is_refused() {
        let error = |line: &[u8]| Line::parse(line).unwrap_err();
        assert_eq!(error(b"{\"a\":\"\xff\"}"), LineError::NotUtf8(6));
        assert!(matches!(error(b"hello"), LineError::NotALine(_)));
        assert!(matches!(error(br#"["p","e",{},null]"#), LineError::NotALine(_)));
        assert!(matches!(error(br#"{"project":"p","project":"q","endpoint":"e","body":{}}"#), LineError::NotALine(_)));
        assert!(matches!(error(br#"{"project":"p","endpoint":"e","body":{}} {}"#), LineError::NotALine(_)));
        assert_eq!(error(br#"{"endpoint":"e","body":{}}"#), LineError::Missing("project"));
        assert_eq!(error(br#"{"project":"p","body":{}}"#), LineError::Missing("endpoint"));
        assert_eq!(error(br#"{"project":"p","endpoint":"e"}"#), LineError::Missing("body"));
        assert_eq!(error(br#"{"project":"p","endpoint":"e","body":{},"body_text":"{}"}"#), LineError::TwoBodies);
    }
}
