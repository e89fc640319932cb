//! A number's token in its parts, as they are written.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use crate::Error;

/// The largest exponent that is written out.
const PLAIN_EXPONENT_MAX: u32 = 400;

/// A number in its parts; all digits are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Number<'a> {
    /// Whether it starts with a minus sign.
    pub negative: bool,
    /// The digits before the point, at least one.
    pub whole: &'a str,
    /// The digits behind the point; empty where there is none.
    pub fraction: &'a str,
    /// The exponent with its sign; empty where there is none.
    exponent: &'a str,
}

impl<'a> Number<'a> {
    /// Takes a token apart; `None` where it is not a number.
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        let [whole, fraction, end] = scan(token.as_bytes()).ok()?;
        let part = |from: usize, to: usize| token.get(from..to).unwrap_or_default();
        let negative = token.starts_with('-');
        (end == token.len()).then(|| Self {
            negative,
            whole: part(usize::from(negative), whole),
            fraction: part(whole + 1, fraction),
            exponent: part(fraction + 1, end),
        })
    }

    /// The exponent, 0 where none is written; `None` where it does not fit 32 bits.
    #[must_use]
    pub fn exponent(&self) -> Option<i32> {
        if self.exponent.is_empty() { Some(0) } else { self.exponent.parse().ok() }
    }

    /// The number without an exponent, as PostgreSQL prints a `numeric`: `1e2` is `100`, `1.50` and `-0.0` are `1.50` and `0.0`.
    /// `None` where the exponent is beyond what anybody writes.
    #[must_use]
    pub fn plain(&self) -> Option<String> {
        let exponent = self.exponent().filter(|exponent| exponent.unsigned_abs() <= PLAIN_EXPONENT_MAX)?;
        let digits = [self.whole, self.fraction].concat();
        let point = self.whole.len() as i32 + exponent;
        let zeros = |count: usize| "0".repeat(count);
        let (integer, decimals) = if point <= 0 {
            (String::new(), zeros(point.unsigned_abs() as usize) + &digits)
        } else if point as usize >= digits.len() {
            (digits.clone() + &zeros(point as usize - digits.len()), String::new())
        } else {
            (digits[..point as usize].to_owned(), digits[point as usize..].to_owned())
        };
        let integer = integer.trim_start_matches('0');
        let integer = if integer.is_empty() { "0" } else { integer };
        let sign = if self.negative && digits.bytes().any(|digit| digit != b'0') { "-" } else { "" };
        let dot = if decimals.is_empty() { "" } else { "." };
        Some([sign, integer, dot, &decimals].concat())
    }
}

/// Where the parts of the number at the start of `text` end: whole, fraction, exponent.
pub(crate) fn scan(text: &[u8]) -> Result<[usize; 3], Error> {
    let is_at = |at: usize, byte: u8| text.get(at) == Some(&byte);
    let digits = |from: usize| {
        let length = text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 { Err(Error::syntax(from)) } else { Ok(from + length) }
    };
    let start = usize::from(is_at(0, b'-'));
    let whole = if is_at(start, b'0') { start + 1 } else { digits(start)? };
    let fraction = if is_at(whole, b'.') { digits(whole + 1)? } else { whole };
    let mut end = fraction;
    if is_at(fraction, b'e') || is_at(fraction, b'E') {
        let signed = is_at(fraction + 1, b'+') || is_at(fraction + 1, b'-');
        end = digits(fraction + 1 + usize::from(signed))?;
    }
    Ok([whole, fraction, end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_they_are_written() {
        let parts = |token| Number::parse(token).map(|n| (n.negative, n.whole, n.fraction, n.exponent()));
        assert_eq!(parts("0"), Some((false, "0", "", Some(0))));
        assert_eq!(parts("-12.50"), Some((true, "12", "50", Some(0))));
        assert_eq!(parts("1e+007"), Some((false, "1", "", Some(7))));
        assert_eq!(parts("-0.0E-10"), Some((true, "0", "0", Some(-10))));
        assert_eq!(parts("1e99999999999999999999"), Some((false, "1", "", None)));
        for token in ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "1 ", "1,2", "NaN", "0x1", "é"] {
            assert_eq!(parts(token), None, "{token}");
        }
    }

    #[test]
    fn no_exponent_is_so_large_that_it_is_written_out() {
        let plain = |token| Number::parse(token).expect("a number").plain();
        assert_eq!(plain("1e-400").map(|text| text.len()), Some(402));
        let beyond = ["1e401", "1e-401", "1e2147483647", "1e-2147483648", "1e99999999999"];
        assert_eq!(beyond.map(plain), [const { None }; 5]);
    }
}
