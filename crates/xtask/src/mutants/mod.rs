//! `cargo xtask mutants`: faults in the flush, in decide and in order, and the generated world that notices each. Faults of the
//! flush are steps that a test build can skip; those of decide and order are put into a copy of the sources, all at once, each
//! behind a number that a run is given. What no world notices, a test of decide and order does. Nothing of them is in the
//! repository's own sources.

mod mutations;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::cargo::{WHOLE, cargo, exit, succeeds, watched_for};
use crate::workspace;
use mutations::{MUTATIONS, Mutation};

/// Which fault a run of the copy has.
const NUMBER: &str = "LANEWAY_MUTANT";
/// A fault may make something wait for ever, which counts as noticed.
const LONGEST: Duration = Duration::from_secs(600);

/// What is put behind the copy's `laneway-core`.
const SWITCH: &str = r#"
/// Which fault is in force.
pub(crate) mod mutants {
    pub(crate) fn is(number: usize) -> bool {
        static NUMBER: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
        *NUMBER.get_or_init(|| std::env::var("LANEWAY_MUTANT").ok()?.parse().ok()) == Some(number)
    }
}
"#;

/// Tries each; `options` go to each run (`--count N`: how many worlds at most).
pub(crate) fn run(options: &[&str]) -> ExitCode {
    let mut steps = cargo(&["test"]);
    let noticed = succeeds(steps.args(WHOLE).args(["--example", "scenarios", "--", "mutants"]).args(options));
    let copy = match copied() {
        Ok(copy) => copy,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let mut build = of_copy(&copy, &["--example", "scenarios"]);
    build.args(["--no-run"]);
    if !succeeds(&mut build) {
        eprintln!("the copy with its faults does not build: {}", copy.display());
        return ExitCode::FAILURE;
    }
    let mut lines = vec!["| fault | noticed by |".to_owned(), "|---|---|".to_owned()];
    let mut missed = 0;
    let whole = world_that_differs(&copy, None, options);
    if let Some(world) = whole {
        eprintln!("without a fault {world} differs");
        missed += 1;
    }
    for (number, mutation) in MUTATIONS.iter().enumerate() {
        let noticed = world_that_differs(&copy, Some(number), options).or_else(|| test_that_fails(&copy, number));
        missed += usize::from(noticed.is_none());
        lines.push(format!("| {} | {} |", mutation.name, noticed.as_deref().unwrap_or("NONE")));
    }
    println!("\n{}", lines.join("\n"));
    exit(noticed && missed == 0)
}

/// A copy of what git knows, with all faults, each behind its number.
fn copied() -> Result<PathBuf, String> {
    let copy = workspace::target().join("mutants/sources");
    let (root, failed) = (workspace::root(), |error: std::io::Error| format!("the sources cannot be copied: {error}"));
    let listed = Command::new("git").current_dir(&root).args(["ls-files", "-z"]).output().map_err(failed)?;
    for path in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|path| !path.is_empty()) {
        let Ok(content) = fs::read(root.join(path)) else { continue };
        let content = with_faults(path, content)?;
        let to = copy.join(path);
        // What is as it was keeps its time, so that nothing is built again for it.
        if fs::read(&to).is_ok_and(|before| before == content) {
            continue;
        }
        to.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        fs::write(&to, content).map_err(failed)?;
    }
    Ok(copy)
}

fn with_faults(path: &str, content: Vec<u8>) -> Result<Vec<u8>, String> {
    let Some(file) = path.strip_prefix("crates/laneway-core/src/") else { return Ok(content) };
    let Ok(mut source) = String::from_utf8(content) else { return Err(format!("{path} is no text")) };
    if file == "lib.rs" {
        source.push_str(SWITCH);
    }
    // The longest first: one may stand within another.
    let mut of_file: Vec<(usize, &Mutation)> =
        MUTATIONS.iter().enumerate().filter(|(_, mutation)| mutation.file == file).collect();
    of_file.sort_by_key(|(_, mutation)| std::cmp::Reverse(mutation.from.len()));
    for (number, mutation) in of_file {
        let places = places(&source, mutation.from);
        if places.is_empty() {
            return Err(format!("{path}: there is no place for \"{}\"", mutation.name));
        }
        // Within another, it stands in what that puts there too.
        for (at, length) in places.into_iter().rev() {
            let whole = &source[at..at + length];
            let text = format!("if crate::mutants::is({number}) {{ {} }} else {{ {whole} }}", mutation.to);
            let text = if whole.ends_with(';') { text } else { format!("({text})") };
            source.replace_range(at..at + length, &text);
        }
    }
    Ok(source.into_bytes())
}

/// Where a piece of source stands, and how long it is there, however its lines are broken.
fn places(source: &str, piece: &str) -> Vec<(usize, usize)> {
    let wanted: Vec<char> = piece.chars().filter(|c| !c.is_whitespace()).collect();
    let there: Vec<(usize, char)> = source.char_indices().filter(|(_, c)| !c.is_whitespace()).collect();
    let is_here = |at: &usize| there[*at..].iter().map(|(_, c)| c).take(wanted.len()).eq(&wanted);
    let found = (0..(there.len() + 1).saturating_sub(wanted.len())).filter(is_here);
    found
        .map(|at| {
            let (last, character) = there[at + wanted.len() - 1];
            (there[at].0, last + character.len_utf8() - there[at].0)
        })
        .collect()
}

fn of_copy(copy: &Path, what: &[&str]) -> Command {
    let mut command = cargo(&["test"]);
    command.current_dir(copy).env("CARGO_TARGET_DIR", workspace::target().join("mutants/target"));
    command.args(WHOLE).args(what);
    command
}

/// The world that differs in a run with a fault; `None`: none did.
fn world_that_differs(copy: &Path, number: Option<usize>, options: &[&str]) -> Option<String> {
    let mut command = of_copy(copy, &["--example", "scenarios"]);
    command.args(["--", "worlds", "--in-memory", "--as-it-is"]).args(options);
    number.map(|number| command.env(NUMBER, number.to_string()));
    let mut world = None;
    let ended = watched_for(&mut command, LONGEST, &mut |line| {
        if let Some(name) = line.strip_suffix(" differs:").filter(|_| world.is_none()) {
            world = Some(name.to_owned());
        }
    });
    world.or_else(|| (!ended).then(|| "a run that failed, or did not end".to_owned()))
}

/// The first test of decide and order that fails with a fault: some make batches smaller, or come up too rarely for worlds.
fn test_that_fails(copy: &Path, number: usize) -> Option<String> {
    let mut command = of_copy(copy, &["--lib"]);
    command.args(["--no-fail-fast", "--", "decide::", "order::", "planned_operation::"]);
    command.env(NUMBER, number.to_string());
    let mut test = None;
    watched_for(&mut command, LONGEST, &mut |line| {
        let failed = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED"));
        if test.is_none() {
            test = failed.map(str::to_owned);
        }
    });
    test
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_however_its_lines_are_broken() {
        let source = "let a = one(\n    two,\n);\nlet b = one(two);";
        assert_eq!(places(source, "one(two,)").len(), 1);
        let (at, length) = places(source, "one(two)")[0];
        assert_eq!(&source[at..at + length], "one(two)");
        assert_eq!(places(source, "three").len(), 0);
    }
}
