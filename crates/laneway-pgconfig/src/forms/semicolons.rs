//! Npgsql's form, which is ADO.NET's: `Word = value; …`, values in `"` or `'`, which are doubled inside.
//! <https://learn.microsoft.com/dotnet/api/system.data.common.dbconnectionstringbuilder>

use super::written::{Written, is_key_public};
use crate::error::ConfigError;
use crate::words;

/// Whether `text` is of this form. It decides by the words: a `;` may also stand in a password of libpq's form.
pub(super) fn is_form_of(text: &str) -> bool {
    let Some((first, behind)) = text.split_once('=') else { return false };
    let segments = segments(behind);
    let is_named = |segment: &&str| segment.split_once('=').is_some_and(|(key, _)| words::npgsql(key).is_some());
    match (words::libpq(first.trim()), segments.as_slice()) {
        (Some(_), []) => false,
        // One word that both know, alone.
        (Some(_), [value]) => behind.trim_end().ends_with(';') && !holds_pairs(value),
        (Some(_), [value, others @ ..]) => !holds_pairs(value) && others.iter().any(is_named),
        (None, segments) => words::npgsql(first).is_some() || segments.iter().skip(1).any(is_named),
    }
}

/// Whether a value goes on with another setting of libpq's form.
fn holds_pairs(value: &str) -> bool {
    let mut keys = value.split('=').rev().skip(1);
    keys.any(|before| before.split_whitespace().next_back().is_some_and(|key| words::libpq(key).is_some()))
}

/// What stands between semicolons that no quotes enclose, the empty ones left out.
fn segments(text: &str) -> Vec<&str> {
    let mut quote = None;
    // A quote elsewhere in a value stands for itself.
    let mut begins_value = true;
    let mut segments = Vec::new();
    let mut begin = 0;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) if begins_value => quote = Some(c),
            (';', None) => {
                segments.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
        begins_value = c == '=' || begins_value && c.is_whitespace();
    }
    segments.push(&text[begin..]);
    segments.retain(|segment| !segment.trim().is_empty());
    segments
}

/// Reads it.
///
/// # Errors
/// When a word lacks its value, or a quote does not end. The message shows no value: it may be a password.
pub(super) fn read(text: &str) -> Result<Vec<Written>, ConfigError> {
    let mut written: Vec<Written> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
        if rest.is_empty() {
            return Ok(written);
        }
        let (key, behind) = key(rest)?;
        let (value, behind) = value(behind.trim_start())?;
        let is_key_public = is_key_public(&written);
        written.push(Written { key, value, is_key_public });
        rest = behind;
    }
}

/// A word up to its `=`; a doubled one stands for itself.
fn key(text: &str) -> Result<(String, &str), ConfigError> {
    let missing = || ConfigError::new("a part of it has no =; quote values that hold ; with \"");
    let mut from = 0;
    loop {
        let at = from + text[from..].find('=').ok_or_else(missing)?;
        if text[at + 1..].starts_with('=') {
            from = at + 2;
            continue;
        }
        let key = text[..at].trim();
        if key.contains(';') {
            return Err(missing());
        }
        return Ok((key.replace("==", "="), &text[at + 1..]));
    }
}

fn value(text: &str) -> Result<(String, &str), ConfigError> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return Ok((value.trim().to_owned(), rest));
    };
    let mut value = String::new();
    let mut rest = &text[1..];
    loop {
        let end = rest.find(quote).ok_or_else(|| ConfigError::new("a value's quote does not end"))?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(behind) => {
                value.push(quote);
                rest = behind;
            }
            None => break,
        }
    }
    let rest = rest.trim_start();
    match rest.strip_prefix(';') {
        Some(behind) => Ok((value, behind)),
        None if rest.is_empty() => Ok((value, rest)),
        None => Err(ConfigError::new("a value goes on behind its quote; double a quote that belongs to it")),
    }
}

/// `value` in the form's quotes.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}
