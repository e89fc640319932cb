//! That the tables of rules in ARCHITECTURE.md name what is there: files, what stands in them, recorded sequences,
//! steps that can be skipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use laneway_core::FaultPoint;
use laneway_tests::need;

use crate::replay::recorded;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The fewest rules that the tables hold, so that they are found at all.
const RULES_MIN: usize = 40;

/// One rule: the words in backticks of its two cells.
struct Rule {
    code: Vec<String>,
    pins: Vec<String>,
}

fn rules() -> Vec<Rule> {
    let text = fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (_, tables) = text.split_once("\n## Rules of the store").expect("the rules");
    let rows = tables.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Rule |"));
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let rule = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, code, pins] = cells[..] else { panic!("three cells: {row}") };
        Rule { code: quoted(code), pins: quoted(pins) }
    };
    rows.map(rule).collect()
}

fn is_file(name: &str) -> bool {
    [".rs", ".sql"].iter().any(|end| name.ends_with(end))
}

/// A file of a crate, as the tables name it.
fn file(crate_name: &str, name: &str) -> PathBuf {
    let folder = Path::new(ROOT).join("crates").join(crate_name);
    if name.ends_with(".rs") { folder.join("src").join(name) } else { folder.join(name) }
}

/// The crates that a row is about, in the order in which it names them.
fn crates(code: &[String]) -> impl Iterator<Item = &str> {
    std::iter::once("laneway-core").chain(code.iter().map(String::as_str).filter(|word| word.starts_with("laneway-")))
}

/// What a row names and what is not there.
fn missing_code(code: &[String]) -> Vec<String> {
    let (mut crate_name, mut text, mut missing) = ("laneway-core", String::new(), Vec::new());
    for word in code {
        if word.starts_with("laneway-") {
            crate_name = word;
        } else if is_file(word) {
            let read = fs::read_to_string(file(crate_name, word));
            missing.extend(read.is_err().then(|| format!("{crate_name}: {word}")));
            text = read.unwrap_or_default();
        } else if !text.contains(word.as_str()) {
            missing.push(format!("{word} in the file before it"));
        }
    }
    missing
}

fn is_there(pin: &str, code: &[String], sequences: &BTreeSet<String>) -> bool {
    if is_file(pin) {
        return crates(code).any(|crate_name| file(crate_name, pin).is_file());
    }
    if pin.contains('/') {
        // A star stands for anything; behind it nothing but the same group is meant.
        let start = pin.split('*').next().unwrap_or(pin);
        return sequences.iter().any(|name| if start == pin { name == pin } else { name.starts_with(start) });
    }
    let is_step = pin.starts_with(|c: char| c.is_ascii_uppercase());
    !is_step || FaultPoint::ALL.iter().any(|step| format!("{step:?}") == pin)
}

fn sequences() -> Option<BTreeSet<String>> {
    Some(recorded(&need::data()?).into_iter().map(|case| case.name).collect())
}

#[test]
fn everything_that_the_rules_name_exists() {
    let Some(sequences) = sequences() else { return };
    let rules = rules();
    assert!(rules.len() >= RULES_MIN, "{} rules", rules.len());
    let mut missing = Vec::new();
    for Rule { code, pins } in &rules {
        assert!(!code.is_empty() && !pins.is_empty(), "a rule without code or test: {code:?} {pins:?}");
        missing.extend(missing_code(code));
        missing.extend(pins.iter().filter(|pin| !is_there(pin, code, &sequences)).cloned());
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:#?}");
}

/// Every step that can be skipped stands in the tables.
#[test]
fn every_step_belongs_to_a_rule() {
    let named: BTreeSet<String> = rules().into_iter().flat_map(|rule| rule.pins).collect();
    let unnamed: Vec<String> =
        FaultPoint::ALL.map(|step| format!("{step:?}")).into_iter().filter(|step| !named.contains(step)).collect();
    assert!(unnamed.is_empty(), "no rule names {unnamed:?}");
}

/// Every Rust file of a folder, with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), fs::read_to_string(&path).expect("a source")));
        }
    }
    found
}

/// Each word of the glossary names a crate and, in it, a file or an item that is defined there.
#[test]
fn everything_that_the_glossary_names_exists() {
    let text = fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (_, glossary) = text.split_once("\n## Glossary").expect("the glossary");
    let (glossary, _) = glossary.split_once("\n## ").expect("what follows it");
    let rows: Vec<_> = glossary.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| word")).collect();
    assert!(rows.len() >= 30, "{} words", rows.len());
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().expect("a cell");
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        let [crate_name, name] = names[..] else { panic!("a crate and a name: {row}") };
        let defines = |text: &str| {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect::<Vec<_>>();
            let kinds = ["struct", "enum", "trait", "fn", "const", "type", "mod"];
            words.windows(2).any(|pair| kinds.contains(&pair[0]) && pair[1] == name)
                || text.lines().any(|line| line.starts_with("    ") && line.trim_start().starts_with(name))
        };
        // The harness stands beside the crates.
        let folder = if crate_name == "laneway-tests" { "tests".into() } else { format!("crates/{crate_name}") };
        let found = sources(&Path::new(ROOT).join(folder).join("src"))
            .into_iter()
            .any(|(path, text)| path.ends_with(name) || defines(&text));
        assert!(found, "the glossary names what is not in {crate_name}: {name}");
    }
}
