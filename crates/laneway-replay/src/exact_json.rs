//! JSON written one way, with numbers as they were written: two texts that mean exactly the same are written alike.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Compact, members sorted by name, strings in their shortest form, numbers by their token.
pub(crate) fn exact(json: &RawValue) -> String {
    let text = json.get().trim();
    let written = match text.as_bytes().first() {
        Some(b'{') => object(json),
        Some(b'[') => array(text),
        Some(b'"') => serde_json::from_str(text).ok().map(quoted),
        _ => None,
    };
    // A RawValue is JSON, so that what cannot be read holds strings with lone surrogates: it stays as it is.
    written.unwrap_or_else(|| text.to_owned())
}

/// The members of an object, each written so; `None` when it is none.
pub(crate) fn exact_members(json: &RawValue) -> Option<BTreeMap<String, String>> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(json.get()).ok()?;
    Some(members.into_iter().map(|(name, value)| (name, exact(value))).collect())
}

fn object(json: &RawValue) -> Option<String> {
    let members = exact_members(json)?.into_iter().map(|(name, value)| format!("{}:{value}", quoted(name)));
    Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
}

fn array(text: &str) -> Option<String> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(format!("[{}]", elements.into_iter().map(exact).collect::<Vec<_>>().join(",")))
}

fn quoted(text: String) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> String {
        exact(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn keeps_numbers_and_sorts_members() {
        assert_eq!(
            written(r#" {"b": 1.50, "a":[1e2, -0.0,null ,true], "c":{}} "#),
            r#"{"a":[1e2,-0.0,null,true],"b":1.50,"c":{}}"#
        );
        assert_ne!(written("1.0"), written("1.00"));
    }

    #[test]
    fn writes_strings_one_way() {
        assert_eq!(written(r#""\u0041\/\u00e9""#), written(r#""A/é""#));
        assert_eq!(written(r#"{"\u0061":1}"#), r#"{"a":1}"#);
        assert_eq!(written(r#""\ud800""#), r#""\ud800""#);
    }
}
