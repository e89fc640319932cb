//! The three forms of a connection string, recognised and read into words and values. Knows how a string is written, not
//! what a word means.

mod form;
mod npgsql;
mod pairs;
mod replace;
mod semicolons;
#[cfg(test)]
mod tests;
mod url;
mod written;

pub(crate) use form::Form;
pub use replace::percent_encoded;
pub(crate) use replace::with_database;
pub(crate) use written::Parameter;

use crate::error::ConfigError;
use crate::words;
use form::unknown;
use written::Written;

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
