//! A copy of the sources with faults, all at once, each behind a number that a run is given. Nothing of them is in the repository's
//! own sources. Knows nothing of how they are tried.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::mutation::{Mutation, places};
use crate::cargo::cargo;
use crate::workspace;

/// Which fault a run of the copy has.
const NUMBER: &str = "LANEWAY_MUTANT";

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

/// A copy of what git knows, with faults, each behind its number.
#[derive(Debug)]
pub(crate) struct Copy {
    folder: PathBuf,
}

impl Copy {
    /// Makes it, in a folder of that name among what is built.
    pub(crate) fn of(name: &str, mutations: &[Mutation]) -> Result<Self, String> {
        let folder = workspace::target().join(name);
        copy(&folder.join("sources"), mutations)?;
        Ok(Self { folder })
    }

    /// A cargo command in the copy, of which the fault of that number is in force.
    pub(crate) fn cargo(&self, arguments: &[&str], number: Option<usize>) -> Command {
        let mut command = cargo(arguments);
        command.current_dir(self.folder.join("sources")).env("CARGO_TARGET_DIR", self.folder.join("target"));
        number.map(|number| command.env(NUMBER, number.to_string()));
        command
    }
}

fn copy(copy: &Path, mutations: &[Mutation]) -> Result<(), String> {
    let (root, failed) = (workspace::root(), |error: std::io::Error| format!("the sources cannot be copied: {error}"));
    let listed = Command::new("git").current_dir(&root).args(["ls-files", "-z"]).output().map_err(failed)?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let paths: BTreeSet<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    remove_others(copy, copy, &paths);
    for path in paths {
        let Ok(content) = fs::read(root.join(path)) else { continue };
        let content = with_faults(path, content, mutations)?;
        let to = copy.join(path);
        // What is as it was keeps its time, so that nothing is built again for it.
        if fs::read(&to).is_ok_and(|before| before == content) {
            continue;
        }
        to.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        fs::write(&to, content).map_err(failed)?;
    }
    Ok(())
}

/// Removes what an earlier copy has and this one has not: a module that has become a folder would be there twice.
fn remove_others(copy: &Path, folder: &Path, paths: &BTreeSet<&str>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove_others(copy, &path, paths);
        } else if path.strip_prefix(copy).is_ok_and(|path| path.to_str().is_none_or(|path| !paths.contains(path))) {
            // What cannot be removed fails the build, by its name.
            let _ = fs::remove_file(&path);
        }
    }
}

fn with_faults(path: &str, content: Vec<u8>, mutations: &[Mutation]) -> Result<Vec<u8>, String> {
    let Some(file) = path.strip_prefix("crates/laneway-core/src/") else { return Ok(content) };
    let Ok(mut source) = String::from_utf8(content) else { return Err(format!("{path} is no text")) };
    if file == "lib.rs" {
        source.push_str(SWITCH);
    }
    // The longest first: one may stand within another.
    let mut of_file: Vec<(usize, &Mutation)> =
        mutations.iter().enumerate().filter(|(_, mutation)| mutation.file == file).collect();
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
