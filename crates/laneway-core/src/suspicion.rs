//! Which documents PostgreSQL may refuse by themselves: they go alone, so that the refusal costs nobody else
//! and carries the database's own code. Cheap, and wrong only to the safe side. Pure.

use laneway_model::{Extraction, Operation, Value};

/// `varchar(32)` of the securable and authorization tables.
const PERSON_CHARS_MAX: usize = 32;
/// `varchar(128)` of `LastModifiedTraceId`.
const TRACE_CHARS_MAX: usize = 128;
/// An index row ends at 2,704 bytes (a third of a page); the first namespace is indexed.
const NAMESPACE_BYTES_MAX: usize = 2_600;
/// `numeric` holds 16,383 digits behind the point and 131,072 before it.
const DIGITS_MAX: usize = 16_000;
/// An exponent of four digits or more may leave numeric's range.
const EXPONENT_DIGITS_MAX: usize = 3;

/// Whether the database may refuse what the operation carries.
#[must_use]
pub(crate) fn is_suspicious(operation: &Operation) -> bool {
    let extraction = &operation.extraction;
    operation.trace_id.chars().nth(TRACE_CHARS_MAX).is_some()
        || operation.trace_id.contains('\0')
        || persons(extraction).any(|person| is_long_person(extraction.text(person)))
        || extraction.security.namespaces.first().is_some_and(|namespace| namespace.len as usize > NAMESPACE_BYTES_MAX)
        || has_odd_escape(&operation.document)
        || has_odd_number(&operation.document)
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

/// `\u0000` and surrogates (a pair is fine, but told apart only by reading on).
fn has_odd_escape(document: &[u8]) -> bool {
    let mut rest = document;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        match rest.get(at + 1..at + 6) {
            Some([b'u', b'0', b'0', b'0', b'0']) => return true,
            Some([b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]) if !is_pair(&rest[at..]) => {
                return true;
            }
            Some([b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B', ..]) => {
                rest = &rest[at + 12..];
                continue;
            }
            _ => {}
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

/// Whether `text` starts with an escaped high surrogate followed by an escaped low one.
fn is_pair(text: &[u8]) -> bool {
    matches!(text.get(2..4), Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B']))
        && matches!(text.get(6..10), Some([b'\\', b'u', b'd' | b'D', b'c'..=b'f' | b'C'..=b'F']))
        && text.len() >= 12
}

fn has_odd_number(document: &[u8]) -> bool {
    has_long_exponent(document) || (document.len() > DIGITS_MAX && has_long_digits(document))
}

/// A digit, `e`, perhaps a sign, and more digits than an exponent should have; also inside strings, which is harmless.
fn has_long_exponent(document: &[u8]) -> bool {
    memchr::memchr2_iter(b'e', b'E', document).any(|at| {
        at > 0 && document[at - 1].is_ascii_digit() && {
            let exponent = &document[at + 1..];
            let exponent = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
            exponent.iter().take_while(|b| b.is_ascii_digit()).nth(EXPONENT_DIGITS_MAX).is_some()
        }
    })
}

fn has_long_digits(document: &[u8]) -> bool {
    document.split(|b| !b.is_ascii_digit() && *b != b'.').any(|run| run.len() > DIGITS_MAX)
}

#[cfg(test)]
mod tests {
    use super::{has_long_digits, has_long_exponent, has_odd_escape};

    #[test]
    fn finds_escapes_that_postgresql_refuses() {
        for odd in
            [r#""\u0000""#, r#""a\\\u0000""#, r#""\ud800""#, r#""\uDC00\uD800""#, r#""\ud83dx""#, r#""\ud83d\u0041""#]
        {
            assert!(has_odd_escape(odd.as_bytes()), "{odd}");
        }
        for fine in [r#""\\u0000""#, r#""\ud83d\ude00""#, r#""\uD83D\uDE00\u0001""#, r#""\n""#, r#""\""#, ""] {
            assert!(!has_odd_escape(fine.as_bytes()), "{fine}");
        }
    }

    #[test]
    fn finds_numbers_beyond_numeric() {
        assert!(has_long_exponent(b"1e131072") && has_long_exponent(b"[1E-16384]") && has_long_exponent(b"0.1e+00001"));
        assert!(!has_long_exponent(b"1e400") && !has_long_exponent(b"\"seen 1e\"") && !has_long_exponent(b"e"));
        assert!(has_long_digits("7".repeat(16_001).as_bytes()) && !has_long_digits("7".repeat(16_000).as_bytes()));
    }
}
