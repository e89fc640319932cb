//! The parameters of a connection string that tokio-postgres does not know: taken out of the text, which it then
//! parses. Knows how a string is written, not what a parameter means.

use std::iter::Peekable;
use std::str::Chars;

use percent_encoding::percent_decode_str;

use crate::error::ConfigError;

/// What libpq knows and the driver does not.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>
const OURS: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "service", "passfile"];

/// A key and its value.
pub(crate) type Parameter = (String, String);

/// Splits a connection string into what the driver parses and the parameters that are ours.
///
/// # Errors
/// When a quote or an escape does not end.
pub(crate) fn split(text: &str) -> Result<(String, Vec<Parameter>), ConfigError> {
    match text.split_once('?') {
        Some((location, query)) if is_url(text) => split_url(location, query),
        None if is_url(text) => Ok((text.to_owned(), Vec::new())),
        _ => split_pairs(text),
    }
}

/// Whether it is the URL form.
pub(crate) fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

fn split_url(location: &str, query: &str) -> Result<(String, Vec<Parameter>), ConfigError> {
    let (mut kept, mut ours) = (Vec::new(), Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if OURS.contains(&key) {
            ours.push((key.to_owned(), decoded(value)?));
        } else {
            kept.push(pair);
        }
    }
    let question = if kept.is_empty() { "" } else { "?" };
    Ok((format!("{location}{question}{}", kept.join("&")), ours))
}

fn split_pairs(text: &str) -> Result<(String, Vec<Parameter>), ConfigError> {
    let (mut kept, mut ours) = (Vec::new(), Vec::new());
    for (key, value) in pairs(text)? {
        if OURS.contains(&key.as_str()) {
            ours.push((key, value));
        } else {
            kept.push(format!("{key}={}", quoted(&value)));
        }
    }
    Ok((kept.join(" "), ours))
}

/// Reads libpq's `key = value` form: values may be quoted with `'`, and `\` escapes the next character in both.
///
/// # Errors
/// When a key lacks its value, or a quote does not end. The message shows no value: it may be a password.
pub(crate) fn pairs(text: &str) -> Result<Vec<Parameter>, ConfigError> {
    let mut chars = text.chars().peekable();
    let mut pairs = Vec::new();
    loop {
        skip_space(&mut chars);
        if chars.peek().is_none() {
            return Ok(pairs);
        }
        let key: String = std::iter::from_fn(|| chars.next_if(|c| *c != '=' && !c.is_whitespace())).collect();
        skip_space(&mut chars);
        if chars.next() != Some('=') {
            // What has no = behind it may be anything, such as the end of a password that holds a space.
            return Err(ConfigError::new("a part of it has no =; quote values that hold spaces with '"));
        }
        skip_space(&mut chars);
        let value = value(&mut chars).ok_or_else(|| ConfigError::new(format!("the value of {key} does not end")))?;
        pairs.push((key, value));
    }
}

fn skip_space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}

fn value(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let is_quoted = chars.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match chars.peek() {
            Some('\'') if is_quoted => {
                chars.next();
                return Some(value);
            }
            Some('\\') => {
                chars.next();
                value.push(chars.next()?);
            }
            Some(c) if !is_quoted && c.is_whitespace() => return Some(value),
            Some(_) => value.extend(chars.next()),
            None => return (!is_quoted).then_some(value),
        }
    }
}

/// `value` in the key form's quotes.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A URL's percent-encoding (RFC 3986, section 2.1) undone. The crate passes a `%` without digits on; libpq refuses it.
fn decoded(text: &str) -> Result<String, ConfigError> {
    let is_escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.split('%').skip(1).all(is_escape) {
        return Err(ConfigError::new("a % lacks its two digits"));
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| ConfigError::new("a percent-encoded value is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_ours_out_of_both_forms() {
        for (text, left, ours) in [
            (
                "postgres://u@h/d?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fa%20b",
                "postgres://u@h/d?connect_timeout=3",
                vec![("sslmode", "verify-full"), ("sslrootcert", "/a b")],
            ),
            ("postgresql://h", "postgresql://h", vec![]),
            ("postgresql://h?service=s", "postgresql://h", vec![("service", "s")]),
            ("host=h sslmode = require", "host='h'", vec![("sslmode", "require")]),
            (r"sslkey='a\' b' host=x\ y?", r"host='x y?'", vec![("sslkey", "a' b")]),
        ] {
            let (found, parameters) = split(text).unwrap();
            let parameters: Vec<_> = parameters.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!((found.as_str(), parameters), (left, ours), "{text}");
        }
    }

    #[test]
    fn broken_escapes_are_refused() {
        for value in ["%", "%2", "a%zz", "%+1", "%ff", "%2%30"] {
            assert!(split(&format!("postgres://h?passfile={value}")).is_err(), "{value}");
        }
    }

    #[test]
    fn shows_no_value_in_errors() {
        for text in ["password='secret", "password=a secret", "secret", r"password=secret\"] {
            let error = split(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn quoting_is_undone_by_reading(values in prop::collection::vec(".*", 0..4)) {
            let text: Vec<String> = values.iter().map(|value| format!("key={}", quoted(value))).collect();
            let read = pairs(&text.join(" ")).unwrap();
            prop_assert_eq!(read.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), values);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = split(&text);
        }
    }
}
