//! Which of the forms a connection string has, and which words it may hold.

use super::written::Written;
use super::{semicolons, url};
use crate::error::ConfigError;
use crate::words::{self, LIBPQ, NPGSQL, Word};

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

/// A word that is not known. Shown only where it cannot be a part of a password.
pub(super) fn unknown(form: Form, number: usize, written: &Written) -> ConfigError {
    let is_word = |key: &str| key.len() <= 40 && key.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ' '));
    let what = if written.is_key_public && is_word(&written.key) && !written.key.is_empty() {
        format!("`{}` is no setting", written.key)
    } else {
        format!("its setting number {} is not known (not shown, as it may be a part of a password)", number + 1)
    };
    let meant = words::meant(&written.key, form.words()).map(|word| format!("; is `{word}` meant?"));
    ConfigError::new(format!("{what}{}", meant.unwrap_or_default()))
}
