//! What fuzzing reaches beyond the public interface: an address read without this process's environment. Not for others.

use crate::config::Config;
use crate::error::{ConfigError, ConnectError, Refusal};
use crate::settings::Settings;
use crate::sources::environment::Environment;

const NOTHING: Environment<'static> = Environment(&|_| None);

/// Its words and values in libpq's spelling, before anything completes them.
///
/// # Errors
/// When it is no address.
pub fn words(text: &str) -> Result<Vec<(&'static str, String)>, ConfigError> {
    let read = crate::forms::read(text)?;
    Ok(read.into_iter().map(|parameter| (parameter.word.name, parameter.value)).collect())
}

/// A setting of an address, as [`config`] uses it.
#[must_use]
pub fn setting(text: &str, word: &str) -> Option<String> {
    Settings::read(text, &NOTHING).ok()?.get(word).map(str::to_owned)
}

/// As [`Config::parse`].
///
/// # Errors
/// As that.
pub fn config(text: &str) -> Result<Config, ConfigError> {
    Config::parse_in(text, &NOTHING)
}

/// What an address shows of itself: read, and refused by a server.
#[must_use]
pub fn shown(text: &str) -> String {
    match config(text) {
        Ok(config) => {
            let error = refused(&config);
            format!("{config} {config:?} {error} {error:?}")
        }
        Err(error) => format!("{error} {error:?}"),
    }
}

fn refused(config: &Config) -> ConnectError {
    ConnectError {
        target: config.to_string(),
        refusals: vec![("a server".to_owned(), Refusal::Standby)],
        hidden: config.hidden(),
    }
}
