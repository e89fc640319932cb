//! Which step of a flush a statement is, by its text. Knows the folder of the store's statements, and the few that are written in
//! code.

use std::collections::HashMap;
use std::path::Path;

/// Where the statements of a flush are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/laneway-postgres/queries/flush");
/// The step that begins a transaction of a flush.
pub const BEGIN: &str = "BEGIN";
/// The step that commits it.
pub const COMMIT: &str = "COMMIT";
/// The step that asks what became of a transaction.
pub const STATUS: &str = "pg_xact_status";
/// How a flush begins, unlike anything else on its connection.
const BEGINS: [&str; 2] = ["BEGIN ISOLATION LEVEL READ COMMITTED;", "BEGIN ISOLATION LEVEL REPEATABLE READ;"];

/// The names of statements, by their texts.
#[derive(Debug)]
pub(super) struct Statements(HashMap<String, String>);

impl Statements {
    /// Those of the store.
    ///
    /// # Panics
    /// When the repository does not hold them.
    pub(super) fn read() -> Self {
        let mut names = HashMap::new();
        add(Path::new(FOLDER), &mut names);
        Self(names)
    }

    /// The step that a statement is; `None`: none of a flush.
    pub(super) fn step(&self, text: &str) -> Option<String> {
        if BEGINS.iter().any(|begins| text.contains(begins)) {
            return Some(BEGIN.to_owned());
        }
        if text == COMMIT {
            return Some(COMMIT.to_owned());
        }
        if text.contains("pg_xact_status(") {
            return Some(STATUS.to_owned());
        }
        self.0.get(&uniform(text)).cloned()
    }
}

fn add(folder: &Path, names: &mut HashMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("the store's statements") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add(&path, names);
        } else if let Some(name) = path.file_stem() {
            let text = std::fs::read_to_string(&path).expect("a statement");
            names.insert(uniform(&text), name.to_string_lossy().into_owned());
        }
    }
}

/// A statement's text whatever its isolation: with locks of the session or of the transaction.
fn uniform(text: &str) -> String {
    text.replace("pg_advisory_xact_lock", "pg_advisory_lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_known_by_their_texts() {
        let statements = Statements::read();
        let text = std::fs::read_to_string(Path::new(FOLDER).join("lock_named.sql")).unwrap();
        for text in [text.clone(), text.replace("pg_advisory_xact_lock", "pg_advisory_lock")] {
            assert_eq!(statements.step(&text).as_deref(), Some("lock_named"));
        }
        let begin = "ROLLBACK; BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 250";
        assert_eq!(statements.step(begin).as_deref(), Some(BEGIN));
        assert_eq!(statements.step("BEGIN; SET LOCAL lock_timeout = 250"), None);
    }
}
