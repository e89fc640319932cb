//! What has to be known of a document that no plugin reads: that it is a JSON object of bearable depth, and its
//! `_etag`.

use laneway_model::Outcome;
use serde::Deserialize;
use serde_json::Value;

/// The most open brackets, the root's among them: what plugins take.
const DEPTH_MAX: usize = 64;

/// A document, as far as it is looked at.
#[derive(Debug)]
pub(crate) struct Body {
    /// The `_etag`, where it is a text.
    pub(crate) etag: Option<String>,
}

#[derive(Deserialize)]
struct Members {
    #[serde(rename = "_etag", default)]
    etag: Option<Value>,
}

/// Reads a document, or says why it cannot be stored.
pub(crate) fn read(document: &[u8]) -> Result<Body, Outcome> {
    if depth(document) > DEPTH_MAX {
        return Err(invalid("invalid-json", format!("The document has more than {DEPTH_MAX} open brackets.")));
    }
    if document.trim_ascii_start().first() != Some(&b'{') {
        return Err(invalid("not-an-object", "The document is not a JSON object.".into()));
    }
    let members: Members = serde_json::from_slice(document)
        .map_err(|error| invalid("invalid-json", format!("The document is not JSON: {error}.")))?;
    let etag = match members.etag {
        Some(Value::String(etag)) => Some(etag),
        _ => None,
    };
    Ok(Body { etag })
}

fn invalid(code: &str, message: String) -> Outcome {
    Outcome::InvalidDocument { code: code.into(), message }
}

/// The most brackets that are open at one place, outside texts.
fn depth(document: &[u8]) -> usize {
    let (mut open, mut most, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in document {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                open += 1;
                most = most.max(open);
            }
            b'}' | b']' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(document: &str) -> Option<String> {
        match read(document.as_bytes()) {
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
    }

    #[test]
    fn finds_the_tag_where_it_is_a_text() {
        let etag = |document: &str| read(document.as_bytes()).unwrap().etag;
        assert_eq!(etag(r#"{"a":{"_etag":"no"},"_etag":"yes"}"#).as_deref(), Some("yes"));
        assert_eq!(etag(r#"{"_etag":5}"#), None);
        assert_eq!(etag("{}"), None);
    }
}
