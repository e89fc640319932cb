//! The reader of JSON beside serde's: what both take is the same, and they take the same but for how deep it is.

use laneway_json::{ErrorKind, Kind, Number, Tokens};
use serde::de::IgnoredAny;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read: Result<Vec<_>, _> = Tokens::new(data).collect();
    let expected = serde_json::from_str::<IgnoredAny>(text);
    let tokens = match (read, expected) {
        (Ok(tokens), Ok(_)) => tokens,
        (Err(error), Ok(_)) => {
            assert_eq!(error.kind(), ErrorKind::TooDeep, "{error:?}");
            return;
        }
        (Ok(_), Err(error)) => panic!("serde refuses it: {error}"),
        (Err(error), Err(_)) => {
            assert!(error.at() <= data.len());
            return;
        }
    };
    let mut end = 0;
    for token in tokens {
        assert!(end <= token.start && token.start < token.end && token.end <= data.len(), "{token:?}");
        end = token.end;
        let written = &text[token.span()];
        match token.kind {
            Kind::Name | Kind::String => {
                // Serde pairs halves of surrogates as we do, and refuses those without their other half.
                let expected = serde_json::from_str::<String>(written).ok();
                assert_eq!(token.unescape(text).ok(), expected, "{written}");
                assert_eq!(token.escaped, written.contains('\\'));
            }
            Kind::Number => number(written),
            Kind::Literal => assert!(["true", "false", "null"].contains(&written)),
            Kind::ObjectStart | Kind::ObjectEnd | Kind::ArrayStart | Kind::ArrayEnd => assert_eq!(written.len(), 1),
        }
    }
}

/// Written without an exponent, it is the same number.
fn number(token: &str) {
    let number = Number::parse(token).expect("a number");
    if let Some(plain) = number.plain() {
        assert!(!plain.contains(['e', 'E']));
        let value = |text: &str| text.parse::<f64>().expect("a number").to_bits();
        // Zero may lose its sign.
        if token.parse() != Ok(0.0) {
            assert_eq!(value(&plain), value(token), "{token} as {plain}");
        }
    }
}
