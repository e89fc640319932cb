//! Runs cargo, and programs that it built.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::workspace;

/// The workspace as every check and test builds it: with the same features, so that each dependency is built once.
pub(crate) const WHOLE: &[&str] = &["--workspace", "--features", "laneway-cli/download"];

/// A cargo command in the repository's folder.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = with(std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from));
    command.args(arguments);
    command
}

/// A command of some cargo in the repository's folder.
pub(crate) fn with(cargo: PathBuf) -> Command {
    let mut command = Command::new(cargo);
    command.current_dir(workspace::root());
    // Variables that cargo set for xtask itself: build scripts look at some (ring's does), and would run again each time
    // that something is built without xtask.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end. `false`, after reporting it, when it cannot be started or fails.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cannot run {}: {error}", command.get_program().display());
            false
        }
    }
}

/// Runs a command, shows both of its outputs as they come, and gives each line to `see`. Whether it succeeded.
pub(crate) fn watched(command: &mut Command, see: &mut dyn FnMut(&str)) -> bool {
    run(command, |_| {}, see)
}

fn run(command: &mut Command, started: impl FnOnce(u32), see: &mut dyn FnMut(&str)) -> bool {
    // One pipe for both, so that lines keep their order.
    let Ok((reader, writer)) = std::io::pipe() else { return false };
    let Ok(second) = writer.try_clone() else { return false };
    command.stdout(writer).stderr(second).stdin(Stdio::null());
    let spawned = command.spawn();
    // The command holds our ends of the pipe until it is given new ones; with them the pipe would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            eprintln!("cannot run {}: {error}", command.get_program().display());
            return false;
        }
    };
    started(child.id());
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        see(text.trim_end());
        line.clear();
    }
    child.wait().is_ok_and(|status| status.success())
}

/// As [`watched`], but what runs for longer than `longest` is killed, and then did not succeed.
pub(crate) fn watched_for(command: &mut Command, longest: Duration, see: &mut dyn FnMut(&str)) -> bool {
    let (ended, end) = mpsc::channel::<()>();
    let kill = move |child: u32| {
        thread::spawn(move || {
            // The sender is dropped when the command has ended; until then nothing is sent.
            if end.recv_timeout(longest) == Err(mpsc::RecvTimeoutError::Timeout) {
                println!("it ran for more than {longest:?} and is killed");
                let _ = Command::new("kill").args(["-KILL", &child.to_string()]).status();
            }
        });
    };
    let success = run(command, kill, see);
    drop(ended);
    success
}

/// The exit code of a yes or no.
pub(crate) fn exit(success: bool) -> ExitCode {
    if success { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
