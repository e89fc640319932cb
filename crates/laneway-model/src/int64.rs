//! Integers as .NET's `long.Parse` reads them: organization ids and authorization filters.

/// Parses `text` as `long.Parse(text, NumberStyles.Integer, InvariantCulture)` does: white space
/// (U+0009–000D, space) on both sides, one sign directly before the digits, leading zeros, and NULs
/// at the very end are allowed. `None` for anything else and for what 64 bits do not hold.
#[must_use]
pub fn parse_int64(text: &str) -> Option<i64> {
    let is_space = |c: char| matches!(c, '\u{9}'..='\u{d}' | ' ');
    let text = text.trim_start_matches(is_space);
    let digits_at = usize::from(text.starts_with(['+', '-']));
    let digits_len = text[digits_at..].bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits_at + digits_len);
    if digits_len == 0 || !rest.trim_start_matches(is_space).bytes().all(|b| b == 0) {
        return None;
    }
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_int64;

    #[test]
    fn takes_what_dotnet_takes() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+7", 7),
            (" \t\r\n\u{b}\u{c}7 \t", 7),
            ("0000000000000000000000000000001", 1),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807", i64::MAX),
            ("7\0\0", 7),
            ("7 \0", 7),
        ] {
            assert_eq!(parse_int64(text), Some(value), "{text:?}");
        }
    }

    #[test]
    fn refuses_what_dotnet_refuses() {
        for text in [
            "",
            " ",
            "+",
            "- 1",
            "1.0",
            "1e3",
            "0x10",
            "1,000",
            "\u{2212}42",
            "9223372036854775808",
            "\u{a0}1",
            "1\0 ",
            "1 2",
            "--1",
            "\u{661}",
        ] {
            assert_eq!(parse_int64(text), None, "{text:?}");
        }
    }
}
