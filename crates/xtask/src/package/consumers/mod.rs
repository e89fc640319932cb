//! Programs that are built against the packages from a folder that holds nothing else, and run. Each begins with what
//! a user has: the packed files, and no setting that leads to this repository.

pub(super) mod c;
pub(super) mod dotnet;
pub(super) mod elsewhere;
pub(super) mod runner;
pub(super) mod server;

use std::process::{Command, Stdio};

/// What would lead a consumer to another library than the package's.
const LEADING_ASTRAY: [&str; 4] = ["LANEWAY_NATIVE_LIBRARY", "LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH"];

/// A command without them.
fn unbiased(mut command: Command) -> Command {
    for name in LEADING_ASTRAY {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, and gives what it wrote to its standard output.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run {name}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(printed) } else { Err(format!("{printed}\n{name}: {}", output.status)) }
}

/// Whether a program is installed.
pub(super) fn is_installed(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}
