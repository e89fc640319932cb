//! Every word of libpq's and of Npgsql's connection strings, and every variable of libpq's environment, with what becomes
//! of it. Knows neither how a string is written nor what a value means.

mod libpq;
mod markdown;
mod npgsql;
#[cfg(test)]
mod tests;
mod variables;
mod word;

pub(crate) use libpq::LIBPQ;
pub use markdown::words_as_markdown;
pub(crate) use npgsql::NPGSQL;
pub(crate) use variables::VARIABLES;
pub(crate) use word::{Treatment, Word};

/// The most letters by which a word may differ from a known one to be taken for it misspelt.
const MISSPELT_MAX: usize = 2;

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
