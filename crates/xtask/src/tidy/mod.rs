//! `cargo xtask tidy`: the house rules that no compiler knows. Each finding names the file, the fault and the remedy.
//! The rules are pure; this file reads what git knows of.

mod circles;
mod file;
mod imports;
mod layers;
mod manifest;
mod map;
mod paths;
mod sources;
mod statements;
mod words;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::tally::Tally;
use crate::workspace;
use file::File;

/// Checks the files; each finding names its file and its remedy.
type Rule = fn(&[File]) -> Vec<String>;

/// All rules, each with what it promises.
const RULES: [(&str, Rule); 15] = [
    ("every source file begins with what it holds", sources::first_lines),
    ("no source file is too long", sources::lengths),
    ("lines end where their text does", sources::line_ends),
    ("unsafe code is where it is allowed, with its reason", sources::unsafe_code),
    ("tests wait for signals and never sleep", sources::sleeping_tests),
    ("no test is switched off", sources::ignored_tests),
    ("the repository names no machine's paths", sources::machine_paths),
    ("every SQL file begins with what it does", sources::sql_comments),
    ("SQL consists of constants, and values are parameters", statements::constants),
    ("crates know only what they may", layers::dependencies),
    ("files of a crate import each other in no circle", circles::circles),
    ("every dependency has its reason", manifest::reasons),
    ("what the documents name exists", map::names),
    ("a module with parts is a folder with mod.rs", sources::module_files),
    ("no word that was struck off is used", words::struck_off),
];

/// Checks and prints.
pub(crate) fn run() -> ExitCode {
    Tally::alone(check)
}

/// The rules as one check each.
pub(crate) fn check(tally: &mut Tally) {
    let files = match files() {
        Ok(files) => files,
        Err(message) => return tally.skip("house rules", &message),
    };
    for (promise, rule) in RULES {
        let findings = rule(&files);
        findings.iter().for_each(|finding| println!("{finding}"));
        tally.check(promise, findings.is_empty());
    }
}

/// What git tracks or would: text files only.
fn files() -> Result<Vec<File>, String> {
    let root = workspace::root();
    let listed = Command::new("git")
        .current_dir(&root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if !listed.status.success() {
        return Err("this is no git checkout".to_owned());
    }
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(listed.split('\0').filter(|path| !path.is_empty()).filter_map(|path| read(&root, path)).collect())
}

fn read(root: &Path, path: &str) -> Option<File> {
    // What is deleted but still listed, and what is no text, has nothing to be read.
    let text = std::fs::read_to_string(root.join(PathBuf::from(path))).ok()?;
    Some(File { path: path.to_owned(), text })
}
