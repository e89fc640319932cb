//! Several processes at one store: the same documents, each in an order of its own, beside the statements of the service itself.
//! The store must be one that some serial order leaves, but for what the service's own statements skew, which the check finds and
//! mends.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use laneway_tests::need;
use laneway_tests::release::deploy;
use serde::Deserialize;

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
}

/// What a load prints.
#[derive(Deserialize)]
struct Loaded {
    inserted: u64,
    updated: u64,
    failed: u64,
    failures: std::collections::BTreeMap<String, u64>,
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
        "took",
        "differences",
        "after mending",
    ]);
    for with_service in [false, true] {
        if !row(folder.path(), &options, with_service, &mut table).await {
            return false;
        }
    }
    table.kept()
}

/// Loads from all processes at once and checks the store; false where there is no server.
async fn row(data: &Path, options: &Options, with_service: bool, table: &mut Table) -> bool {
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
    let callers = options.callers.to_string();
    let mut loads: Vec<_> = (1..=PROCESSES).map(|seed| load(seed, &["--concurrency", &callers])).collect();
    if with_service {
        loads.push(load(PROCESSES + 1, &["--baseline", "--concurrency", "1"]));
    }
    let loaded: Vec<Loaded> = loads
        .into_iter()
        .map(|load| serde_json::from_slice(&load.wait_with_output().expect("a load").stdout).expect("a summary"))
        .collect();
    let took = started.elapsed();
    let (ours, service) = loaded.split_at(PROCESSES);
    let sum = |of: fn(&Loaded) -> u64| loaded.iter().map(of).sum::<u64>();
    let lost_races: u64 = service.iter().map(|load| load.failed).sum();
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
        if with_service { format!("{PROCESSES} and the service's statements") } else { PROCESSES.to_string() },
        sum(|load| load.inserted).to_string(),
        sum(|load| load.updated).to_string(),
        ours.iter().map(|load| load.failed).sum::<u64>().to_string(),
        lost_races.to_string(),
        time(took),
        differences.len().to_string(),
        mended.len().to_string(),
    ];
    let adds_up = sum(|load| load.inserted) == options.documents
        && loaded.iter().all(|load| load.inserted + load.updated + load.failed == options.documents)
        && ours.iter().all(|load| load.failed == 0)
        // A writer without locks finds an identity taken that it did not find stored.
        && service.iter().all(|load| load.failures.keys().all(|kind| kind == "identity_conflict"));
    table.row(&cells, adds_up && mended.is_empty() && (with_service || differences.is_empty()));
    true
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

/// The program, which is built with the scenarios and lies beside their folder.
fn program() -> Command {
    let scenarios = std::env::current_exe().expect("this program");
    let target: PathBuf = scenarios.ancestors().nth(2).expect("a target folder").into();
    Command::new(target.join(format!("laneway{}", std::env::consts::EXE_SUFFIX)))
}
