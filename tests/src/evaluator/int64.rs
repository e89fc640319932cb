//! .NET's `long.Parse`.

use super::code::Code;

/// The number that `text` says: white space, a sign, digits, white space, NULs.
pub(super) fn parse(text: &str) -> Result<i64, Code> {
    let error = "not-an-int64";
    let text = text.trim_end_matches('\0');
    let text = text.trim_matches(['\u{9}', '\u{a}', '\u{b}', '\u{c}', '\u{d}', ' ']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() {
        return Err(error);
    }
    let mut number: i128 = 0;
    for digit in digits.chars() {
        let digit = "0123456789".find(digit).ok_or(error)?;
        number = number * 10 + i128::try_from(digit).expect("a digit");
        // Beyond any 64 bits, and far from overflowing these.
        if number > 1 << 64 {
            return Err(error);
        }
    }
    i64::try_from(if negative { -number } else { number }).map_err(|_| error)
}
