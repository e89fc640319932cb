//! PgBouncer before a server, in each of its modes. Finds the installed program and one that was unpacked beside it; knows
//! nothing of Laneway.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use laneway_pgconfig::{Config, percent_encoded};
use nix::unistd::Uid;
use tempfile::TempDir;

use crate::need;
use crate::wait::WAIT_MAX;

/// The first version that keeps prepared statements in transaction mode.
const KEEPS_STATEMENTS: (u32, u32) = (1, 21);

/// A program, and its version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    path: PathBuf,
    version: (u32, u32),
}

impl Program {
    /// All that are there, oldest first: at least one. `None`, after saying so, where there is none.
    #[must_use]
    pub fn all() -> Option<Vec<Self>> {
        let mut found: Vec<Self> = candidates().iter().filter_map(|path| Self::at(path)).collect();
        found.sort_by_key(|program| program.version);
        found.dedup_by_key(|program| program.version);
        if found.is_empty() {
            need::skip("PgBouncer is not installed (apt-get install pgbouncer)")
        } else {
            Some(found)
        }
    }

    /// The newest, if it can keep prepared statements in transaction mode. `None`, after saying so, otherwise.
    #[must_use]
    pub fn keeping_statements() -> Option<Self> {
        let newest = Self::all()?.pop().filter(Self::keeps_statements);
        if newest.is_none() {
            // No failure where everything is required: distributions of today have older ones.
            eprintln!("not tried: PgBouncer 1.21 or newer is not here (LANEWAY_PGBOUNCER may name its program)");
        }
        newest
    }

    /// Whether it can.
    #[must_use]
    pub fn keeps_statements(&self) -> bool {
        self.version >= KEEPS_STATEMENTS
    }

    fn at(path: &Path) -> Option<Self> {
        let output = Command::new(path).arg("--version").output().ok()?;
        let printed = String::from_utf8(output.stdout).ok()?;
        let mut numbers = printed.lines().next()?.strip_prefix("PgBouncer ")?.split('.').map(str::parse);
        Some(Self { path: path.to_owned(), version: (numbers.next()?.ok()?, numbers.next()?.ok()?) })
    }
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PgBouncer {}.{}", self.version.0, self.version.1)
    }
}

/// The one that is named, those of `PATH`, and where Debian puts it.
fn candidates() -> Vec<PathBuf> {
    let env = |name: &str| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    let named = env("LANEWAY_PGBOUNCER").map(PathBuf::from);
    let path = env("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    named.into_iter().chain(folders.map(|folder| folder.join("pgbouncer"))).collect()
}

/// A running one. Dropped, it ends.
#[derive(Debug)]
pub struct Pooler {
    config: Config,
    child: Child,
    _folder: TempDir,
}

impl Pooler {
    /// Starts one before the server that `config` names by a URL with user and password, with these lines among its settings.
    ///
    /// # Panics
    /// When it does not start, or `config` is no such URL.
    #[must_use]
    pub fn start(program: &Program, config: &Config, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let file = folder.path().join("pgbouncer.ini");
        // It runs as another user than root.
        let user = if Uid::effective().is_root() { "user = daemon" } else { "" };
        let text = format!(
            "[databases]\n* = {}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\nmax_client_conn = 200\n{user}\n{settings}\n",
            as_words(config)
        );
        std::fs::write(&file, text).expect("its settings");
        let mut child = Command::new(&program.path)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("PgBouncer");
        wait_until_ready(&mut child);
        let database = percent_encoded(config.database().expect("a database"));
        let config = Config::parse(&format!("postgres://laneway@127.0.0.1:{port}/{database}")).expect("an address");
        Self { config, child, _folder: folder }
    }

    /// Where it is, with the database of the server that it was started before.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the server is, in PgBouncer's words.
fn as_words(config: &Config) -> String {
    let rest = config.url().strip_prefix("postgres://").expect("a URL");
    let (credentials, rest) = rest.split_once('@').expect("a user");
    let (user, password) = credentials.split_once(':').expect("a password");
    let (place, _) = rest.split_once('/').expect("a database");
    let (host, port) = place.split_once(':').expect("a port");
    format!("host={host} port={port} user={user} password={password}")
}

/// Until it reports that it listens; what it reports later is read too, so that its pipe never fills.
fn wait_until_ready(child: &mut Child) {
    let (line_read, lines) = mpsc::channel();
    let log = BufReader::new(child.stderr.take().expect("standard error was piped"));
    thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            // Once it has started, no one reads them.
            let _ = line_read.send(line);
        }
    });
    let mut log = String::new();
    while !log.contains("process up") {
        let line = lines.recv_timeout(WAIT_MAX).unwrap_or_else(|_| panic!("PgBouncer did not start:\n{log}"));
        log.push_str(&line);
        log.push('\n');
    }
}
