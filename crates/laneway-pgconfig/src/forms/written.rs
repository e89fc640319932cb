//! Words as they are written, and what is known of them.

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

/// Whether the word behind these cannot be the end of a password.
pub(super) fn is_key_public(before: &[Written]) -> bool {
    let is_secret = |key: &str| {
        let meant = |words| words::meant(key, words).is_some_and(|word| word.eq_ignore_ascii_case("password"));
        key.to_ascii_lowercase().contains("pass") || meant(LIBPQ) || meant(NPGSQL)
    };
    !before.iter().any(|written| is_secret(&written.key))
}
