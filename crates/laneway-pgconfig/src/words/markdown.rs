//! The tables of words as the documents show them.

use std::fmt::Write as _;

use super::{LIBPQ, NPGSQL, Treatment, VARIABLES, Word};

/// All words and variables with what becomes of each, as three tables in Markdown: `examples/words.rs` prints it, for
/// `docs/connection.md`.
#[must_use]
pub fn words_as_markdown() -> String {
    let mut text = String::new();
    table(&mut text, "libpq's words", "| word | variable | treatment |\n|---|---|---|", LIBPQ, |word| {
        format!("`{}` | {}", word.name, word.variable.map_or(String::new(), |name| format!("`{name}`")))
    });
    table(&mut text, "Further variables", "| variable | treatment |\n|---|---|", VARIABLES, |word| {
        format!("`{}`", word.name)
    });
    table(&mut text, "Npgsql's words", "| word | treatment |\n|---|---|", NPGSQL, |word| {
        word.spellings().map(|spelling| format!("`{spelling}`")).collect::<Vec<_>>().join(", ")
    });
    text
}

fn table(text: &mut String, title: &str, head: &str, words: &[Word], cells: impl Fn(&Word) -> String) {
    let gap = if text.is_empty() { "" } else { "\n" };
    let rows = words.iter().fold(String::new(), |mut rows, word| {
        // Writing to a string does not fail.
        let _ = writeln!(rows, "| {} | {} |", cells(word), treatment(word.treatment));
        rows
    });
    text.push_str(&format!("{gap}### {title}\n\n{head}\n{rows}"));
}

fn treatment(treatment: Treatment) -> String {
    match treatment {
        Treatment::Honoured(what) => format!("honoured: {what}"),
        Treatment::Means(word) => format!("as `{word}`"),
        Treatment::Only(values, remedy) => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("{} honoured; otherwise refused: {remedy}", values.join(", "))
        }
        Treatment::NoConcern(why) => format!("no concern: {why}"),
        Treatment::Refused(remedy) => format!("refused: {remedy}"),
    }
}
