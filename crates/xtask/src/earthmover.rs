//! The test of what earthmover writes. Knows how earthmover is brought; what it makes and what becomes of that, the test knows.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use laneway_pgbin::download_folder;

use crate::cargo::{WHOLE, cargo, exit, succeeds};
use crate::harness::tested;
use crate::skips::Skips;
use crate::tally::Tally;

/// The package on PyPI. It pins those that it needs loosely, so that pip chooses what goes with the Python that is here.
const PACKAGE: &str = "earthmover";
const VERSION: &str = "0.4.10";

/// Brings earthmover into a folder, by default in the user's cache, and loads what it writes.
pub(crate) fn run(folder: Option<&str>) -> ExitCode {
    let Some(folder) = folder.map(PathBuf::from).or_else(kept) else {
        eprintln!("there is no folder for it: set HOME, or name one");
        return ExitCode::FAILURE;
    };
    let Some(program) = bring(&folder.join(VERSION)) else {
        eprintln!("{PACKAGE} {VERSION} cannot be brought into {}: it takes python3, venv and PyPI", folder.display());
        return ExitCode::FAILURE;
    };
    let mut tally = Tally::default();
    let mut test = cargo(&["test"]);
    test.args(WHOLE).args(["--test", "it"]).env("LANEWAY_EARTHMOVER", program);
    tested(&mut tally, &mut test, Skips::Fail, &["earthmover::"]);
    // A filter that no test answers to would pass.
    tally.check("earthmover's test ran", tally.passed() == 1);
    println!("\n{}", tally.report());
    exit(tally.failed() == 0)
}

/// The program in a virtual environment, which is made unless it is there.
fn bring(environment: &Path) -> Option<PathBuf> {
    let program = environment.join("bin/earthmover");
    let is_there = || Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success());
    let pip = || {
        let mut pip = Command::new(environment.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", &format!("{PACKAGE}=={VERSION}")]);
        succeeds(&mut pip)
    };
    let made = is_there() || (succeeds(Command::new("python3").args(["-m", "venv"]).arg(environment)) && pip());
    (made && is_there()).then_some(program)
}

/// Where it is kept: beside what else is downloaded.
fn kept() -> Option<PathBuf> {
    Some(download_folder()?.with_file_name(PACKAGE))
}
