//! Sets `_etag` and `_lastModifiedDate` in a body's text and leaves every other byte as it is.

use std::ops::Range;

use super::canonical::CanonicalError;
use super::etag::{Tagged, Tagger};

/// Stamps bodies; keeps its buffers from one to the next.
#[derive(Default, Debug)]
pub struct Stamper {
    tagger: Tagger,
}

impl Stamper {
    /// `body` with its top-level `_etag` and `_lastModifiedDate` set; values that stand there are replaced.
    /// `date` is written between quotes as it is (UTC, `yyyy-MM-ddTHH:mm:ssZ`).
    ///
    /// # Errors
    /// A body without a tag cannot be stamped. Hand it over as it is: its extraction or the database refuses it
    /// with the outcome that its caller should see.
    pub fn stamp(&mut self, body: &str, date: &str) -> Result<Vec<u8>, CanonicalError> {
        let tagged = self.tagger.tag(body)?;
        let mut edits = edits(&tagged, date);
        edits.sort_by_key(|(span, _)| span.start);
        let mut stamped = Vec::with_capacity(body.len() + 128);
        let mut at = 0;
        for (span, text) in edits {
            stamped.extend_from_slice(&body.as_bytes()[at..span.start]);
            stamped.extend_from_slice(text.as_bytes());
            at = span.end;
        }
        stamped.extend_from_slice(&body.as_bytes()[at..]);
        Ok(stamped)
    }
}

/// What replaces which bytes: the old values, or new members before the closing bracket.
fn edits(tagged: &Tagged, date: &str) -> Vec<(Range<usize>, String)> {
    let end = tagged.object.end - 1;
    let mut edits = Vec::with_capacity(2);
    let mut comma = if tagged.is_empty { "" } else { "," };
    for (name, value, found) in
        [("_lastModifiedDate", date, &tagged.date_value), ("_etag", tagged.etag.as_str(), &tagged.etag_value)]
    {
        match found {
            Some(span) => edits.push((span.clone(), format!("\"{value}\""))),
            None => {
                edits.push((end..end, format!("{comma}\"{name}\":\"{value}\"")));
                comma = ",";
            }
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(body: &str, expect: &Expect) {
        let stamped = Stamper::default().stamp(body, "2025-01-02T03:04:05Z");
        expect.assert_eq(&stamped.map_or_else(|error| error.to_string(), |text| String::from_utf8(text).unwrap()));
    }

    #[test]
    fn sets_both_and_keeps_every_other_byte() {
        check(
            "{ \"a\" : 1.0, \"b\":\"\\u0041\" }\t",
            &expect![[
                r#"{ "a" : 1.0, "b":"\u0041" ,"_lastModifiedDate":"2025-01-02T03:04:05Z","_etag":"wadsL5uP1cjohmgxQi6B50zTx9D357wZ61Zv7CrjizQ="}	"#
            ]],
        );
    }

    #[test]
    fn replaces_values_in_place() {
        check(
            r#"{"_etag":{"x":[1]},"a":1,"_lastModifiedDate":null}"#,
            &expect![[
                r#"{"_etag":"AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=","a":1,"_lastModifiedDate":"2025-01-02T03:04:05Z"}"#
            ]],
        );
        check(
            r#"{"a":1,"\u005fetag":"old","id":7}"#,
            &expect![[
                r#"{"a":1,"\u005fetag":"AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=","id":7,"_lastModifiedDate":"2025-01-02T03:04:05Z"}"#
            ]],
        );
    }

    #[test]
    fn nested_stamps_are_kept() {
        check(
            r#"{"a":{"_etag":"x","_lastModifiedDate":"y"}}"#,
            &expect![[
                r#"{"a":{"_etag":"x","_lastModifiedDate":"y"},"_lastModifiedDate":"2025-01-02T03:04:05Z","_etag":"ex9iJsBw1/T350dkRheDsEpOJcIIfQ8y12C9we1ugw0="}"#
            ]],
        );
    }

    #[test]
    fn an_empty_body_is_stamped() {
        check(
            "{}",
            &expect![[
                r#"{"_lastModifiedDate":"2025-01-02T03:04:05Z","_etag":"RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="}"#
            ]],
        );
    }

    #[test]
    fn a_body_without_a_tag_is_not_stamped() {
        check(r#"{"a":1,"a":2}"#, &expect!["an object has two members of one name (at byte 12)"]);
    }
}
