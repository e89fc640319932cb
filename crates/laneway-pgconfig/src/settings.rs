//! All settings of a connection: those of the string, completed from a service file and the environment, each checked
//! against the tables of words. Knows which source counts, not what a setting does.

use std::path::PathBuf;
use std::str::FromStr;

use crate::error::ConfigError;
use crate::forms::{self, Parameter};
use crate::sources::environment::Environment;
use crate::sources::service;
use crate::words::{self, LIBPQ, Treatment};

/// Words whose values may be any text.
const FREE: [&str; 3] = ["options", "application_name", "fallback_application_name"];

/// One setting a word at most.
pub(crate) struct Settings(Vec<Parameter>);

impl Settings {
    /// Reads the string and what it leaves out.
    ///
    /// # Errors
    /// When the string or a service file cannot be read, or a setting is refused.
    pub(crate) fn read(text: &str, environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let mut settings = Self(Vec::new());
        // In libpq, too, the last of a string counts; of a service the first.
        forms::read(text)?.into_iter().rev().for_each(|parameter| settings.add(parameter));
        settings.add_variables(&["service", "servicefile"], environment);
        settings.check()?;
        if let Some(name) = settings.get("service") {
            let file = settings.get("servicefile").map(PathBuf::from);
            let found = service::settings(name, file, environment)?;
            found.into_iter().for_each(|parameter| settings.add(parameter));
        }
        let all: Vec<&str> = LIBPQ.iter().map(|word| word.name).collect();
        settings.add_variables(&all, environment);
        if environment.text("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
            settings.add_word("sslmode", "PGREQUIRESSL", "require".to_owned());
        }
        settings.check()?;
        Ok(settings)
    }

    /// A word's value; an empty one counts as not set, as in libpq.
    pub(crate) fn get(&self, word: &str) -> Option<&str> {
        self.parameter(word).map(|parameter| parameter.value.as_str())
    }

    /// A word's value as a number, of the unit that the word has.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn number<N: FromStr>(&self, word: &str) -> Result<Option<N>, ConfigError> {
        let Some(Parameter { name, value, .. }) = self.parameter(word) else { return Ok(None) };
        let number = value.trim().parse();
        number.map(Some).map_err(|_| ConfigError::new(format!("`{name}` is not a number in range")))
    }

    /// The word as the one who set it knows it.
    pub(crate) fn name(&self, word: &'static str) -> &'static str {
        self.parameter(word).map_or(word, |parameter| parameter.name)
    }

    fn parameter(&self, word: &str) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.word.name == word && !parameter.value.is_empty())
    }

    fn add(&mut self, parameter: Parameter) {
        if !self.0.iter().any(|known| known.word.name == parameter.word.name) {
            self.0.push(parameter);
        }
    }

    fn add_word(&mut self, word: &str, name: &'static str, value: String) {
        if let Some(word) = words::libpq(word) {
            self.add(Parameter { word, name, value });
        }
    }

    fn add_variables(&mut self, words: &[&str], environment: &Environment<'_>) {
        for word in words {
            let variable = words::libpq(word).and_then(|word| word.variable);
            if let Some((name, value)) = variable.and_then(|name| Some((name, environment.text(name)?))) {
                self.add_word(word, name, value);
            }
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.0.iter().filter(|parameter| !parameter.value.is_empty()).try_for_each(check)
    }
}

fn check(Parameter { word, name, value }: &Parameter) -> Result<(), ConfigError> {
    if word.name != "password" && holds_setting(word.name, value) {
        return Err(ConfigError::new(format!(
            "the value of `{name}` holds another setting (not shown, as it may be a password); settings are separated by \
             spaces, in Npgsql's form by ;"
        )));
    }
    match word.treatment {
        Treatment::Only(values, remedy) if !values.contains(&value.as_str()) => {
            Err(ConfigError::new(format!("`{name}` cannot have this value: {remedy}")))
        }
        Treatment::Refused(remedy) => Err(ConfigError::new(format!("`{name}` is not supported: {remedy}"))),
        _ => Ok(()),
    }
}

/// Whether a value holds a password's setting or a whole address, which got there by a missing separator or quote.
fn holds_setting(word: &str, value: &str) -> bool {
    let lower = value.to_lowercase();
    let is_set = |key| lower.split(key).skip(1).any(|behind| behind.trim_start().starts_with('='));
    ["password", "passwd", "pwd", "psw"].into_iter().any(is_set) || !FREE.contains(&word) && lower.contains("://")
}
