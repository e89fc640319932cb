//! A prepared statement's text with its parameters written out: for statements that people read before they run.

use std::fmt::Write as _;

/// The statement with each `$n` replaced by a literal, its comments left out, on one line a clause as it stands.
pub(super) fn with_literals(statement: &str, parameters: &[String]) -> String {
    // What a comment says of $1 is no place for a value.
    let lines = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    // From behind, so that $1 is not taken for the beginning of $10.
    for (index, literal) in parameters.iter().enumerate().rev() {
        text = text.replace(&format!("${}", index + 1), literal);
    }
    text
}

/// An array of texts.
pub(super) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    array(values.into_iter().map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))))
}

/// An array of numbers or truth values.
pub(super) fn plain(values: impl IntoIterator<Item = impl ToString>) -> String {
    array(values.into_iter().map(|value| value.to_string()))
}

/// As an escape string, whatever the session takes for a plain one; on one line.
fn array(elements: impl Iterator<Item = String>) -> String {
    let text = elements.collect::<Vec<_>>().join(",");
    let mut literal = String::from("E'{");
    for character in text.chars() {
        match character {
            '\'' => literal.push_str("''"),
            '\\' => literal.push_str("\\\\"),
            // A dollar of a value must not be taken for a parameter's.
            character if character.is_control() || character == '$' => {
                let _ = write!(literal, "\\u{:04x}", u32::from(character));
            }
            character => literal.push(character),
        }
    }
    literal.push_str("}'");
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_values() {
        let statement = "-- Of $1\nSELECT $1::text[],\n    -- and $2\n    $2::bigint[]";
        let written = with_literals(statement, &[texts(["it's", "a\\\"b\n$2"]), plain([1, -2])]);
        let expected = "SELECT E'{\"it''s\",\"a\\\\\\\\\\\\\"b\\u000a\\u00242\"}'::text[],\n    E'{1,-2}'::bigint[]";
        assert_eq!(written, expected);
    }
}
