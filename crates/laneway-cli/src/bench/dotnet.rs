//! Laneway from .NET: another program that loads the same documents and measures. Knows what passes between the two.
//!
//! The program is started with `load DOCUMENTS CALLERS BATCH_ITEMS_MAX SCHEMA…`, and the database in its environment. It
//! prints `ready` when the store is open and the documents are read, begins at a line on its standard input, and prints what it
//! took as one JSON object on a line.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use laneway_pgconfig::Config;
use serde::Deserialize;

use crate::failure::Failure;

/// The variable that names the database.
const URL: &str = "LANEWAY_BENCH_URL";
/// What it prints when it could begin.
const READY: &str = "ready";

/// What a run took, as the program measured it.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
pub(super) struct Taken {
    pub(super) documents: u64,
    pub(super) failed: u64,
    pub(super) elapsed_s: f64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) batch_mean: f64,
    /// Of its process, from the first document to the last outcome.
    pub(super) cpu_s: f64,
    /// All that it allocated in that time.
    pub(super) allocated_bytes: f64,
}

/// What a run is given.
pub(super) struct Task<'a> {
    pub(super) config: &'a Config,
    pub(super) documents: &'a Path,
    pub(super) schemas: &'a [PathBuf],
    pub(super) callers: NonZeroUsize,
    pub(super) batch_items_max: usize,
}

/// The program, ready to begin. Dropped, it ends.
pub(super) struct Program {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Program {
    /// Starts `assembly` and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, or ends before.
    pub(super) fn start(assembly: &Path, task: &Task<'_>) -> Result<Self, Failure> {
        let mut command = Command::new("dotnet");
        command.arg(assembly).arg("load").arg(task.documents);
        // Not an argument, which all users of the machine can read: there may be a password in it.
        command.env(URL, task.config.url());
        command.args([task.callers.get(), task.batch_items_max].map(|number| number.to_string())).args(task.schemas);
        let mut program = Self::run(command).map_err(|error| ended(assembly, error))?;
        match program.answer() {
            Ok(answer) if answer == READY => Ok(program),
            Ok(answer) => Err(ended(assembly, format_args!("it printed \"{answer}\""))),
            Err(error) => Err(ended(assembly, error)),
        }
    }

    fn run(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("it has no standard input or output");
        let (orders, answers) = (child.stdin.take().ok_or_else(missing)?, child.stdout.take().ok_or_else(missing)?);
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Lets it load, and waits for what that took.
    ///
    /// # Errors
    /// When it ends before.
    pub(super) fn load(mut self, assembly: &Path) -> Result<Taken, Failure> {
        writeln!(self.orders, "begin").map_err(|error| ended(assembly, error))?;
        let answer = self.answer().map_err(|error| ended(assembly, error))?;
        serde_json::from_str(&answer)
            .map_err(|error| ended(assembly, format_args!("it printed \"{answer}\" ({error})")))
    }

    fn answer(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(io::Error::other("it ended"));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has printed all that it has to print.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ended(assembly: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::usage(
        format_args!("{} did not load the documents: {why}", assembly.display()),
        "Build bindings/dotnet/benchmarks/Laneway.Benchmarks, name its Laneway.Benchmarks.dll with --dotnet, and the native \
         library with LANEWAY_NATIVE_LIBRARY.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Program::run(command).unwrap()
    }

    const TAKEN: &str = r#"{"documents":3,"failed":1,"elapsed_s":0.5,"p50_ms":1,"p95_ms":2,"p99_ms":3,"batch_mean":1.5,"cpu_s":0.1,"allocated_bytes":960}"#;

    #[test]
    fn it_begins_at_a_line() {
        let mut program = shell(&format!("echo ready; read order; test $order = begin && echo '{TAKEN}'; read more"));
        assert_eq!(program.answer().unwrap(), READY);
        let taken = program.load(Path::new("a.dll")).unwrap();
        assert_eq!((taken.documents, taken.failed, taken.elapsed_s, taken.allocated_bytes), (3, 1, 0.5, 960.0));
    }

    #[test]
    fn one_that_ends_early_is_named() {
        let mut program = shell("echo ready; read order; echo nonsense");
        program.answer().unwrap();
        let error = program.load(Path::new("a.dll")).unwrap_err().to_string();
        assert!(error.contains("a.dll did not load") && error.contains("\"nonsense\""), "{error}");
        let mut program = shell("true");
        assert!(program.answer().is_err());
        assert!(program.load(Path::new("a.dll")).unwrap_err().to_string().contains("--dotnet"));
    }
}
