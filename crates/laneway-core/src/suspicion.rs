//! Which documents PostgreSQL may refuse by themselves: they are isolated, so that the refusal costs no other document
//! and carries the database's own code. Cheap, and wrong only to the safe side. Pure.

use std::ops::Range;

use laneway_json::{Kind, Number, Part, Tokens, parts};
use laneway_model::{Extraction, Operation, TRACE_ID_CHARS_MAX, Value};

/// `varchar(32)` of the securable and authorization tables.
const PERSON_CHARS_MAX: usize = 32;
/// An index row ends at 2,704 bytes (a third of a page); the first namespace is indexed.
const NAMESPACE_BYTES_MAX: usize = 2_600;
/// What `numeric` holds before the point.
const WHOLE_DIGITS_MAX: i64 = 131_072;
/// What `numeric` holds behind the point.
const FRACTION_DIGITS_MAX: i64 = 16_383;

/// Whether the database may refuse what the operation carries.
#[must_use]
pub(crate) fn is_suspicious(operation: &Operation) -> bool {
    let extraction = &operation.extraction;
    operation.trace_id.chars().nth(TRACE_ID_CHARS_MAX).is_some()
        || operation.trace_id.contains('\0')
        || persons(extraction).any(|person| is_long_person(extraction.text(person)))
        || extraction.security.namespaces.first().is_some_and(|namespace| namespace.len as usize > NAMESPACE_BYTES_MAX)
        || has_odd_token(&operation.document)
}

fn persons(extraction: &Extraction) -> impl Iterator<Item = Value> + '_ {
    let security = &extraction.security;
    let first =
        [&security.students, &security.contacts, &security.staff].into_iter().filter_map(|v| v.first().copied());
    let associated = extraction.association().map(|association| [association.person, association.other]);
    first.chain(associated.into_iter().flatten().flatten())
}

fn is_long_person(text: &str) -> bool {
    text.len() > PERSON_CHARS_MAX && text.chars().nth(PERSON_CHARS_MAX).is_some()
}

/// Whether the database may refuse one of the document's tokens. Only tokens count: an id such as `12e34567` is a
/// string, whatever it looks like.
fn has_odd_token(document: &[u8]) -> bool {
    Tokens::new(document).any(|token| match token {
        Ok(token) if token.kind == Kind::Number => text(document, token.span()).is_none_or(is_beyond_numeric),
        Ok(token) if token.escaped => text(document, token.content()).is_none_or(is_beyond_text),
        Ok(_) => false,
        // Extraction may pass over what it does not read; the database does not.
        Err(_) => true,
    })
}

fn text(document: &[u8], span: Range<usize>) -> Option<&str> {
    std::str::from_utf8(&document[span]).ok()
}

/// `\u0000`, or half of a surrogate pair.
fn is_beyond_text(content: &str) -> bool {
    parts(content).any(|part| matches!(part, Ok(Part::Escaped('\0')) | Err(_)))
}

/// Counted by digits as they are written: leading zeros count, so what is left may still be taken.
fn is_beyond_numeric(token: &str) -> bool {
    let digits = Number::parse(token).and_then(|number| {
        let exponent = i64::from(number.exponent()?);
        Some((number.whole.len() as i64 + exponent, number.fraction.len() as i64 - exponent))
    });
    digits.is_none_or(|(whole, fraction)| whole > WHOLE_DIGITS_MAX || fraction > FRACTION_DIGITS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_postgresql_refuses_are_suspicious() {
        for odd in
            [r#""\u0000""#, r#""a\\\u0000""#, r#""\ud800""#, r#""\uDC00\uD800""#, r#""\ud83dx""#, r#""\ud83d\u0041""#]
        {
            assert!(has_odd_token(odd.as_bytes()), "{odd}");
        }
        for fine in [r#""\\u0000""#, r#""\ud83d\ude00""#, r#""\uD83D\uDE00\u0001""#, r#""\n""#, r#""\"""#] {
            assert!(!has_odd_token(fine.as_bytes()), "{fine}");
        }
    }

    #[test]
    fn numbers_beyond_numeric_are_suspicious() {
        let ones = |count: usize| "1".repeat(count);
        // In pairs: what `numeric` just holds, and what it does not. More of them are compared with PostgreSQL itself.
        for (held, beyond) in [
            ("-1e131071".to_owned(), "-1e131072".to_owned()),
            (format!("0.{}e-900", ones(15_483)), format!("0.{}e-900", ones(15_900))),
            ("1e9".to_owned(), "1e99999999999999999999".to_owned()),
        ] {
            assert!(!has_odd_token(format!("[{held}]").as_bytes()), "{held}");
            assert!(has_odd_token(format!("[{beyond}]").as_bytes()), "{beyond}");
        }
    }

    #[test]
    fn a_number_in_a_string_is_not_suspicious() {
        for fine in
            [r#"{"a":"12e34567"}"#.to_owned(), r#"{"1e99999":1}"#.to_owned(), format!("[\"{}\"]", "7".repeat(20_000))]
        {
            assert!(!has_odd_token(fine.as_bytes()), "{fine}");
        }
    }

    #[test]
    fn text_that_is_not_json_is_suspicious() {
        for odd in ["", "[", "{'a':1}", "[\"\0\"]"] {
            assert!(has_odd_token(odd.as_bytes()), "{odd}");
        }
    }
}
