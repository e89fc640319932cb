//! libpq's `key = value` form: values may be quoted with `'`, and `\` escapes the next character in both.
//! <https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>

use std::iter::Peekable;
use std::str::Chars;

use super::written::{Written, is_key_public};
use crate::error::ConfigError;

/// Reads it.
///
/// # Errors
/// When a key lacks its value, or a quote does not end. The message shows no value: it may be a password.
pub(super) fn read(text: &str) -> Result<Vec<Written>, ConfigError> {
    let mut chars = text.chars().peekable();
    let mut pairs: Vec<Written> = Vec::new();
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
        let value = value(&mut chars).ok_or_else(|| ConfigError::new("a value's quote or escape does not end"))?;
        let is_key_public = is_key_public(&pairs);
        pairs.push(Written { key, value, is_key_public });
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

/// `value` in the form's quotes.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}
