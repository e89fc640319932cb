//! Several processes at one store: the same documents, each in an order of its own, beside the statements of the service itself.
//! The store must be one that some serial order leaves, but for what the service's own statements skew, which the check finds and
//! mends.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use laneway_postgres::Isolation;
use laneway_tests::need;
use laneway_tests::program::program;
use laneway_tests::release::deploy;
use serde::Deserialize;

use crate::service::{Done, Service};
use crate::table::{Table, time};

/// Processes of Laneway's.
const PROCESSES: usize = 3;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Documents that each process loads.
    #[arg(long, default_value_t = 8_000)]
    documents: u64,
    /// Callers of each process.
    #[arg(long, default_value_t = 64)]
    callers: usize,
    /// How Laneway's transactions are isolated: read-committed or repeatable-read.
    #[arg(long, default_value_t)]
    isolation: Isolation,
}

/// What a load prints.
#[derive(Deserialize)]
struct Loaded {
    inserted: u64,
    updated: u64,
    failed: u64,
    failures: std::collections::BTreeMap<String, u64>,
}

/// Who writes beside Laneway's processes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Alone,
    /// The service's upserts, of the same documents.
    Upserts,
    /// Those, and its updates by id and deletes.
    Everything,
}

impl Beside {
    fn name(self) -> String {
        match self {
            Self::Alone => PROCESSES.to_string(),
            Self::Upserts => format!("{PROCESSES} and the service's upserts"),
            Self::Everything => format!("{PROCESSES} and the service's upserts, updates and deletes"),
        }
    }
}

pub(crate) async fn run(options: Options) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let mut generate = program();
    generate.args(["generate", "--documents", &options.documents.to_string(), "--output"]).arg(folder.path());
    assert!(generate.stdout(Stdio::null()).status().expect("the program").success(), "documents are generated");
    let mut table = Table::new(&[
        "processes",
        "inserted",
        "updated",
        "failed",
        "of the service's",
        "updated by id",
        "deleted",
        "took",
        "differences",
        "after mending",
    ]);
    for beside in [Beside::Alone, Beside::Upserts, Beside::Everything] {
        if !row(folder.path(), &options, beside, &mut table).await {
            return false;
        }
    }
    table.kept()
}

/// Loads from all processes at once and checks the store; false where there is no server.
async fn row(data: &Path, options: &Options, beside: Beside, table: &mut Table) -> bool {
    let Some(server) = need::server() else { return false };
    let database = server.create_database("laneway_scenario").await.expect("a database");
    deploy(database.config()).await.expect("a store");
    let url = database.config().url();
    let started = Instant::now();
    let load = |seed: usize, more: &[&str]| {
        let mut load = on_store(&["load", "--json", "--shuffle", &seed.to_string()], url, data);
        load.args(more).arg("--").arg(data.join("documents"));
        load.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program")
    };
    let (callers, isolation) = (options.callers.to_string(), options.isolation.to_string());
    let mut laneway = vec!["--concurrency", &callers, "--isolation", &isolation];
    if beside == Beside::Everything {
        // What is deleted comes back soon.
        laneway.extend(["--reference-recheck-ms", "250"]);
    }
    let mut loads: Vec<_> = (1..=PROCESSES).map(|seed| load(seed, &laneway)).collect();
    if beside != Beside::Alone {
        loads.push(load(PROCESSES + 1, &["--baseline", "--concurrency", "1"]));
    }
    let loads = tokio::task::spawn_blocking(|| loads.into_iter().map(loaded).collect::<Vec<Loaded>>());
    let (loaded, done) = if beside == Beside::Everything {
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        let service = Service::open(database.config()).await;
        let loads = async {
            let loaded = loads.await.expect("the loads");
            drop(ended);
            loaded
        };
        tokio::join!(loads, service.write(async { drop(end.await) }))
    } else {
        (loads.await.expect("the loads"), Done::default())
    };
    let took = started.elapsed();
    done.failures.iter().for_each(|failure| eprintln!("{failure}"));
    let client = database.config().connect().await.expect("a connection");
    let stored = client.query_one("SELECT count(*) FROM dms.document", &[]).await.expect("a count");
    let stored = stored.get::<_, i64>(0).unsigned_abs();
    let (ours, service) = loaded.split_at(PROCESSES);
    let sum = |of: fn(&Loaded) -> u64| loaded.iter().map(of).sum::<u64>();
    let differences = differences(url, data);
    let mended = if differences.is_empty() {
        Vec::new()
    } else {
        let mut mend = on_store(&["store", "check", "--repair", "--apply"], url, data);
        mend.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program");
        self::differences(url, data)
    };
    mended.iter().for_each(|difference| eprintln!("{difference}"));
    let cells = [
        beside.name(),
        sum(|load| load.inserted).to_string(),
        sum(|load| load.updated).to_string(),
        ours.iter().map(|load| load.failed).sum::<u64>().to_string(),
        service.iter().map(|load| load.failed).sum::<u64>().to_string(),
        done.updated.to_string(),
        format!("{} ({} refused)", done.deleted, done.referenced),
        time(took),
        differences.len().to_string(),
        mended.len().to_string(),
    ];
    let inserted = sum(|load| load.inserted) + done.inserted_again;
    let adds_up = stored == options.documents
        && inserted - done.deleted == stored
        && loaded.iter().all(|load| load.inserted + load.updated + load.failed == options.documents)
        && ours.iter().all(|load| load.failed == 0)
        // A writer without locks finds an identity taken that it did not find stored.
        && service.iter().all(|load| load.failures.keys().all(|kind| kind == "identity_conflict"))
        && done.failures.is_empty();
    table.row(&cells, adds_up && mended.is_empty() && (beside != Beside::Alone || differences.is_empty()));
    true
}

fn loaded(load: Child) -> Loaded {
    serde_json::from_slice(&load.wait_with_output().expect("a load").stdout).expect("a summary")
}

/// The differences that a check lists.
fn differences(url: &str, data: &Path) -> Vec<String> {
    let mut check = on_store(&["store", "check", "--json"], url, data);
    let output = check.stderr(Stdio::null()).output().expect("the program");
    String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect()
}

fn on_store(command: &[&str], url: &str, data: &Path) -> Command {
    let mut program = program();
    program.args(command).args(["--url", url, "--schema"]);
    let schemas = std::fs::read_dir(data.join("schemas")).expect("schemas");
    program.args(schemas.map(|schema| schema.expect("a schema").path()));
    program
}
