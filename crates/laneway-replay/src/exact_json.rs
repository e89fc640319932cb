//! JSON written one way, with numbers as they were written: two texts that mean exactly the same are written alike.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Compact, members sorted by name, strings in their shortest form, numbers by their token.
pub(crate) fn exact(json: &RawValue) -> String {
    let mut out = String::with_capacity(json.get().len());
    write(json, &mut out);
    out
}

/// The members of an object, each written so; `None` when it is none.
pub(crate) fn exact_members(json: &RawValue) -> Option<BTreeMap<String, String>> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(json.get()).ok()?;
    Some(members.into_iter().map(|(name, value)| (name, exact(value))).collect())
}

fn write(json: &RawValue, out: &mut String) {
    let text = json.get().trim();
    let written = match text.as_bytes().first() {
        Some(b'{') => object(text, out),
        Some(b'[') => array(text, out),
        Some(b'"') => serde_json::from_str::<String>(text).map(|string| quoted(&string, out)),
        _ => {
            out.push_str(text);
            Ok(())
        }
    };
    // A RawValue is JSON, so that only strings with lone surrogates come here: they stay as they are.
    if written.is_err() {
        out.push_str(text);
    }
}

fn object(text: &str, out: &mut String) -> serde_json::Result<()> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    out.push('{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        quoted(&name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
    Ok(())
}

fn array(text: &str, out: &mut String) -> serde_json::Result<()> {
    let elements: Vec<&RawValue> = serde_json::from_str(text)?;
    out.push('[');
    for (index, element) in elements.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(element, out);
    }
    out.push(']');
    Ok(())
}

fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
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
