//! Booleans and numbers as .NET reads them from texts and writes them as JSON.

use laneway_model::parse_int64;

/// Decimal positions in front of which, and behind which, .NET writes a power of ten instead of zeros.
const PLAIN_POSITIONS: std::ops::RangeInclusive<i32> = -3..=17;

/// As `bool.TryParse`: in any case, between white space and NULs.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    [(true, "true"), (false, "false")].iter().find(|(_, word)| text.eq_ignore_ascii_case(word)).map(|(value, _)| *value)
}

/// A number as JSON has it: a floating-point number where there is a point, else an integer of 64 bits.
pub(super) fn number(text: &str) -> Option<String> {
    if text.contains('.') { float(text).map(shortest) } else { parse_int64(text).map(|integer| integer.to_string()) }
}

/// As `double.TryParse`, but for separators of thousands and NULs at the end.
fn float(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| matches!(c, '\u{9}'..='\u{d}' | ' '));
    // What else Rust reads: infinities and NaN by name.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-' | b'e' | b'E'));
    // A number too large is infinite, which JSON cannot say.
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// The fewest digits that read back as the same number, as .NET sets them.
fn shortest(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number == 0.0 || PLAIN_POSITIONS.contains(&(exponent + 1)) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}E{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found with .NET 10's `double.TryParse`, `long.TryParse` and `JsonValue`.
    #[test]
    fn numbers_are_written_as_dotnet_does() {
        for (text, json) in [
            ("1.50", "1.5"),
            ("2.0", "2"),
            ("-0.0", "-0"),
            ("0.0", "0"),
            ("+1.5", "1.5"),
            (" 1.5\t", "1.5"),
            (".5", "0.5"),
            ("1.", "1"),
            ("1.5E+3", "1500"),
            ("1.e3", "1000"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("123456789.123456789", "123456789.12345679"),
            ("99999999999999.99", "99999999999999.98"),
            ("1.0e16", "10000000000000000"),
            ("12345678901234567.0", "12345678901234568"),
            ("123456789012345678.0", "1.2345678901234568E+17"),
            ("1.0e21", "1E+21"),
            ("1.0e300", "1E+300"),
            ("0.0001", "0.0001"),
            ("0.00001", "1E-05"),
            ("0.000012345", "1.2345E-05"),
            ("4.9e-324", "5E-324"),
            ("7", "7"),
            (" +007 ", "7"),
            ("-0", "0"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            assert_eq!(number(text).as_deref(), Some(json), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_stays() {
        for text in
            ["", ".", "1e3", "1,000", "1.0e999", "x", "1.5x", "NaN", "inf.", "- 1", "1 2", "9223372036854775808"]
        {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn booleans_are_read_as_dotnet_does() {
        for (text, value) in [
            ("true", Some(true)),
            (" TRUE\0", Some(true)),
            ("\u{2003}False\u{a0}", Some(false)),
            ("1", None),
            ("yes", None),
            ("t rue", None),
            ("\u{feff}true", None),
            ("", None),
        ] {
            assert_eq!(boolean(text), value, "{text:?}");
        }
    }
}
