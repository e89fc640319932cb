//! A server that can be taken down and brought back, which a server that ends with us cannot: it is run by one of our
//! own, as the account that that one has. Knows PostgreSQL's programs.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use laneway_embedded::{Server, Settings};
use laneway_pgconfig::Config;
use laneway_pgconfig::tokio_postgres::Client;

use crate::need;

/// The server, up until it is stopped. Dropped, it ends; its folder is that of the one that runs it.
pub struct Cluster {
    runner: Server,
    programs: String,
    folder: PathBuf,
    port: u16,
    /// Of its superuser, for clients that know no Unix sockets.
    password: String,
    is_mounted: bool,
}

impl Cluster {
    /// A new one, up; `None`, after saying so, where there is none to be had.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn start() -> Option<Self> {
        Self::start_on(None).await
    }

    /// One whose files lie in a file system of their own with so many MiB, in memory, which takes root.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn start_small(mib: usize) -> Option<Self> {
        Self::start_on(Some(mib)).await
    }

    async fn start_on(mib: Option<usize>) -> Option<Self> {
        need::server()?;
        let Ok(runner) = Server::own(&Settings::for_tests()) else {
            return need::skip("no server of our own can be started");
        };
        let admin = runner.config().connect().await.expect("a server of our own");
        let programs = value(&admin, "SELECT setting FROM pg_config WHERE name = 'BINDIR'").await;
        let data = value(&admin, "SHOW data_directory").await;
        let folder = Path::new(&data).parent().expect("a folder around the data").to_owned();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a free port").port();
        let password = std::iter::repeat_with(fastrand::alphanumeric).take(24).collect();
        let mut cluster = Self { runner, programs, folder, port, password, is_mounted: false };
        if let Some(mib) = mib {
            cluster.mount(mib)?;
        }
        cluster
            .run(&format!(
                "umask 077; echo {password} > '{file}'; '{}/initdb' -U laneway --auth-local=trust --auth-host=scram-sha-256 \
                 --pwfile='{file}' -E UTF8 --locale=C -N -D '{}'",
                cluster.programs,
                cluster.data(),
                password = cluster.password,
                file = cluster.folder.join("cluster.password").display(),
            ))
            .await;
        cluster.bring_up().await;
        Some(cluster)
    }

    /// The address of a database in it.
    ///
    /// # Panics
    /// When the name does not fit into an address.
    #[must_use]
    pub fn config(&self, user: &str, database: &str) -> Config {
        let socket = self.folder.display();
        Config::parse(&format!("host={socket} port={} user={user} dbname={database}", self.port)).expect("an address")
    }

    /// The address of a database in it for clients that know no Unix sockets, as the superuser.
    ///
    /// # Panics
    /// When the name does not fit into an address.
    #[must_use]
    pub fn tcp_config(&self, database: &str) -> Config {
        let Self { port, password, .. } = self;
        Config::parse(&format!("postgres://laneway:{password}@127.0.0.1:{port}/{database}")).expect("an address")
    }

    /// A database in it.
    ///
    /// # Panics
    /// When it cannot be created.
    pub async fn create_database(&self, name: &str) -> Config {
        let admin = self.config("laneway", "postgres").connect().await.expect("the server");
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
        self.config("laneway", name)
    }

    /// Takes it down (`fast`, `immediate`) and brings it back after so many seconds.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn restart(&self, mode: &str, seconds_down: u32) {
        self.run(&format!("{} -m {mode} -w stop; sleep {seconds_down}", self.control())).await;
        self.bring_up().await;
    }

    /// Stops the process that writes what was committed without waiting for the disk; an immediate stop ends it.
    ///
    /// # Panics
    /// When the server does not do so.
    pub async fn stop_wal_writer(&self) {
        let admin = self.config("laneway", "postgres").connect().await.expect("the server");
        let writer = "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'walwriter'";
        self.run(&format!("kill -STOP {}", value(&admin, writer).await)).await;
    }

    /// Makes it a standby, and promotes it: its timeline is another one then.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn promote(&self) {
        self.run(&format!("{} -m fast -w stop; touch '{}/standby.signal'", self.control(), self.data())).await;
        self.bring_up().await;
        self.run(&format!("{} -w promote", self.control())).await;
    }

    /// Copies its files as they are on disk, while it is down.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn copy(&self) {
        let data = self.data();
        self.run(&format!("{} -m fast -w stop; cp -a '{data}' '{data}.copy'", self.control())).await;
        self.bring_up().await;
    }

    /// Goes back to the files that were copied: what was written since is gone, numbers of transactions included.
    ///
    /// # Panics
    /// When there is no copy, or PostgreSQL's programs fail.
    pub async fn restore(&self) {
        let data = self.data();
        let stop = format!("{} -m immediate -w stop", self.control());
        self.run(&format!("{stop}; rm -rf '{data}'; mv '{data}.copy' '{data}'")).await;
        self.bring_up().await;
    }

    /// How many entries of the server's log have this in them.
    ///
    /// # Panics
    /// When there is no log.
    pub async fn logged(&self, text: &str) -> usize {
        let admin = self.config("laneway", "postgres").connect().await.expect("the server");
        let log = value(&admin, &format!("SELECT pg_read_file('{}')", self.log().display())).await;
        log.lines().filter(|line| line.contains(text)).count()
    }

    fn mount(&mut self, mib: usize) -> Option<()> {
        use std::os::unix::fs::MetadataExt as _;
        let data = self.data();
        let owner = std::fs::metadata(&self.folder).expect("a folder");
        let options = format!("size={mib}m,mode=0700,uid={},gid={}", owner.uid(), owner.gid());
        std::fs::create_dir(&data).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs", &data]).output();
        self.is_mounted = mounted.is_ok_and(|output| output.status.success());
        if self.is_mounted { Some(()) } else { need::skip("no file system can be mounted (it takes root)") }
    }

    /// Fills its file system but for so many MiB; `None` makes room again.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn fill(&self, but_mib: Option<usize>) {
        let file = format!("{}/ballast", self.data());
        let Some(but_mib) = but_mib else { return std::fs::remove_file(file).expect("the file that fills it") };
        let room = Command::new("df").args(["--output=avail", "-BM", &self.data()]).output().expect("df");
        let room = String::from_utf8_lossy(&room.stdout);
        let mib: usize =
            room.lines().nth(1).and_then(|line| line.trim().trim_end_matches('M').parse().ok()).expect("MiB");
        let filling = vec![0; mib.saturating_sub(but_mib) << 20];
        std::fs::write(file, filling).expect("a file that fills it");
    }

    /// Brings it back if it has ended, as what looks after a server does.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn revive(&self) {
        let up = self.config("laneway", "postgres").connect().await;
        if up.is_err() {
            self.run(&format!("{} -m immediate -w stop || true", self.control())).await;
            self.bring_up().await;
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.join("cluster.log")
    }

    async fn bring_up(&self) {
        let (log, sockets) = (self.log(), self.folder.display());
        self.run(&format!(
            "{} -l '{}' -w -o '-p {} -k {sockets} -c listen_addresses=127.0.0.1 -c fsync=off' start",
            self.control(),
            log.display(),
            self.port
        ))
        .await;
    }

    fn data(&self) -> String {
        self.folder.join("cluster").display().to_string()
    }

    fn control(&self) -> String {
        format!("'{}/pg_ctl' -D '{}'", self.programs, self.data())
    }

    /// Runs a command as the account of the server.
    async fn run(&self, command: &str) {
        let admin = self.runner.config().connect().await.expect("a server of our own");
        let program = format!("COPY (SELECT 1) TO PROGRAM $$exec >/dev/null 2>&1; cat >/dev/null; {command}$$");
        admin.batch_execute(&program).await.unwrap_or_else(|error| panic!("{command}: {error:?}"));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let pid = std::fs::read_to_string(self.folder.join("cluster/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-QUIT", pid]).status();
        }
        if self.is_mounted {
            // Lazily: the server ends when it comes to it.
            let _ = Command::new("umount").args(["-l", &self.data()]).status();
        }
    }
}

async fn value(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.expect("an answer").get(0)
}
