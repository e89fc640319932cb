//! The three forms of a connection string, recognised and read into words and values. Knows how a string is written, not
//! what a word means.

mod npgsql;
mod pairs;
mod replace;
mod semicolons;
#[cfg(test)]
mod tests;
mod url;

pub use replace::percent_encoded;
pub(crate) use replace::with_database;

use crate::error::ConfigError;
use crate::words::{self, LIBPQ, NPGSQL, Word};

/// A word of a connection string as it is written, with its value.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) key: String,
    pub(crate) value: String,
    /// Whether the key cannot be a part of a password that was not quoted.
    pub(crate) is_key_public: bool,
}

/// A word that is known, with its value.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// libpq's word, or one that only Npgsql has.
    pub(crate) word: &'static Word,
    /// As the one who wrote it knows it.
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// How a connection string is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// libpq's URL.
    Url,
    /// libpq's `key=value`, separated by spaces.
    Pairs,
    /// Npgsql's `Word=value`, separated by semicolons.
    Semicolons,
}

impl Form {
    pub(crate) fn of(text: &str) -> Self {
        if url::behind_scheme(text).is_some() {
            Self::Url
        } else if semicolons::is_form_of(text) {
            Self::Semicolons
        } else {
            Self::Pairs
        }
    }

    /// The words that it knows.
    fn words(self) -> &'static [Word] {
        match self {
            Self::Url | Self::Pairs => LIBPQ,
            Self::Semicolons => NPGSQL,
        }
    }
}

/// Reads a connection string: its words with their values, in its order. Npgsql's are translated.
///
/// # Errors
/// When it is of no form, or a word is not known or refused. The message shows no value.
pub(crate) fn read(text: &str) -> Result<Vec<Parameter>, ConfigError> {
    // The server reads texts up to their first NUL, and would read another name than the one that is shown.
    if text.contains('\0') {
        return Err(ConfigError::new("it holds a NUL"));
    }
    let form = Form::of(text);
    let written = match form {
        Form::Url => url::read(url::behind_scheme(text).unwrap_or_default())?,
        Form::Pairs => pairs::read(text)?,
        Form::Semicolons => semicolons::read(text)?,
    };
    if form == Form::Semicolons {
        return npgsql::translated(&written);
    }
    let known = |(number, written): (usize, &Written)| {
        let word = words::libpq(&written.key).ok_or_else(|| unknown(form, number, written))?;
        Ok(Parameter { word, name: word.name, value: written.value.clone() })
    };
    written.iter().enumerate().map(known).collect()
}

/// A word that is not known. Shown only where it cannot be a part of a password.
fn unknown(form: Form, number: usize, written: &Written) -> ConfigError {
    let is_word = |key: &str| key.len() <= 40 && key.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ' '));
    let what = if written.is_key_public && is_word(&written.key) && !written.key.is_empty() {
        format!("`{}` is no setting", written.key)
    } else {
        format!("its setting number {} is not known (not shown, as it may be a part of a password)", number + 1)
    };
    let meant = words::meant(&written.key, form.words()).map(|word| format!("; is `{word}` meant?"));
    ConfigError::new(format!("{what}{}", meant.unwrap_or_default()))
}

/// Whether the word behind these cannot be the end of a password.
fn is_key_public(before: &[Written]) -> bool {
    let is_secret = |key: &str| {
        let meant = |words| words::meant(key, words).is_some_and(|word| word.eq_ignore_ascii_case("password"));
        key.to_ascii_lowercase().contains("pass") || meant(LIBPQ) || meant(NPGSQL)
    };
    !before.iter().any(|written| is_secret(&written.key))
}
