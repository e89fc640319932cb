//! What stands between a load and the nodes: HAProxy, as Patroni's documentation has it, and pgpool. Knows ports.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use laneway_pgconfig::Config;
use tokio::time::sleep;

use super::nodes::{Nodes, address};
use super::programs::{Program, as_account, give, port, succeeds};

/// How long a front may take to let a connection through.
const OPEN_WITHIN: Duration = Duration::from_secs(60);
/// The account of pgpool's own commands.
const OPERATOR: &str = "operator";

/// One that runs.
pub(super) struct Front {
    port: u16,
    _program: Program,
}

impl Front {
    /// The address of a database through it.
    pub(super) fn config(&self, database: &str) -> Config {
        address(&format!("127.0.0.1:{}", self.port), database)
    }

    /// Waits until connections get through to a database where it takes writes: what befell the cluster before is over, and
    /// all nodes have a database that is new.
    pub(super) async fn until_open(&self, database: &str) {
        let until = Instant::now() + OPEN_WITHIN;
        while let Err(error) = self.config(database).connect().await {
            assert!(Instant::now() < until, "no connection gets through within {OPEN_WITHIN:?}: {error}");
            sleep(Duration::from_millis(500)).await;
        }
    }
}

pub(super) async fn haproxy(nodes: &Nodes) -> Front {
    let port = port();
    let servers: String = nodes
        .ports()
        .iter()
        .enumerate()
        .map(|(number, (port, api))| format!("    server node{number} 127.0.0.1:{port} check port {api}\n"))
        .collect();
    let text = format!(
        "defaults\n    mode tcp\n    timeout connect 4s\n    timeout client 30m\n    timeout server 30m\n\
         listen primary\n    bind 127.0.0.1:{port}\n    option httpchk OPTIONS /primary\n    http-check expect status 200\n    \
         default-server inter 3s fall 3 rise 2 on-marked-down shutdown-sessions\n{servers}"
    );
    let settings = nodes.folder.path().join("haproxy.cfg");
    std::fs::write(&settings, text).expect("settings");
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(&settings);
    let program = Program::start(command, &nodes.folder.path().join("haproxy.log"));
    let front = Front { port, _program: program };
    front.until_open("postgres").await;
    front
}

/// Where pgpool's own commands find it: nodes tell it by them who is primary, which it does not find out by itself.
#[derive(Clone, Copy)]
pub(super) struct Operator {
    port: u16,
}

impl Operator {
    pub(super) fn new() -> Self {
        Self { port: port() }
    }

    /// The commands by which a node says that it takes writes: pgpool has detached it if it was down for a moment, and
    /// promotes no node that is detached. Again for a while, as pgpool may not have seen the node come back yet.
    pub(super) fn on_primary(self, root: &Path, node: usize) -> String {
        let (passwords, log) = (passwords(root), root.join("pcp.log"));
        let pcp = |name: &str| {
            format!("{name} -h 127.0.0.1 -p {} -U {OPERATOR} -w -n {node} >>{} 2>&1", self.port, log.display())
        };
        let (attach, promote) = (pcp("pcp_attach_node"), pcp("pcp_promote_node"));
        format!(
            "export PCPPASSFILE={}; for again in 1 2 3 4 5 6 7 8 9 10; do {attach}; {promote} && break; sleep 1; done",
            passwords.display()
        )
    }
}

fn passwords(root: &Path) -> PathBuf {
    root.join("pcppass")
}

pub(super) async fn pgpool(nodes: &Nodes, operator: Operator, is_balancing: bool) -> Front {
    let (port, root) = (port(), nodes.folder.path());
    let backends: String = nodes
        .ports()
        .iter()
        .enumerate()
        .map(|(number, (port, _))| {
            format!(
                "backend_hostname{number} = '127.0.0.1'\nbackend_port{number} = {port}\nbackend_weight{number} = 1\n\
                 backend_flag{number} = 'ALLOW_TO_FAILOVER'\nbackend_application_name{number} = 'node{number}'\n"
            )
        })
        .collect();
    // Nodes say themselves who takes writes, which pgpool does not listen to while it searches (for 300 s by default).
    let text = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nsocket_dir = '{root}'\npcp_port = {}\n\
         pcp_socket_dir = '{root}'\npcp_listen_addresses = '127.0.0.1'\npid_file_name = '{root}/pgpool.pid'\nlogdir = '{root}'\n\
         backend_clustering_mode = 'streaming_replication'\n{backends}num_init_children = 64\nmax_pool = 1\n\
         load_balance_mode = {}\nsr_check_period = 2\nsearch_primary_node_timeout = 5\nsr_check_user = 'laneway'\nhealth_check_period = 3\n\
         health_check_user = 'laneway'\nhealth_check_max_retries = 1\nfailover_on_backend_error = off\n\
         auto_failback = on\nauto_failback_interval = 10\nenable_pool_hba = off\n",
        operator.port,
        if is_balancing { "on" } else { "off" },
        root = root.display(),
    );
    let settings = root.join("pgpool.conf");
    std::fs::write(&settings, text).expect("settings");
    let hash = succeeds(Command::new("pg_md5").arg(OPERATOR));
    std::fs::write(root.join("pcp.conf"), format!("{OPERATOR}:{}\n", hash.trim())).expect("operators");
    let pass = passwords(root);
    std::fs::write(&pass, format!("*:*:{OPERATOR}:{OPERATOR}\n")).expect("passwords");
    succeeds(Command::new("chmod").arg("600").arg(&pass));
    give(root);
    let mut command = as_account("pgpool");
    // Not in the background, and not with what it knew of an earlier run.
    command.arg("-n").arg("-D").arg("-f").arg(&settings).arg("-F").arg(root.join("pcp.conf"));
    let program = Program::start(command, &root.join("pgpool.log"));
    let front = Front { port, _program: program };
    front.until_open("postgres").await;
    front
}
