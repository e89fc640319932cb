//! What has to be known of a document that no plugin reads: that it is a JSON object of bearable depth, and its
//! `_etag`.

use laneway_json::{DEPTH_MAX, Error, ErrorKind, Kind, Tokens};
use laneway_model::Outcome;

/// Reads a document's `_etag`, where it is a string.
///
/// # Errors
/// The outcome of a document that cannot be stored.
pub(crate) fn read_etag(document: &[u8]) -> Result<Option<String>, Outcome> {
    if document.trim_ascii_start().first() != Some(&b'{') {
        return Err(invalid("not-an-object", "The document is not a JSON object.".into()));
    }
    let not_json = |at: usize| invalid("invalid-json", format!("The document is not JSON (byte {at})."));
    let document = std::str::from_utf8(document).map_err(|error| {
        invalid("invalid-json", format!("The document is not UTF-8 (byte {}).", error.valid_up_to()))
    })?;
    etag(document).map_err(|error| match error.kind() {
        ErrorKind::TooDeep => invalid("invalid-json", format!("The document has more than {DEPTH_MAX} open brackets.")),
        _ => not_json(error.at()),
    })
}

fn etag(document: &str) -> Result<Option<String>, Error> {
    let mut tokens = Tokens::new(document.as_bytes());
    let mut etag = None;
    while let Some(name) = tokens.next().transpose()? {
        if name.kind == Kind::Name && tokens.depth() == 1 && name.unescape(document)? == "_etag" {
            let value = tokens.next().transpose()?.filter(|value| value.kind == Kind::String);
            // Which of two counts is not ours to decide.
            if etag.replace(value.map(|value| value.unescape(document)).transpose()?).is_some() {
                return Err(Error::new(ErrorKind::Syntax, name.start));
            }
        }
    }
    Ok(etag.flatten())
}

fn invalid(code: &str, message: String) -> Outcome {
    Outcome::InvalidDocument { code: code.into(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(document: &str) -> Option<String> {
        match read_etag(document.as_bytes()) {
            Err(Outcome::InvalidDocument { code, .. }) => Some(code),
            Err(other) => panic!("{other:?}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn takes_objects_of_bearable_depth_alone() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert_eq!(code(&nested(64)), None);
        assert_eq!(code(&nested(65)).as_deref(), Some("invalid-json"));
        assert_eq!(code("[]").as_deref(), Some("not-an-object"));
        assert_eq!(code("{\"a\":}").as_deref(), Some("invalid-json"));
        assert_eq!(code(r#"{"a":"\\\"[[{{"}"#), None, "brackets within a text open nothing");
        assert_eq!(code(r#"{"_etag":"a","\u005fetag":"b"}"#).as_deref(), Some("invalid-json"));
    }

    #[test]
    fn finds_the_tag_where_it_is_a_text() {
        let etag = |document: &str| read_etag(document.as_bytes()).unwrap();
        assert_eq!(etag(r#"{"a":{"_etag":"no"},"_etag":"yes"}"#).as_deref(), Some("yes"));
        assert_eq!(etag(r#"{"_etag":5}"#), None);
        assert_eq!(etag("{}"), None);
    }
}
