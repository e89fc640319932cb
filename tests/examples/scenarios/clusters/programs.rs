//! Programs that run beside a scenario, and end with it. Knows none of them.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A program in the background, with what it prints in a file.
pub(super) struct Program {
    child: Child,
}

impl Program {
    /// Starts it, in a process group of its own.
    pub(super) fn start(mut command: Command, log: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a log");
        let errors = log.try_clone().expect("a log");
        command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
        Self { child: command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")) }
    }

    /// Sends a signal to all of its group.
    pub(super) fn signal(&self, signal: &str) {
        // `--`: a negative number is a group.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args([&format!("-{signal}"), "--", &group]).stderr(Stdio::null()).status();
    }

    /// Kills it, and waits for its end.
    pub(super) fn kill(mut self) {
        self.signal("KILL");
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal("KILL");
        let _ = self.child.wait();
    }
}

/// A command as the account that servers run as: they refuse to be root's.
pub(super) fn as_account(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Gives a folder to that account.
pub(super) fn give(folder: &Path) {
    if is_root() {
        succeeds(Command::new("chown").args(["-R", "postgres"]).arg(folder));
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// Runs a command to its end; what it printed.
pub(super) fn succeeds(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}{errors}", output.status);
    text
}

/// A free port.
pub(super) fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a free port").port()
}

/// Whether all of these are installed; says which is not.
pub(super) fn are_installed(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<&str> = programs
        .iter()
        .copied()
        .filter(|program| !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
        .collect();
    if !missing.is_empty() {
        println!(
            "not installed: {} (Debian: apt-get install --no-install-recommends patroni etcd-server haproxy pgpool2)",
            missing.join(", ")
        );
    }
    missing.is_empty()
}
