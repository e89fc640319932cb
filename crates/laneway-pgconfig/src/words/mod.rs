//! Every word of libpq's and of Npgsql's connection strings, and every variable of libpq's environment, with what becomes
//! of it. Knows neither how a string is written nor what a value means.

mod libpq;
mod markdown;
mod npgsql;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use libpq::LIBPQ;
pub use markdown::words_as_markdown;
pub(crate) use npgsql::NPGSQL;
pub(crate) use variables::VARIABLES;

/// The most letters by which a word may differ from a known one to be taken for it misspelt.
const MISSPELT_MAX: usize = 2;

/// A word or a variable.
#[derive(Debug)]
pub(crate) struct Word {
    /// As its documentation spells it.
    pub(crate) name: &'static str,
    /// Other spellings.
    pub(crate) aliases: &'static [&'static str],
    /// The variable of libpq's environment that stands for it where a string leaves it out.
    pub(crate) variable: Option<&'static str>,
    pub(crate) treatment: Treatment,
}

/// What becomes of a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Treatment {
    /// It does what its documentation says; here is what that is.
    Honoured(&'static str),
    /// It stands for this word of libpq's.
    Means(&'static str),
    /// These values are taken, any other is refused with what to do.
    Only(&'static [&'static str], &'static str),
    /// It changes nothing here, for this reason.
    NoConcern(&'static str),
    /// It cannot be done; here is what to do instead.
    Refused(&'static str),
}

impl Word {
    const fn new(name: &'static str, treatment: Treatment) -> Self {
        Self { name, aliases: &[], variable: None, treatment }
    }

    const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn by(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// libpq's word of this name; case counts.
pub(crate) fn libpq(name: &str) -> Option<&'static Word> {
    LIBPQ.iter().find(|word| word.name == name)
}

/// Npgsql's word; neither case nor spaces count.
pub(crate) fn npgsql(name: &str) -> Option<&'static Word> {
    let name = without_spaces(name);
    NPGSQL.iter().find(|word| word.spellings().any(|spelling| without_spaces(spelling) == name))
}

fn without_spaces(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The known word that `key` is most like, in the family of `words`.
pub(crate) fn meant(key: &str, words: &'static [Word]) -> Option<&'static str> {
    let key = without_spaces(key);
    let distance = |spelling: &str| distance(&key, &without_spaces(spelling));
    words
        .iter()
        .filter_map(|word| Some((word.spellings().map(distance).min()?, word.name)))
        // A word of few letters is like many others.
        .filter(|(distance, name)| *distance <= MISSPELT_MAX.min(name.len() / 2))
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be put in, left out or changed to get from one text to the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, d) in other.iter().enumerate() {
            let changed = diagonal + usize::from(c != *d);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
