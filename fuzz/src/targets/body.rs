//! Bodies that are coerced and stamped: what comes out is JSON, and a second time changes nothing.

use std::sync::LazyLock;

use laneway_dms::{CoercedKind, Coercion, CoercionExtent, Stamper};
use laneway_json::Tokens;
use serde_json::Value;

const DATE: &str = "2025-01-02T03:04:05Z";

/// Paths that the corpus has values at.
static COERCION: LazyLock<Coercion> = LazyLock::new(|| {
    let mut coercion = Coercion::default();
    for (kind, path) in [
        (CoercedKind::Number, "$.n"),
        (CoercedKind::Boolean, "$.b"),
        (CoercedKind::Date, "$.d"),
        (CoercedKind::DateTime, "$.t"),
        (CoercedKind::Number, "$.l[*].n"),
        (CoercedKind::Date, "$.l[*].m[*].d"),
    ] {
        coercion.add(kind, path).expect("a path");
    }
    coercion
});

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut body = text.to_owned();
    for extent in [CoercionExtent::Dates, CoercionExtent::All] {
        if let Some(coerced) = COERCION.apply(&body, extent) {
            body = String::from_utf8(coerced).expect("coerced text");
            assert!(is_json(&body), "coerced: {body}");
            assert_eq!(COERCION.apply(&body, extent), None, "coerced twice: {body}");
        }
    }
    let mut stamper = Stamper::default();
    let Ok(stamped) = stamper.stamp(&body, DATE) else { return };
    let stamped = String::from_utf8(stamped).expect("stamped text");
    assert!(is_json(&stamped), "stamped: {stamped}");
    let again = stamper.stamp(&stamped, DATE).expect("what was stamped can be stamped");
    assert_eq!(String::from_utf8(again).expect("stamped text"), stamped, "stamped twice");
    if let Ok(Value::Object(members)) = serde_json::from_str(&stamped) {
        assert_eq!(members["_lastModifiedDate"], DATE);
        assert!(members["_etag"].as_str().is_some_and(|tag| tag.len() == 44), "{stamped}");
    }
}

fn is_json(text: &str) -> bool {
    Tokens::new(text.as_bytes()).all(|token| token.is_ok())
}
