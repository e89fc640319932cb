//! A server of our own: its folder, its process, its end.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use std::{fs, thread};

use laneway_pgbin::Binaries;
use laneway_pgconfig::{Config, percent_encoded};
use tempfile::TempDir;

use crate::account::Account;
use crate::error::{Cause, EmbeddedError};
use crate::settings::{Durability, Kept, Settings};

/// Runs the server and ends it with us.
const WATCHDOG: &str = include_str!("watchdog.sh");
/// How long initdb and the start may take: seconds on a busy machine, so a minute means that something is stuck.
const START_MAX: Duration = Duration::from_secs(60);
/// Another process may take the free port between our finding it and the server's binding it.
const START_TRIES: u32 = 3;
/// How much of the server's log is kept for error messages.
const LOG_LINES_MAX: usize = 40;
/// A socket's path must fit `sockaddr_un.sun_path` (104 bytes on macOS); the rest is for the file's name.
const SOCKET_FOLDER_MAX: usize = 80;
/// The server's message (with `LC_ALL=C`) when it accepts connections.
const READY: &str = "database system is ready to accept connections";

/// A running server. Dropped, it stops and its folder goes.
#[derive(Debug)]
pub(crate) struct OwnServer {
    config: Config,
    tcp: Config,
    watchdog: Watchdog,
}

impl OwnServer {
    /// Creates a cluster in a temporary folder and starts it.
    ///
    /// # Errors
    /// When no binaries are found, or they do not start.
    pub(crate) fn start(settings: &Settings) -> Result<Self, EmbeddedError> {
        let binaries = match Binaries::find().map_err(Cause::Binaries)? {
            Some(installed) => installed,
            None => downloaded(settings.notice).map_err(|download| Cause::NotFound { download })?,
        };
        let account = Account::unprivileged()?;
        for _ in 1..START_TRIES {
            match Self::start_once(&binaries, account, settings) {
                Err(EmbeddedError(Cause::Start { log, .. })) if log.contains("could not bind") => {}
                result => return result,
            }
        }
        Self::start_once(&binaries, account, settings)
    }

    /// Where it is: the Unix socket, which asks for no password and is reached by its owner and root only.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Where it is for clients that know no Unix sockets: a port of the loopback interface, with a password.
    pub(crate) fn tcp(&self) -> &Config {
        &self.tcp
    }

    fn start_once(binaries: &Binaries, account: Option<Account>, settings: &Settings) -> Result<Self, EmbeddedError> {
        let password = random_text(32);
        let folder = prepare_folder(account, &password)?;
        let port = free_port()?;
        let config = parse(&format!(
            "postgres://laneway@{}:{port}/postgres",
            percent_encoded(&folder.path().to_string_lossy())
        ))?;
        let tcp = parse(&format!("postgres://laneway:{password}@127.0.0.1:{port}/postgres"))?;
        let watchdog = Watchdog::start(folder, binaries.programs(), account, &server_options(port, settings))?;
        Ok(Self { config, tcp, watchdog })
    }

    /// Lets the server run on when we end.
    ///
    /// # Errors
    /// When its watchdog cannot be reached, or the server's process id cannot be read.
    pub(crate) fn keep(self) -> Result<Kept, EmbeddedError> {
        let folder = self.watchdog.folder.path().to_owned();
        let pid_file = folder.join("data/postmaster.pid");
        let pid = fs::read_to_string(&pid_file)
            .map_err(EmbeddedError::io(format!("read {}", pid_file.display())))?
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        let kept = Kept { config: self.config, tcp: self.tcp, stop: format!("kill -QUIT {pid}") };
        self.watchdog.leave()?;
        Ok(kept)
    }
}

#[cfg(feature = "download")]
fn downloaded(notice: fn(&str)) -> Result<Binaries, String> {
    crate::download::binaries(notice)
}

#[cfg(not(feature = "download"))]
fn downloaded(_: fn(&str)) -> Result<Binaries, String> {
    Err("this program was built without the feature `download`, which would download it".to_owned())
}

/// The shell that runs the server, and the pipe that it watches.
#[derive(Debug)]
struct Watchdog {
    child: Option<Child>,
    pipe: Option<ChildStdin>,
    // Behind the process: the watchdog removes the folder itself, so this only matters where it could not.
    folder: TempDir,
}

impl Watchdog {
    /// Starts it on `programs`: initdb and postgres.
    fn start(
        folder: TempDir,
        programs: [PathBuf; 2],
        account: Option<Account>,
        options: &[String],
    ) -> Result<Self, EmbeddedError> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(WATCHDOG).arg("laneway-postgres").arg(folder.path());
        command.args(programs);
        for option in options {
            command.arg("-c").arg(option);
        }
        command.args(["-k".as_ref(), folder.path().as_os_str()]);
        command.env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGPORT").env_remove("PGOPTIONS");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).current_dir(folder.path());
        // A process group of its own: Ctrl-C in a terminal is for us, and we still need the server then.
        command.process_group(0);
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid);
        }
        let mut child = command.spawn().map_err(EmbeddedError::io("start sh for the throw-away PostgreSQL"))?;
        let pipe = child.stdin.take();
        let log = child.stderr.take().map(Log::follow);
        let watchdog = Self { child: Some(child), pipe, folder };
        match log.map(Log::wait_until_ready) {
            Some(Ok(())) => Ok(watchdog),
            Some(Err((reason, log))) => Err(Cause::Start { reason, log }.into()),
            None => unreachable!("standard error was piped"),
        }
    }

    /// Makes the watchdog let the server run on; it removes the folder when the server is stopped.
    fn leave(mut self) -> Result<(), EmbeddedError> {
        if let Some(mut pipe) = self.pipe.take() {
            pipe.write_all(b"keep\n").map_err(EmbeddedError::io("keep the throw-away PostgreSQL running"))?;
        }
        self.child = None;
        self.folder.disable_cleanup(true);
        Ok(())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Some(Err(error)) = self.child.as_mut().map(Child::wait) {
            tracing::warn!(%error, "the throw-away PostgreSQL could not be waited for");
        }
    }
}

/// The server's log, read for as long as it runs: the pipe must not fill.
struct Log {
    lines: Arc<Mutex<VecDeque<String>>>,
    ready: mpsc::Receiver<()>,
}

impl Log {
    fn follow(stderr: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, ready) = mpsc::sync_channel(1);
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                tracing::trace!(target: "laneway_embedded::server", "{line}");
                let is_ready = line.contains(READY);
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == LOG_LINES_MAX {
                    kept.pop_front();
                }
                kept.push_back(line);
                drop(kept);
                if is_ready {
                    // The receiver is gone after the start.
                    let _ = sender.try_send(());
                }
            }
        });
        Self { lines, ready }
    }

    /// Waits until the server reports that it accepts connections.
    fn wait_until_ready(self) -> Result<(), (String, String)> {
        let reason = match self.ready.recv_timeout(START_MAX) {
            Ok(()) => return Ok(()),
            Err(mpsc::RecvTimeoutError::Disconnected) => "it ended".to_owned(),
            Err(mpsc::RecvTimeoutError::Timeout) => format!("it was not ready within {START_MAX:?}"),
        };
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Err((reason, lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")))
    }
}

/// The server's settings. What is not named stays as PostgreSQL ships it, so that the demo's figures mean something.
fn server_options(port: u16, settings: &Settings) -> Vec<String> {
    let mut options = vec![
        format!("port={port}"),
        format!("max_connections={}", settings.connections_max),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_permissions=0700".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        "log_checkpoints=off".to_owned(),
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
    ];
    if settings.durability == Durability::None {
        options.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
    }
    options.extend(settings.further.iter().map(|setting| (*setting).to_owned()));
    options
}

/// A folder that only the server's account may enter, with the superuser's password in a file.
fn prepare_folder(account: Option<Account>, password: &str) -> Result<TempDir, EmbeddedError> {
    let parent = folder_for_sockets(std::env::temp_dir());
    let folder = tempfile::Builder::new()
        .prefix("laneway-postgres-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(EmbeddedError::io(format!("create a folder in {}", parent.display())))?;
    let password_file = folder.path().join("password");
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&password_file)
        .and_then(|mut file| file.write_all(password.as_bytes()))
        .map_err(EmbeddedError::io(format!("write {}", password_file.display())))?;
    if let Some(account) = account {
        for path in [password_file.as_path(), folder.path()] {
            std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid))
                .map_err(EmbeddedError::io(format!("give {} to the server's user", path.display())))?;
        }
    }
    Ok(folder)
}

/// `TMPDIR`, unless a socket in it would have too long a path, or the server's user could not get there and remove
/// the folder in the end.
fn folder_for_sockets(chosen: PathBuf) -> PathBuf {
    let allows = |folder: &Path, mode: u32| {
        fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & mode == mode)
    };
    let short = chosen.as_os_str().len() <= SOCKET_FOLDER_MAX - "/laneway-postgres-XXXXXX".len();
    let same_user = !nix::unistd::Uid::effective().is_root();
    let open = allows(&chosen, 0o003) && chosen.ancestors().all(|folder| allows(folder, 0o001));
    if short && (open || same_user) { chosen } else { PathBuf::from("/tmp") }
}

fn free_port() -> Result<u16, EmbeddedError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(EmbeddedError::io("find a free port on 127.0.0.1"))
}

fn random_text(length: usize) -> String {
    // Seeded by the system for each process and thread; the password protects a loopback port for minutes.
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}

fn parse(url: &str) -> Result<Config, EmbeddedError> {
    Ok(Config::parse(url).map_err(Cause::Url)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durability_is_the_default() {
        let full = server_options(1, &Settings::default());
        assert!(!full.iter().any(|option| option.contains("fsync")));
        assert!(server_options(1, &Settings::for_tests()).contains(&"fsync=off".to_owned()));
    }

    /// A watchdog over two scripts in the place of initdb and postgres; the folder that it works in.
    fn over_scripts(initdb: &str, postgres: &str) -> (PathBuf, Result<Watchdog, EmbeddedError>) {
        let programs =
            tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir_in("/tmp").unwrap();
        let paths = [("initdb", initdb), ("postgres", postgres)].map(|(name, script)| {
            let path = programs.path().join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        });
        let account = Account::unprivileged().unwrap();
        let folder = prepare_folder(account, "secret").unwrap();
        (folder.path().to_owned(), Watchdog::start(folder, paths, account, &[]))
    }

    #[test]
    fn an_error_of_initdb_is_reported() {
        let (path, started) = over_scripts("#!/bin/sh\necho 'the disk is made of cheese' >&2\nexit 1\n", "");
        let error = started.unwrap_err().to_string();

        assert!(error.contains("it ended") && error.contains("the disk is made of cheese"), "{error}");
        assert!(!path.exists(), "the folder stayed");
    }

    #[test]
    fn a_server_that_does_not_hear_the_first_signal_is_ended_all_the_same() {
        // A shell cannot be the server: it does not hear what it was started to ignore.
        let deaf = format!(
            "#!/usr/bin/perl\n$SIG{{QUIT}} = sub {{ exit 0 if ++$heard > 1 }};\nprint STDERR \"{READY}\\n\";\n\
             sleep 60 while 1;\n"
        );
        let (path, started) = over_scripts("#!/bin/sh\n", &deaf);
        let watchdog = started.unwrap();
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || {
            drop(watchdog);
            sender.send(()).unwrap();
        });
        ended.recv_timeout(START_MAX).expect("it ends");
        assert!(!path.exists(), "the folder stayed");
    }

    #[test]
    fn folders_too_long_for_sockets_are_avoided() {
        let long = PathBuf::from(format!("/{}", "x".repeat(90)));
        assert_eq!(folder_for_sockets(long), PathBuf::from("/tmp"));
    }
}
