//! How `jsonb` prints a number: the triggers read persons and organizations that way. Pure.

use laneway_json::Number;

/// The printed form of a JSON number token (`1e2` → `100`, `-0.0` → `0.0`, `1.50` as it is); `None` when its
/// exponent is beyond what anybody writes.
#[must_use]
pub(crate) fn number_text(token: &str) -> Option<String> {
    Number::parse(token)?.plain()
}

#[cfg(test)]
mod tests {
    use super::number_text;

    #[test]
    fn prints_as_numeric_does() {
        for (token, text) in [
            ("100", "100"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("1.50", "1.50"),
            ("1.50e1", "15.0"),
            ("1.5e-3", "0.0015"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("-1.0", "-1.0"),
            ("0e5", "0"),
            ("12e-1", "1.2"),
            ("0.5e1", "5"),
        ] {
            assert_eq!(number_text(token).as_deref(), Some(text), "{token}");
        }
        assert_eq!(number_text("1e401"), None);
    }
}
