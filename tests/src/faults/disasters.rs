//! Faults of whole servers and of whole processes in the middle of a flush. Each is tried on a server of its own, or with a
//! process of its own. What a report calls them stands beside them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use laneway_core::Runtime;
use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_postgres::deploy;
use laneway_sample::Document;
use tokio_postgres::Client;

use super::bench::{ANSWER, Bench, Tried, account, open};
use super::case::Row;
use crate::cluster::Cluster;
use crate::program::program;
use crate::proxy::{COMMIT, Disturbance, Fault, Proxy, Side};
use crate::samples::plugins;
use crate::swap::{Settled, load, sample_documents};
use crate::wait::{until, within};

/// Few enough for one batch.
const DOCUMENTS: u64 = 100;
/// One flush at a time, which everything else waits for: nothing is reported before the fault.
const CALLERS: usize = 100;
/// How much later than its timeout a transaction may end.
const GRACE: Duration = Duration::from_secs(5);
/// The patience of the process that is stopped, by which its transactions end.
const PROCESS_OUTAGE: Duration = Duration::from_secs(5);
/// With these, commits stay in the server's memory until something makes it write them.
const SETTINGS: [&str; 5] = [
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET autovacuum = off",
];

/// What happens to a server or a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disaster {
    /// The server crashes before what it has committed is on disk.
    Crash,
    /// It does, and another transaction gets the number of the one that is gone.
    CrashReused,
    /// An older copy of the server takes its place, in which another transaction gets the number.
    Restored,
    /// A standby that has everything is promoted.
    PromotedWith,
    /// A standby is promoted; COMMIT had not reached the server.
    PromotedWithout,
    /// Laneway's network is gone while a flush holds locks.
    NetworkGone,
    /// Laneway's process is stopped while a flush holds locks.
    ProcessStopped,
}

impl Disaster {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Crash,
        Self::CrashReused,
        Self::Restored,
        Self::PromotedWith,
        Self::PromotedWithout,
        Self::NetworkGone,
        Self::ProcessStopped,
    ];

    /// Whether it belongs to a whole run, and so to the table. The others are tried by name, until a run has shown each.
    #[must_use]
    pub fn is_in_table(self) -> bool {
        matches!(self, Self::Restored | Self::PromotedWith | Self::PromotedWithout)
    }

    /// Under which it is counted.
    #[must_use]
    pub fn row(self) -> Row {
        let (fault, place) = match self {
            Self::Crash => ("crash of the server, its WAL not flushed", "before the answer to COMMIT"),
            Self::CrashReused => (
                "crash of the server, its WAL not flushed; the transaction's number is another's afterwards",
                "before the answer to COMMIT",
            ),
            Self::Restored => (
                "an older copy of the server in its place; the transaction's number is another's there",
                "before the answer to COMMIT",
            ),
            Self::PromotedWith => ("a standby is promoted", "before the answer to COMMIT"),
            Self::PromotedWithout => ("a standby is promoted", "before COMMIT"),
            Self::NetworkGone => {
                ("the network of one process is gone (until its locks are, with what others report)", "before a write")
            }
            Self::ProcessStopped => {
                ("one process is stopped (until its locks are gone, with what others report)", "before a write")
            }
        };
        Row::new(fault, place)
    }

    /// Tries it. `None`, after saying so, where it cannot be had.
    ///
    /// # Panics
    /// When PostgreSQL's programs fail.
    pub async fn try_one(self, bench: &Bench) -> Option<Tried> {
        let promote = async |cluster: &Cluster, _| cluster.promote().await;
        match self {
            Self::Crash => {
                let crash = async |cluster: &Cluster, _| cluster.restart("immediate", 0).await;
                of_server(Side::Answer, Wal::Held, crash).await
            }
            Self::CrashReused => {
                let crash = async |cluster: &Cluster, lost: i64| {
                    cluster.restart("immediate", 0).await;
                    use_up(cluster, lost).await;
                };
                of_server(Side::Answer, Wal::Held, crash).await
            }
            Self::Restored => {
                let restore = async |cluster: &Cluster, lost: i64| {
                    cluster.restore().await;
                    use_up(cluster, lost).await;
                };
                of_server(Side::Answer, Wal::Written, restore).await
            }
            Self::PromotedWith => of_server(Side::Answer, Wal::Written, promote).await,
            Self::PromotedWithout => of_server(Side::Statement, Wal::Written, promote).await,
            Self::NetworkGone => Some(network_gone(bench).await),
            Self::ProcessStopped => Some(process_stopped(bench).await),
        }
    }
}

/// Whether what is committed reaches the disk before the server stops.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wal {
    Written,
    Held,
}

/// A flush is in the middle of its COMMIT when something happens to the server, which is given a number that lies beyond the
/// transaction's; nothing reaches the server meanwhile.
async fn of_server(side: Side, wal: Wal, happens: impl AsyncFnOnce(&Cluster, i64)) -> Option<Tried> {
    let cluster = Cluster::start().await?;
    let admin = cluster.config("laneway", "postgres").connect().await.expect("the server");
    for setting in SETTINGS {
        admin.batch_execute(setting).await.expect("a setting");
    }
    let config = cluster.create_database("faults").await;
    deploy(&config).await.expect("a store");
    cluster.copy().await;
    if wal == Wal::Held {
        cluster.stop_wal_writer().await;
    }
    let proxy = Proxy::before(&cluster.tcp_config("faults")).await;
    let runtime = alone(proxy.config()).await;
    proxy.arm(Fault::once(COMMIT, side, Disturbance::BlackHole));
    let documents = sample_documents(DOCUMENTS);
    let loading = load(&runtime, &documents, CALLERS, |_| {});
    let disaster = async {
        within("a fault", proxy.fault()).await;
        proxy.set_silent(true);
        let beyond = next_number(&cluster).await;
        happens(&cluster, beyond).await;
        proxy.set_silent(false);
    };
    let (settled, ()) = tokio::join!(within("the load", loading), disaster);
    let recovered = proxy.first_fault().map(|at| at.elapsed());
    Some(Tried { recovered, ..account(&runtime, settled, 0, &config).await })
}

/// A runtime that writes one batch at a time.
async fn alone(config: &Config) -> Runtime {
    let limits = Limits { lanes: 1, linger: Duration::from_millis(100), ..Limits::default() };
    open(config, &plugins(), None, limits).await
}

async fn next_number(cluster: &Cluster) -> i64 {
    number(&cluster.config("laneway", "postgres").connect().await.expect("the server")).await
}

async fn number(client: &Client) -> i64 {
    client.query_one("SELECT pg_current_xact_id()::text::bigint", &[]).await.expect("a number").get(0)
}

/// Has other transactions take all numbers up to this one, which the server must have forgotten.
async fn use_up(cluster: &Cluster, to: i64) {
    let client = cluster.config("laneway", "postgres").connect().await.expect("the server");
    let first = number(&client).await;
    assert!(first < to, "the server has not forgotten the transaction: {first} comes after {to}");
    while number(&client).await <= to {}
}

/// Others write what a process has locked whose network is gone.
async fn network_gone(bench: &Bench) -> Tried {
    let database = bench.server.copy_database(&bench.empty, "laneway_test").await.expect("a database");
    let tcp = bench.server.tcp_config().with_database(database.name()).expect("an address");
    let proxy = Proxy::before(&tcp).await;
    let vanished = alone(proxy.config()).await;
    let others = Others::open(database.config()).await;
    proxy.arm(Fault::once("insert_documents", Side::Statement, Disturbance::BlackHole));
    let documents = sample_documents(DOCUMENTS);
    let theirs = load(&vanished, &documents, CALLERS, |_| {});
    let others = async {
        within("a fault", proxy.fault()).await;
        proxy.set_silent(true);
        let tried = others.load(database.config(), &documents, ANSWER + GRACE).await;
        proxy.set_silent(false);
        tried
    };
    let (mine, tried) = tokio::join!(within("the load", theirs), others);
    vanished.close().await;
    let stats = vanished.stats();
    let lost = mine.iter().filter(|one| !is_stored(one)).count() as u64;
    Tried { unsettled: tried.unsettled + stats.accepted.abs_diff(stats.completed()) + lost, ..tried }
}

fn is_stored(one: &Settled) -> bool {
    use laneway_model::OutcomeKind::{Inserted, Updated};
    matches!(one.kind, Inserted | Updated)
}

/// Others write what a process has locked that is stopped.
async fn process_stopped(bench: &Bench) -> Tried {
    let folder = tempfile::tempdir().expect("a folder");
    let mut generate = program();
    generate.args(["generate", "--documents", &DOCUMENTS.to_string(), "--output"]).arg(folder.path());
    assert!(generate.stdout(Stdio::null()).status().expect("the program").success(), "documents are generated");
    let database = bench.server.copy_database(&bench.empty, "laneway_test").await.expect("a database");
    let tcp = bench.server.tcp_config().with_database(database.name()).expect("an address");
    let proxy = Proxy::before(&tcp).await;
    proxy.arm(Fault::once("insert_documents", Side::Statement, Disturbance::BlackHole));
    let others = Others::open(database.config()).await;
    let mut process = Process(spawn_load(proxy.config(), folder.path()));
    within("a fault", proxy.fault()).await;
    process.stop();
    others.load(database.config(), &sample_documents(DOCUMENTS), PROCESS_OUTAGE + GRACE).await
}

fn spawn_load(config: &Config, data: &Path) -> Child {
    let mut load = program();
    let outage = PROCESS_OUTAGE.as_secs().to_string();
    load.args(["load", "--outage-max", &outage, "--url", config.url(), "--schema"]);
    let schemas = std::fs::read_dir(data.join("schemas")).expect("schemas");
    load.args(schemas.map(|schema| schema.expect("a schema").path()));
    load.arg("--").arg(data.join("documents")).stdout(Stdio::null()).stderr(Stdio::null());
    load.spawn().expect("the program")
}

/// A process that ends with this value, stopped or not.
struct Process(Child);

impl Process {
    fn stop(&mut self) {
        let stopped = Command::new("kill").args(["-STOP", &self.0.id().to_string()]).status();
        assert!(stopped.is_ok_and(|status| status.success()), "the process is stopped");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Those who load the same documents while transactions of one that has vanished stand open.
struct Others {
    admin: Client,
    runtime: Runtime,
}

impl Others {
    /// Before anything happens: what follows is measured.
    async fn open(config: &Config) -> Self {
        let admin = config.connect().await.expect("a connection");
        let runtime = open(config, &plugins(), None, Limits::default()).await;
        runtime.checkpoint().await;
        Self { admin, runtime }
    }

    /// Loads, and waits for the end of those transactions.
    async fn load(self, config: &Config, documents: &[Document], recovers_within: Duration) -> Tried {
        let Self { admin, runtime } = self;
        let idle = "SELECT pid FROM pg_stat_activity \
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let mut idle_ones: Vec<i32> = Vec::new();
        until("an idle transaction", async || {
            idle_ones = admin.query(idle, &[]).await.expect("an answer").iter().map(|row| row.get(0)).collect();
            !idle_ones.is_empty()
        })
        .await;
        let begun = Instant::now();
        let stored = admin.query_one("SELECT count(*) FROM dms.document", &[]).await.expect("a count");
        let before = usize::try_from(stored.get::<_, i64>(0)).expect("a count");
        let gone = async {
            until("the end of the transactions", async || {
                let there = "SELECT FROM pg_stat_activity WHERE pid = ANY($1)";
                admin.query(there, &[&idle_ones]).await.expect("an answer").is_empty()
            })
            .await;
            begun.elapsed()
        };
        let loading = within("the others' load", load(&runtime, documents, CALLERS, |_| {}));
        let (settled, gone) = tokio::join!(loading, gone);
        let tried = account(&runtime, settled, before, config).await;
        Tried { recovered: Some(gone), recovers_within: Some(recovers_within), ..tried }
    }
}
