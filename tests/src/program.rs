//! The program `laneway` as it was built beside the tests. Knows none of its commands.

use std::path::PathBuf;
use std::process::Command;

/// A command of the program, which lies beside the folder of the one that runs now.
///
/// # Panics
/// When this program was not built by cargo.
#[must_use]
pub fn program() -> Command {
    let own = std::env::current_exe().expect("this program");
    let target: PathBuf = own.ancestors().nth(2).expect("a target folder").into();
    Command::new(target.join(format!("laneway{}", std::env::consts::EXE_SUFFIX)))
}
