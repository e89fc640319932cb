//! SQL consists of constants; values are parameters. Finds statements that are put together from texts, outside of tests.

use proc_macro2::{TokenStream, TokenTree};

use super::file::File;

/// The crates that talk to a database.
const CRATES: [&str; 5] = [
    "crates/laneway-pgconfig/src/",
    "crates/laneway-postgres/src/",
    "crates/laneway-postgres-tools/src/",
    "crates/laneway-embedded/src/",
    "crates/laneway-cli/src/",
];
/// Files that put statements together, and of what.
const ALLOWED: [(&str, &str); 10] = [
    ("crates/laneway-pgconfig/src/connect/writable.rs", "shown to people; names are quoted by the server"),
    ("crates/laneway-postgres/src/inspect/findings.rs", "shown to people"),
    ("crates/laneway-postgres/src/rights/mod.rs", "shown to people, or for their psql; the role is quoted"),
    ("crates/laneway-postgres/src/options.rs", "constants, and numbers of milliseconds"),
    ("crates/laneway-postgres/src/shared.rs", "constants, and numbers of milliseconds"),
    ("crates/laneway-postgres/src/session/commit.rs", "constants"),
    ("crates/laneway-postgres/src/statement.rs", "constants"),
    ("crates/laneway-postgres/src/timeline.rs", "constants"),
    ("crates/laneway-embedded/src/database.rs", "names of databases cannot be parameters; they are quoted"),
    ("crates/laneway-postgres-tools/src/scratch.rs", "constants"),
];
/// How statements begin.
const BEGINNINGS: [&str; 22] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "WITH",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "GRANT",
    "REVOKE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "RESET",
    "LOCK",
    "COPY",
    "PREPARE",
    "ANALYZE",
];
/// Macros that put texts together.
const MACROS: [&str; 4] = ["format", "format_args", "write", "writeln"];

pub(super) fn constants(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_searched(&file.path)) {
        let allowed = ALLOWED.iter().any(|(path, _)| *path == file.path);
        let found = statements(&file.text);
        if !allowed {
            let remedy =
                "hand values over as parameters ($1), or list the file in tidy/statements.rs with what it puts in";
            findings.extend(found.iter().map(|line| format!("{}:{line}: {remedy}", file.path)));
        } else if found.is_empty() {
            findings.push(format!("{}: it puts no statement together: take it off tidy/statements.rs", file.path));
        }
    }
    findings
}

fn is_searched(path: &str) -> bool {
    CRATES.iter().any(|folder| path.starts_with(folder))
        && path.ends_with(".rs")
        && !path.ends_with("tests.rs")
        && !path.contains("/tests/")
}

/// The lines on which a text that is filled in begins as a statement does.
fn statements(text: &str) -> Vec<usize> {
    // What is no Rust the compiler reports; inline tests end a file.
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    walk(&code.parse().unwrap_or_default(), &mut found);
    found
}

fn walk(stream: &TokenStream, found: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        walk(&group.stream(), found);
        let is_macro = at >= 2
            && matches!(&tokens[at - 1], TokenTree::Punct(punct) if punct.as_char() == '!')
            && matches!(&tokens[at - 2], TokenTree::Ident(ident) if MACROS.iter().any(|name| ident == name));
        let text = group.stream().into_iter().find_map(|token| match token {
            TokenTree::Literal(literal) if literal.to_string().contains('"') => Some(literal),
            _ => None,
        });
        if let Some(text) = text.filter(|text| is_macro && is_statement(&text.to_string())) {
            found.push(text.span().start().line);
        }
    }
}

/// Whether a literal begins as a statement does, and something is filled into it.
fn is_statement(literal: &str) -> bool {
    let text = literal.trim_start_matches(|c: char| !c.is_alphabetic() || c == 'r').trim_start();
    let word: String = text.chars().take_while(char::is_ascii_uppercase).collect();
    BEGINNINGS.contains(&&*word) && text[word.len()..].starts_with([' ', ';']) && literal.contains('{')
}

#[cfg(test)]
mod tests {
    use super::super::file::file;
    use super::*;

    const PATH: &str = "crates/laneway-postgres/src/a.rs";

    #[test]
    fn a_statement_that_is_filled_in_is_found() {
        let found = |text: &str| constants(&[file(PATH, text)]).len();
        assert_eq!(found("fn f() { g(&format!(\"SELECT {x}\")); }"), 1);
        assert_eq!(found("fn f() { write!(out, \"DROP TABLE {}\", name); }"), 1);
        assert_eq!(found("fn f() { g(\"SELECT 1\"); format!(\"a SELECT {x}\"); format!(\"SELECT 1\") }"), 0);
        assert_eq!(found("\n#[cfg(test)]\nmod tests { fn f() { format!(\"SELECT {x}\") } }"), 0);
        assert_eq!(constants(&[file("crates/laneway-core/src/a.rs", "fn f() { format!(\"SELECT {x}\") }")]).len(), 0);
    }

    #[test]
    fn what_is_listed_must_need_it() {
        let (path, _) = ALLOWED[0];
        assert_eq!(constants(&[file(path, "fn f() { format!(\"SELECT {x}\") }")]).len(), 0);
        let findings = constants(&[file(path, "fn f() {}")]);
        assert!(matches!(&findings[..], [finding] if finding.contains("take it off")), "{findings:?}");
    }
}
