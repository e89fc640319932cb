//! The notices that licences ask for: who wrote what is linked in, and under which terms.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::graph::{Graph, Package};

/// How the names of files with terms begin.
const NAMES: [&str; 6] = ["license", "licence", "copying", "notice", "unlicense", "copyright"];

/// The text of `THIRD-PARTY-NOTICES.txt`: the same packages give the same bytes.
pub(crate) fn notices(graph: &Graph, version: &str) -> Result<String, String> {
    let mut texts: Vec<(String, usize)> = Vec::new();
    let mut list = String::new();
    for package in graph.foreign() {
        let numbers = files(package)?
            .iter()
            .map(|file| read(file).map(|text| number(&mut texts, text)))
            .collect::<Result<Vec<_>, _>>()?;
        let license = package.expression();
        let terms = if numbers.is_empty() {
            let authors = package.authors.join(", ");
            let authors = if authors.is_empty() { "those who have contributed to it" } else { &authors };
            format!("by {authors}; its package holds no text of its own")
        } else {
            format!("texts {}", numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
        };
        let repository = package.repository.as_deref().map_or(String::new(), |address| format!("\n    {address}"));
        let _ = writeln!(list, "{} {}: {license}; {terms}{repository}", package.name, package.version);
    }
    let rust = "The standard library of Rust: MIT OR Apache-2.0, by the Rust project's developers\n    https://www.rust-lang.org";
    let mut notices = format!(
        "Third-party notices of Laneway {version}\n\nLaneway's libraries and its program hold code of these packages, each under the terms that are named with it. \
         The numbered texts follow the list.\n\n{rust}\n{list}"
    );
    for (text, number) in &texts {
        let _ = write!(notices, "\n{}\nText {number}\n{}\n\n{}\n", "=".repeat(80), "=".repeat(80), text.trim_end());
    }
    Ok(notices)
}

/// Texts that differ in nothing but white space are one.
fn number(texts: &mut Vec<(String, usize)>, text: String) -> usize {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let wanted = words(&text);
    if let Some((_, number)) = texts.iter().find(|(known, _)| words(known) == wanted) {
        return *number;
    }
    let number = texts.len() + 1;
    texts.push((text, number));
    number
}

fn files(package: &Package) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{}: {error}", package.folder.display());
    let mut files = package.license_file.iter().cloned().collect::<Vec<_>>();
    for entry in std::fs::read_dir(&package.folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        // Not what only looks like it: `license.rs`.
        let is_text =
            !name.contains('.') || [".md", ".txt"].iter().any(|end| name.ends_with(end)) || name.contains("-2.0");
        if path.is_file() && is_text && NAMES.iter().any(|start| name.starts_with(start)) {
            files.push(path);
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn read(file: &Path) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_that_is_linked_in_is_named_with_its_terms() {
        let graph = Graph::linked(&["laneway-ffi", "laneway-cli"], "x86_64-unknown-linux-gnu").unwrap();
        let notices = notices(&graph, "1.2.3").unwrap();
        for package in graph.foreign() {
            let line =
                notices.lines().find(|line| line.starts_with(&format!("{} {}: ", package.name, package.version)));
            let line = line.unwrap_or_else(|| panic!("{} is not named", package.id()));
            assert!(line.contains("; texts ") || line.contains("; by "), "neither a text nor an author: {line}");
        }
        assert!(notices.contains("Apache License") && notices.contains("Permission is hereby granted"));
    }

    #[test]
    fn texts_that_differ_in_white_space_are_one() {
        let mut texts = Vec::new();
        let numbers = ["a  b\n", "c", "a\nb"].map(|text| number(&mut texts, text.to_owned()));
        assert_eq!((numbers, texts.len()), ([1, 2, 1], 2));
    }
}
