//! JSON scalars in a document, as a plugin points at them: checked here, since a plugin may point anywhere.

use laneway_json::{Error, ErrorKind, Number, unescape_into};
use laneway_model::TokenKind;

/// Why a span does not give a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenError {
    /// It lies outside of the document, not on the borders of a token or of a character: the plugin's fault.
    Astray,
    /// It is `null`, an object or an array.
    NotAScalar,
    /// It stands where a value stands but is not JSON.
    Malformed,
    /// It holds half of a surrogate pair.
    LoneSurrogate,
}

/// The token that `offset` and `length` span in `document`: whole, and nothing but it.
pub(crate) fn token(document: &str, offset: u32, length: u32) -> Result<&str, TokenError> {
    let start = offset as usize;
    // 32 bits each: no overflow where addresses have 64, and `get` refuses what wraps where they have 32.
    let end = start.wrapping_add(length as usize);
    let token = document.get(start..end).filter(|token| !token.is_empty()).ok_or(TokenError::Astray)?;
    let bytes = document.as_bytes();
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    if !before.is_some_and(|byte| is_space(*byte) || matches!(byte, b':' | b',' | b'[' | b'{')) {
        return Err(TokenError::Astray);
    }
    if matches!(token.as_bytes()[0], b'{' | b'[') {
        return Ok(token);
    }
    let after = bytes.get(end);
    if after.is_some_and(|byte| is_space(*byte) || matches!(byte, b',' | b']' | b'}' | b':')) {
        Ok(token)
    } else {
        Err(TokenError::Astray)
    }
}

/// Appends the text of a token to `out`: a string's content, a number or boolean as it is written.
pub(crate) fn push_text(token: &str, out: &mut String) -> Result<TokenKind, TokenError> {
    match token.as_bytes() {
        [b'"', content @ .., b'"'] => {
            // The quotes are single bytes, so what is between them is on character borders.
            let content = &token[1..=content.len()];
            unescape_into(content, out).map_err(|error| fault(content, error))?;
            Ok(TokenKind::String)
        }
        b"true" | b"false" => {
            out.push_str(token);
            Ok(TokenKind::Boolean)
        }
        b"null" | [b'{' | b'[', ..] => Err(TokenError::NotAScalar),
        _ if Number::parse(token).is_some() => {
            out.push_str(token);
            Ok(TokenKind::Number)
        }
        other => {
            Err(if other.iter().any(|byte| is_border(*byte)) { TokenError::Astray } else { TokenError::Malformed })
        }
    }
}

/// What an error inside a string tells of the span: a bare quote ends the string before the span does.
#[cold]
fn fault(content: &str, error: Error) -> TokenError {
    match (error.kind(), content.as_bytes().get(error.at())) {
        (ErrorKind::LoneSurrogate, _) => TokenError::LoneSurrogate,
        (ErrorKind::Syntax, Some(b'"')) => TokenError::Astray,
        _ => TokenError::Malformed,
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_border(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b':' | b',' | b'[' | b']' | b'{' | b'}' | b'"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(token: &str) -> Result<(String, TokenKind), TokenError> {
        let mut out = String::from("before");
        push_text(token, &mut out).map(|kind| (out["before".len()..].to_owned(), kind))
    }

    #[test]
    fn strings_lose_their_escapes() {
        for (token, expected) in [
            (r#""""#, ""),
            (r#""a""#, "a"),
            (r#""é€😀""#, "é€😀"),
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""a\u00e9b\u0000""#, "aéb\0"),
            (r#""\ud83d\uDE00!""#, "😀!"),
        ] {
            assert_eq!(text(token), Ok((expected.to_owned(), TokenKind::String)), "{token}");
        }
    }

    #[test]
    fn numbers_and_booleans_stay_as_they_are_written() {
        for token in ["0", "-0", "12", "-1.50", "1e3", "2.022E+3", "9223372036854775808", "0.0e-00"] {
            assert_eq!(text(token), Ok((token.to_owned(), TokenKind::Number)));
        }
        assert_eq!(text("true"), Ok(("true".to_owned(), TokenKind::Boolean)));
        assert_eq!(text("false"), Ok(("false".to_owned(), TokenKind::Boolean)));
    }

    #[test]
    fn each_fault_has_its_own_name() {
        use TokenError::{Astray, LoneSurrogate, Malformed, NotAScalar};
        for (token, fault) in [
            ("null", NotAScalar),
            ("{", NotAScalar),
            ("[", NotAScalar),
            ("[1]", NotAScalar),
            ("01", Malformed),
            ("-", Malformed),
            ("1.", Malformed),
            (".5", Malformed),
            ("1e", Malformed),
            ("+1", Malformed),
            ("NaN", Malformed),
            ("True", Malformed),
            ("'a'", Malformed),
            ("é", Malformed),
            ("1,2", Astray),
            ("1 ", Astray),
            ("\"", Astray),
            (r#""a"b""#, Astray),
            (r#""a":1"#, Astray),
            ("\"a\nb\"", Malformed),
            (r#""\q""#, Malformed),
            (r#""\""#, Malformed),
            (r#""\u12""#, Malformed),
            (r#""\u12g4""#, Malformed),
            (r#""\u+123""#, Malformed),
            (r#""\u00é9""#, Malformed),
            (r#""\ud800""#, LoneSurrogate),
            (r#""\ud800x""#, LoneSurrogate),
            (r#""\ud800\n""#, LoneSurrogate),
            (r#""\ude00\ud83d""#, LoneSurrogate),
            (r#""\ud800\ud800""#, LoneSurrogate),
            (r#""\ud800\u0041""#, LoneSurrogate),
            (r#""\ud800\u12""#, Malformed),
        ] {
            assert_eq!(text(token), Err(fault), "{token}");
        }
    }

    #[test]
    fn a_span_is_a_whole_token() {
        let document = r#"{"aé":[12, "x\"y"],"b":{}}"#;
        let at = |text: &str| u32::try_from(document.find(text).unwrap()).unwrap();
        assert_eq!(token(document, at("12"), 2), Ok("12"));
        assert_eq!(token(document, at("\"x"), 6), Ok(r#""x\"y""#));
        assert_eq!(token(document, at("{}"), 1), Ok("{"));
        assert_eq!(token(document, at("\"b\""), 3), Ok("\"b\""), "a member's name is a token too");
        for (offset, length) in [
            (at("12"), 1),
            (at("12") + 1, 1),
            (at("12"), 0),
            (at("\"y"), 4),
            (at("é"), 1),
            (at("é") + 1, 1),
            (0, 1),
            (0, u32::MAX),
            (u32::MAX, u32::MAX),
            (u32::try_from(document.len()).unwrap(), 0),
            (u32::try_from(document.len()).unwrap(), 1),
        ] {
            assert_eq!(token(document, offset, length), Err(TokenError::Astray), "{offset} {length}");
        }
    }

    proptest! {
        #[test]
        fn a_written_string_reads_back(content in any::<String>()) {
            let token = serde_json::to_string(&content).unwrap();
            prop_assert_eq!(text(&token), Ok((content, TokenKind::String)));
        }

        #[test]
        fn any_span_of_any_document_is_survived(document in any::<String>(), offset in 0_u32..80, length in 0_u32..80) {
            if let Ok(token) = token(&document, offset, length) {
                let _ = text(token);
            }
        }

        #[test]
        fn agrees_with_serde_json(document in r#"[-+.eE0-9"\\ud8cABtrfalsn{}\[\],: é]{1,12}"#) {
            if let Ok((text, kind)) = text(&document) {
                let value: serde_json::Value = serde_json::from_str(&document).unwrap();
                match kind {
                    TokenKind::String => prop_assert_eq!(value.as_str(), Some(&*text)),
                    TokenKind::Number => prop_assert!(value.is_number()),
                    TokenKind::Boolean => prop_assert_eq!(value.to_string(), text),
                }
            }
        }
    }
}
