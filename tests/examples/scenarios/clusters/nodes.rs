//! Three nodes under Patroni, with one etcd between them: defaults, but for the ports. Knows what befalls them; not who writes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use laneway_pgbin::Binaries;
use laneway_pgconfig::Config;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::time::sleep;

use super::programs::{Program, as_account, give, port, succeeds};

/// How many nodes.
pub(super) const COUNT: usize = 3;
/// How long the cluster may take to be whole again.
const WHOLE_WITHIN: Duration = Duration::from_secs(240);
/// The cluster's name, for Patroni.
const SCOPE: &str = "laneway";

/// The cluster.
pub(super) struct Nodes {
    pub(super) folder: TempDir,
    bin: PathBuf,
    nodes: Vec<Node>,
    _etcd: Program,
}

struct Node {
    port: u16,
    api: u16,
    settings: PathBuf,
    data: PathBuf,
    /// `None` while it is down.
    agent: Option<Program>,
}

impl Nodes {
    /// A new one, whole. `on_primary` is a command that a node runs when it becomes primary, by the node's number.
    pub(super) async fn start(on_primary: impl Fn(&Path, usize) -> String) -> Self {
        let binaries = Binaries::find().expect("PostgreSQL's programs").expect("PostgreSQL is installed");
        let bin = binaries.folder().to_owned();
        let folder = tempfile::Builder::new().prefix("laneway-cluster").tempdir().expect("a folder");
        let root = folder.path().to_owned();
        let (client, peer) = (port(), port());
        let etcd = etcd(&root, client, peer);
        let nodes: Vec<Node> = (0..COUNT)
            .map(|number| {
                let (port, api) = (port(), port());
                let (settings, data) = (root.join(format!("node{number}.yml")), root.join(format!("data{number}")));
                let callback = root.join(format!("primary{number}"));
                let script =
                    format!("#!/bin/sh\ncase $2 in master|primary) {};; esac\nexit 0\n", on_primary(&root, number));
                std::fs::write(&callback, script).expect("a script");
                succeeds(Command::new("chmod").arg("755").arg(&callback));
                let text = node_settings(number, client, (port, api), &root, &bin, &callback);
                std::fs::write(&settings, text).expect("settings");
                Node { port, api, settings, data, agent: None }
            })
            .collect();
        give(&root);
        let mut cluster = Self { folder, bin, nodes, _etcd: etcd };
        for number in 0..COUNT {
            cluster.bring_up(number);
            if number == 0 {
                cluster.until("a leader", |members| leader(members).is_some()).await;
            }
        }
        cluster.until_whole().await;
        cluster
    }

    /// Where each node's server and Patroni's interface are.
    pub(super) fn ports(&self) -> Vec<(u16, u16)> {
        self.nodes.iter().map(|node| (node.port, node.api)).collect()
    }

    /// The address of a database by all nodes.
    pub(super) fn config(&self, database: &str) -> Config {
        let hosts: Vec<String> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        address(&hosts.join(","), database)
    }

    /// Whether commits wait for a standby.
    pub(super) async fn set_synchronous(&self, synchronous: bool) {
        let setting = format!("synchronous_mode={synchronous}");
        self.control(&["edit-config", SCOPE, "-s", &setting, "--force"]);
        if synchronous {
            self.until("a synchronous standby", |members| members.iter().any(|one| one["Role"] == "Sync Standby"))
                .await;
        }
    }

    pub(super) fn switch_over(&self) {
        self.control(&["switchover", SCOPE, "--candidate", &format!("node{}", self.standby()), "--force"]);
    }

    pub(super) fn restart(&self) {
        self.control(&["restart", SCOPE, &format!("node{}", self.primary()), "--force"]);
    }

    /// As an operator does by hand: Patroni only watches.
    pub(super) fn promote_by_hand(&self) {
        self.control(&["pause", SCOPE, "--wait"]);
        let (primary, standby) = (self.primary(), self.standby());
        self.pg_ctl(primary, &["-m", "fast", "-w", "stop"]);
        self.pg_ctl(standby, &["-w", "promote"]);
    }

    pub(super) fn kill_postmaster(&self) {
        self.kill_server(self.primary());
    }

    /// Kills the primary's server and its agent.
    pub(super) fn kill_node(&mut self) {
        let primary = self.primary();
        if let Some(agent) = self.nodes[primary].agent.take() {
            agent.kill();
        }
        self.kill_server(primary);
    }

    /// Brings up what is down, and ends a pause.
    pub(super) async fn mend(&mut self) {
        for number in 0..COUNT {
            if self.nodes[number].agent.is_none() {
                self.bring_up(number);
            }
        }
        // Fails where there is no pause.
        let _ = self.patronictl(&["resume", SCOPE, "--wait"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        self.until_whole().await;
    }

    fn bring_up(&mut self, number: usize) {
        let mut command = as_account("patroni");
        command.arg(&self.nodes[number].settings);
        let log = self.folder.path().join(format!("patroni{number}.log"));
        self.nodes[number].agent = Some(Program::start(command, &log));
    }

    fn kill_server(&self, number: usize) {
        let pid = std::fs::read_to_string(self.nodes[number].data.join("postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-KILL", pid]).status();
        }
    }

    fn pg_ctl(&self, number: usize, arguments: &[&str]) {
        let mut command = as_account(self.bin.join("pg_ctl"));
        succeeds(command.arg("-D").arg(&self.nodes[number].data).args(arguments));
    }

    fn patronictl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("patronictl");
        command.arg("-c").arg(&self.nodes[0].settings).args(arguments);
        command
    }

    fn control(&self, arguments: &[&str]) -> String {
        succeeds(&mut self.patronictl(arguments))
    }

    fn members(&self) -> Vec<Json> {
        let listed = self.patronictl(&["list", SCOPE, "-f", "json"]).stderr(Stdio::null()).output();
        let text = listed.map(|output| output.stdout).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn primary(&self) -> usize {
        leader(&self.members()).expect("a primary")
    }

    fn standby(&self) -> usize {
        let members = self.members();
        let primary = leader(&members);
        let is_synchronous = |number: &usize| {
            members.iter().any(|one| one["Member"] == format!("node{number}") && one["Role"] == "Sync Standby")
        };
        let standby = |number: &usize| Some(*number) != primary;
        (0..COUNT).filter(standby).find(is_synchronous).or((0..COUNT).find(standby)).expect("a standby")
    }

    async fn until_whole(&self) {
        self.until("a leader and two standbys", |members| {
            let streams = |one: &&Json| {
                one["Role"] != "Leader" && ["running", "streaming"].iter().any(|state| one["State"] == *state)
            };
            let lags = |one: &&Json| one["Lag in MB"].as_u64().is_none_or(|lag| lag == 0);
            leader(members).is_some() && members.iter().filter(streams).filter(lags).count() == COUNT - 1
        })
        .await;
    }

    async fn until(&self, what: &str, holds: impl Fn(&[Json]) -> bool) {
        let until = Instant::now() + WHOLE_WITHIN;
        loop {
            let members = self.members();
            if holds(&members) {
                return;
            }
            assert!(Instant::now() < until, "{what}: not within {WHOLE_WITHIN:?}: {members:?}");
            sleep(Duration::from_millis(500)).await;
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        // Agents first, or they would bring the servers up again.
        self.nodes.iter_mut().for_each(|node| drop(node.agent.take()));
        (0..COUNT).for_each(|number| self.kill_server(number));
    }
}

/// The address of a database.
pub(super) fn address(hosts: &str, database: &str) -> Config {
    Config::parse(&format!("postgres://laneway@{hosts}/{database}")).expect("an address")
}

/// The number of the node that leads, and takes writes.
fn leader(members: &[Json]) -> Option<usize> {
    let leader = members.iter().find(|one| one["Role"] == "Leader" && one["State"] == "running")?;
    leader["Member"].as_str()?.strip_prefix("node")?.parse().ok()
}

fn etcd(root: &Path, client: u16, peer: u16) -> Program {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let mut command = Command::new("etcd");
    command.arg("--data-dir").arg(root.join("etcd")).args(["--name", "one", "--initial-cluster"]);
    command.arg(format!("one={peer}")).args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
    command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
    Program::start(command, &root.join("etcd.log"))
}

fn node_settings(
    number: usize,
    etcd: u16,
    (port, api): (u16, u16),
    root: &Path,
    bin: &Path,
    callback: &Path,
) -> String {
    let (root, bin, callback) = (root.display(), bin.display(), callback.display());
    format!(
        "scope: {SCOPE}
name: node{number}
restapi: {{listen: '127.0.0.1:{api}', connect_address: '127.0.0.1:{api}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs: {{ttl: 30, loop_wait: 10, retry_timeout: 10, maximum_lag_on_failover: 1048576,
        postgresql: {{use_pg_rewind: true, parameters: {{max_connections: 200, wal_log_hints: 'on', wal_keep_size: 1GB}}}}}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}, data-checksums]
  pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']
postgresql:
  listen: '127.0.0.1:{port}'
  connect_address: '127.0.0.1:{port}'
  data_dir: {root}/data{number}
  bin_dir: {bin}
  pgpass: {root}/pgpass{number}
  authentication:
    superuser: {{username: laneway, password: laneway}}
    replication: {{username: replicator, password: replicator}}
    rewind: {{username: rewinder, password: rewinder}}
  parameters: {{unix_socket_directories: {root}}}
  callbacks: {{on_role_change: {callback}, on_start: {callback}, on_restart: {callback}}}
"
    )
}
