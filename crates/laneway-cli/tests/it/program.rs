//! Runs the program, and what it works on.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use laneway_embedded::Database;
use laneway_tests::need;
use laneway_tests::release::release;
use tempfile::TempDir;

/// A command line of the program.
pub(crate) fn laneway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_laneway"));
    // What is kept for the next start is kept among what the tests leave anyway.
    command.env("LANEWAY_CODE_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/code"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// How a run ended.
pub(crate) struct RunResult {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl RunResult {
    /// The object on the last line of standard output.
    pub(crate) fn object(&self) -> serde_json::Value {
        let last = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {last}\n{}", self.err))
    }

    /// The run was refused so, and every one of these was printed.
    pub(crate) fn refused(&self, code: i32, printed: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        for text in printed {
            assert!(self.err.contains(text), "`{text}` is not in:\n{}", self.err);
        }
    }
}

impl From<Output> for RunResult {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// How long a run may take; far longer than any does.
const RUN_MAX: Duration = Duration::from_secs(300);

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> RunResult {
    run_command(laneway(arguments))
}

/// Runs a command to its end, which must come.
pub(crate) fn run_command(mut command: Command) -> RunResult {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match ended.recv_timeout(RUN_MAX) {
        Ok(output) => output.unwrap().into(),
        Err(_) => {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
            panic!("{command:?} did not end within {RUN_MAX:?}");
        }
    }
}

/// A small generated data set.
pub(crate) struct Data {
    folder: TempDir,
}

impl Data {
    pub(crate) fn of(documents: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        let result = run(&["generate", "--documents", &documents.to_string(), "-o", at]);
        assert_eq!(result.code, Some(0), "{}", result.err);
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn documents(&self) -> PathBuf {
        self.path().join("documents")
    }

    /// `--schema` and the schemas' files.
    pub(crate) fn schemas(&self) -> Vec<String> {
        let mut files: Vec<String> = std::fs::read_dir(self.path().join("schemas"))
            .unwrap()
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        files.insert(0, "--schema".to_owned());
        files
    }

    /// The lines of all documents.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut files: Vec<_> =
            std::fs::read_dir(self.documents()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// A file in the data set's folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs `laneway load` into `url` with these schemas.
    pub(crate) fn load(&self, url: &str, arguments: &[&str]) -> RunResult {
        let schemas = self.schemas();
        let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
        run(&[&["load", "--url", url], &schemas[..], arguments].concat())
    }
}

/// An empty database; `None` where there is no server.
pub(crate) fn database() -> Option<Database> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Some(runtime.block_on(need::server()?.create_database("laneway_test")).unwrap())
}

/// A deployed database.
pub(crate) fn store() -> Option<Database> {
    let database = database()?;
    let result = run(&["deploy", "--url", database.url(), "--release", release().number()]);
    assert_eq!(result.code, Some(0), "{}", result.err);
    Some(database)
}
