//! The same texts are JSON as for `serde_json`, and mean the same. [`agree`] takes any bytes: it is what to fuzz.

use std::iter::Peekable;

use laneway_json::{ErrorKind, Kind, Token, Tokens};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// Panics where the two differ about `text`.
fn agree(text: &str) {
    let tokens: Result<Vec<Token>, _> = Tokens::new(text.as_bytes()).collect();
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    match tokens {
        Err(error) if error.kind() == ErrorKind::TooDeep => {}
        Err(error) => assert!(!is_json, "{error}: {text}"),
        Ok(tokens) => {
            assert!(is_json, "{text}");
            let ours = value(text, &mut tokens.into_iter().peekable());
            // What the grammar allows and a value cannot hold (half of a pair, 1e999), neither of us reads.
            assert_eq!(ours, serde_json::from_str(text).ok(), "{text}");
        }
    }
}

fn value(text: &str, tokens: &mut Peekable<std::vec::IntoIter<Token>>) -> Option<Value> {
    let token = tokens.next()?;
    match token.kind {
        Kind::ObjectStart => {
            let mut members = Some(Map::new());
            while let Some(name) = tokens.next().filter(|name| name.kind == Kind::Name) {
                let member = name.unescape(text).ok().zip(value(text, tokens));
                members = members.zip(member).map(|(mut members, (name, value))| {
                    members.insert(name, value);
                    members
                });
            }
            members.map(Value::Object)
        }
        Kind::ArrayStart => {
            let mut items = Vec::new();
            while tokens.peek()?.kind != Kind::ArrayEnd {
                items.push(value(text, tokens));
            }
            tokens.next();
            items.into_iter().collect()
        }
        Kind::String => {
            assert_eq!(token.escaped, text[token.content()].contains('\\'));
            token.unescape(text).ok().map(Value::String)
        }
        _ => serde_json::from_str(&text[token.span()]).ok(),
    }
}

fn documents() -> impl Strategy<Value = Value> {
    let scalars = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalars.prop_recursive(8, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_on_texts_that_are_nearly_json(text in r#"[-+.eE0-9"\\ud8cABtrfalsn{}\[\]:, \né]{1,16}"#) {
        agree(&text);
    }

    #[test]
    fn agrees_on_documents_with_a_byte_changed(document in documents(), at in any::<prop::sample::Index>(), byte in 0_u8..0x80) {
        let text = document.to_string();
        agree(&text);
        let mut changed = text.into_bytes();
        let at = at.index(changed.len());
        changed[at] = byte;
        if let Ok(changed) = String::from_utf8(changed) {
            agree(&changed);
        }
    }

    #[test]
    fn agrees_on_white_space(document in documents()) {
        agree(&serde_json::to_string_pretty(&document).unwrap());
    }
}

#[test]
fn agrees_on_what_a_value_cannot_hold() {
    for text in
        [r#"["\ud800"]"#, r#"{"\udc00":1}"#, r#"{"a":["\ud800\ud800",{"b":2}],"c":3}"#, "[1e999]", "-0", "1e400"]
    {
        agree(text);
    }
}
