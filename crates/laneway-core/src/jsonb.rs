//! How `jsonb` prints a number: the triggers read persons and organizations that way. Pure.

use laneway_json::Number;

/// The printed form of a JSON number token (`1e2` → `100`, `-0.0` → `0.0`, `1.50` as it is); `None` when its
/// exponent is beyond what anybody writes.
#[must_use]
pub(crate) fn number_text(token: &str) -> Option<String> {
    const EXPONENT_MAX: i32 = 400;
    let number = Number::parse(token)?;
    let exponent = number.exponent().filter(|exponent| exponent.abs() <= EXPONENT_MAX)?;
    let digits = format!("{}{}", number.whole, number.fraction);
    let point = number.whole.len() as i32 + exponent;
    let (integer, decimals) = if point <= 0 {
        ("0".to_owned(), "0".repeat(point.unsigned_abs() as usize) + &digits)
    } else if point as usize >= digits.len() {
        (digits.clone() + &"0".repeat(point as usize - digits.len()), String::new())
    } else {
        (digits[..point as usize].to_owned(), digits[point as usize..].to_owned())
    };
    let integer = integer.trim_start_matches('0');
    let integer = if integer.is_empty() { "0" } else { integer };
    let sign = if number.negative && digits.bytes().any(|b| b != b'0') { "-" } else { "" };
    let dot = if decimals.is_empty() { "" } else { "." };
    Some(format!("{sign}{integer}{dot}{decimals}"))
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
