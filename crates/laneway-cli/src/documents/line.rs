//! One line: which resource, and the body's text.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::endpoint::Endpoint;

/// A line that says what it is of: exactly one of `body` and `body_text`; other members are passed over.
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

/// The members that a body has not: those of a line that says what it is of, and those that a file of failures has of a line
/// that is no document.
#[derive(Deserialize)]
struct Marks {
    endpoint: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "ignored")]
    body: Option<IgnoredAny>,
    body_text: Option<IgnoredAny>,
    outcome: Option<IgnoredAny>,
    detail: Option<IgnoredAny>,
    source: Option<IgnoredAny>,
}

impl Marks {
    fn are_a_body(&self) -> bool {
        let is_failure = self.outcome.is_some() && self.detail.is_some() && self.source.is_some();
        self.endpoint.is_none() && self.body.is_none() && self.body_text.is_none() && !is_failure
    }
}

/// As [`present`].
fn ignored<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<IgnoredAny>, D::Error> {
    IgnoredAny::deserialize(value).map(Some)
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
    #[error(
        "the line is not one JSON object, a body or \"project\", \"endpoint\" and \"body\" (or \"body_text\"): {0}"
    )]
    NotALine(String),
    /// A body, in a file of no resource.
    #[error(
        "the line is a body without \"project\" and \"endpoint\", and the file's name is no endpoint's; rename it, as to \
         students.jsonl, or name one with --endpoint"
    )]
    NoEndpoint,
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
    /// Reads a line of a file whose bodies are of this resource, if that is known.
    ///
    /// # Errors
    /// [`LineError`], but for [`LineError::TooLong`].
    pub(crate) fn parse(line: &'a [u8], of_file: Option<&'a Endpoint>) -> Result<Self, LineError> {
        let text = std::str::from_utf8(line).map_err(|error| LineError::NotUtf8(error.valid_up_to()))?;
        // Files written on Windows begin with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.trim_ascii_start().starts_with('{') {
            // serde would take an array's items for the members in their order.
            return Err(LineError::NotALine("it does not begin with `{`".to_owned()));
        }
        let written: Written<'_> = match serde_json::from_str(text) {
            Ok(written) => written,
            // A body may have a "project" of another type.
            Err(error) if error.is_data() && is_body(text) => return Self::of_body(text, of_file),
            Err(error) => return Err(LineError::NotALine(error.to_string())),
        };
        let body = match (written.body, written.body_text) {
            (Some(body), None) => Cow::Borrowed(body.get()),
            (None, Some(text)) => text,
            (None, None) if is_body(text) => return Self::of_body(text, of_file),
            (None, None) => return Err(LineError::Missing("body")),
            (Some(_), Some(_)) => return Err(LineError::TwoBodies),
        };
        Ok(Self {
            project: written.project.ok_or(LineError::Missing("project"))?,
            endpoint: written.endpoint.ok_or(LineError::Missing("endpoint"))?,
            body,
        })
    }

    fn of_body(text: &'a str, of_file: Option<&'a Endpoint>) -> Result<Self, LineError> {
        let Endpoint { project, endpoint } = of_file.ok_or(LineError::NoEndpoint)?;
        Ok(Self { project: Cow::Borrowed(project), endpoint: Cow::Borrowed(endpoint), body: text.trim_ascii().into() })
    }
}

fn is_body(text: &str) -> bool {
    serde_json::from_str(text).is_ok_and(|marks: Marks| marks.are_a_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_bytes() {
        let line = Line::parse(br#"{"x":0,"project":"p","endpoint":"e","body": { "a" : 1.0 } }"#, None).unwrap();
        assert_eq!((&*line.project, &*line.endpoint, &*line.body), ("p", "e", "{ \"a\" : 1.0 }"));
    }

    #[test]
    fn a_body_text_is_unescaped_and_need_not_be_json() {
        let line = Line::parse(br#"{"body_text":"{\"a\":","endpoint":"e","project":"p\u0021"}"#, None).unwrap();
        assert_eq!((&*line.project, &*line.body), ("p!", "{\"a\":"));
    }

    #[test]
    fn a_lone_surrogate_in_a_body_is_the_documents_matter() {
        let line = Line::parse(br#"{"project":"p","endpoint":"e","body":{"a":"\ud800"}}"#, None).unwrap();
        assert_eq!(&*line.body, r#"{"a":"\ud800"}"#);
    }

    #[test]
    fn a_body_null_is_a_body() {
        let line = Line::parse(br#"{"project":"p","endpoint":"e","body":null}"#, None);
        assert_eq!(line.unwrap().body, "null");
    }

    #[test]
    fn a_line_without_a_name_is_a_body_of_its_files_resource() {
        let students = Endpoint { project: "ed-fi".into(), endpoint: "students".into() };
        for (text, body) in [
            (&b"{\"a\": 1.0} \r"[..], "{\"a\": 1.0}"),
            (b"\xef\xbb\xbf{\"project\":{},\"source\":1}", "{\"project\":{},\"source\":1}"),
            (b"{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\"}"),
            (b"{}", "{}"),
        ] {
            let line = Line::parse(text, Some(&students)).unwrap();
            assert_eq!((&*line.project, &*line.endpoint, &*line.body), ("ed-fi", "students", body));
            assert_eq!(Line::parse(text, None).unwrap_err(), LineError::NoEndpoint);
        }
        let named = Line::parse(br#"{"project":"p","endpoint":"e","body":{}}"#, Some(&students)).unwrap();
        assert_eq!((&*named.project, &*named.endpoint), ("p", "e"));
        let error = |line: &[u8]| Line::parse(line, Some(&students)).unwrap_err();
        assert_eq!(error(br#"{"outcome":"invalid_document","detail":"","source":"a:1"}"#), LineError::Missing("body"));
        assert_eq!(error(br#"{"project":"p","endpoint":"e"}"#), LineError::Missing("body"));
        assert!(matches!(error(br#"{"a":1"#), LineError::NotALine(_)));
    }

    #[test]
    fn a_malformed_line_is_refused() {
        let error = |line: &[u8]| Line::parse(line, None).unwrap_err();
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
