//! A throw-away PostgreSQL that programs of every platform can reach: by TCP, whatever runs them.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use laneway_pgbin::Binaries;
use tempfile::TempDir;

use super::output;
use crate::package::files;

/// The longest that a start takes; a busy machine takes seconds.
const START_MAX: Duration = Duration::from_secs(60);
/// How soon another look is taken.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Whom PostgreSQL runs as where we are root, whom it refuses.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// The server. It ends when this is dropped.
pub(in crate::package) struct Server {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts it; the error says what is missing.
    pub(in crate::package) fn start() -> Result<Self, String> {
        let binaries =
            Binaries::find().map_err(|unusable| unusable.to_string())?.ok_or("PostgreSQL is not installed")?;
        let [initdb, postgres] = binaries.programs();
        let folder = files::temporary()?;
        let account = account(folder.path())?;
        let run = |program: &Path| {
            let mut command = match account {
                Some(account) => {
                    let mut command = Command::new("setpriv");
                    command.args(["--reuid", account, "--regid", account, "--init-groups"]).arg(program);
                    command
                }
                None => Command::new(program),
            };
            command.current_dir(folder.path()).env("LC_ALL", "C").stdin(Stdio::null());
            command
        };
        let data = folder.path().join("data");
        let mut init = run(&initdb);
        init.args(["--username=laneway", "--auth=trust", "--no-sync", "--encoding=UTF8", "-D"]).arg(&data);
        output(&mut init)?;
        let port = free_port()?;
        let log = folder.path().join("log");
        let log = File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut start = run(&postgres);
        start.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        start.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]).stdout(Stdio::null()).stderr(log);
        let process = start.spawn().map_err(|error| format!("cannot run {}: {error}", postgres.display()))?;
        let server = Self { process, port, _folder: folder };
        server.wait_for_it()?;
        Ok(server)
    }

    /// Where it is, for `LANEWAY_DATABASE_URL`.
    pub(in crate::package) fn url(&self) -> String {
        format!("postgres://laneway@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_for_it(&self) -> Result<(), String> {
        let until = Instant::now() + START_MAX;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if Instant::now() > until {
                return Err(format!("PostgreSQL did not start within {START_MAX:?}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT: it ends its sessions and itself, before the folder goes.
        let _ = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

/// The account to run it by, which then owns `folder`; `None`: our own will do.
fn account(folder: &Path) -> Result<Option<&'static str>, String> {
    let id = |arguments: &[&str]| output(Command::new("id").args(arguments).stderr(Stdio::null()));
    if id(&["-u"])?.trim() != "0" {
        return Ok(None);
    }
    let account = ACCOUNTS.into_iter().find(|account| id(&["-u", account]).is_ok());
    let account = account.ok_or("PostgreSQL refuses to run as root, and there is no user postgres or nobody")?;
    output(Command::new("chown").arg(account).arg(folder))?;
    Ok(Some(account))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("there is no free port: {error}"))
}
