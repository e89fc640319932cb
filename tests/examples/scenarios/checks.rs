//! Checks of whole stores, generated and recorded: clean, within the time that operators have, in memory that does not grow with the
//! store.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use laneway_core::{Request, Runtime};
use laneway_model::{DocumentUuid, OutcomeKind};
use laneway_pgconfig::Config;
use laneway_plugin::{PluginSettings, Plugins};
use laneway_postgres::check::{Position, StoreCheck};
use laneway_postgres_tools::run_script;
use laneway_replay::Schemas;
use laneway_sample::{Settings, generate};
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::swap::{load, open, sample_components};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::table::{Table, time};

/// Callers that load.
const CALLERS: usize = 64;
/// Connections that check.
const CONNECTIONS: usize = 2;
/// No version of the service has it, and a load grows slower with the square of the documents without it.
const STAFF_INDEX: &str = "CREATE INDEX ON dms.staffsecurabledocument (staffuniqueid)";
/// A million documents in ten minutes.
const RATE_MIN: f64 = 1_000_000.0 / 600.0;
/// By how much a check may make the process grow.
const GROWTH_MAX: u64 = 200 << 20;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Generated documents.
    #[arg(long, default_value_t = 100_000)]
    documents: u64,
}

pub(crate) async fn run(options: Options) -> bool {
    let mut table = Table::new(&[
        "store",
        "documents",
        "loaded in",
        "differences",
        "history",
        "checked in",
        "a second",
        "MiB more",
    ]);
    let plugins = Plugins::load(sample_components(true), PluginSettings::default()).expect("plugins");
    let settings = Settings { documents: options.documents, ..Settings::default() };
    let documents = generate(&settings).expect("settings within bounds");
    let loaded = async |runtime: &Runtime| {
        let settled = load(runtime, documents, CALLERS, |_| {}).await;
        settled.iter().filter(|one| one.kind != OutcomeKind::Inserted).count()
    };
    if !row("generated", &plugins, loaded, &mut table).await {
        return false;
    }
    let Some(data) = need::data() else { return table.kept() };
    let plugins = Schemas::new(data.join("schemas")).plugins(&["ds-5.2".to_owned()]).expect("plugins");
    row(
        "recorded",
        &plugins,
        async |runtime: &Runtime| load_recorded(runtime, &data.join("documents")).await,
        &mut table,
    )
    .await;
    table.kept()
}

/// Loads a store, checks it, and shows what came of it; false where there is no server. `load` returns how many failed.
async fn row(name: &str, plugins: &Plugins, load: impl AsyncFnOnce(&Runtime) -> usize, table: &mut Table) -> bool {
    let Some(server) = need::server() else { return false };
    let database = server.create_database("laneway_scenario").await.expect("a database");
    deploy(database.config()).await.expect("a store");
    run_script(database.config(), STAFF_INDEX).await.expect("an index");
    let runtime = open(database.config(), plugins).await;
    let started = Instant::now();
    let failed = load(&runtime).await;
    let loaded = started.elapsed();
    runtime.close().await;
    drop(runtime);
    let checked = check(database.config(), plugins).await;
    let rate = checked.documents as f64 / checked.duration.as_secs_f64();
    let cells = [
        name.to_owned(),
        checked.documents.to_string(),
        time(loaded),
        checked.differences.to_string(),
        checked.history.to_string(),
        time(checked.duration),
        format!("{rate:.0}"),
        checked.growth.map_or("unknown".to_owned(), |bytes| (bytes >> 20).to_string()),
    ];
    let is_small = checked.growth.is_none_or(|bytes| bytes <= GROWTH_MAX);
    table.row(&cells, failed == 0 && checked.differences == 0 && rate >= RATE_MIN && is_small);
    true
}

struct Checked {
    documents: u64,
    differences: usize,
    history: u64,
    duration: Duration,
    growth: Option<u64>,
}

async fn check(config: &Config, plugins: &Plugins) -> Checked {
    let before = memory();
    let started = Instant::now();
    let check = StoreCheck::open(config, Arc::new(plugins.clone()), &plugins.resources()).await.expect("a check");
    let mut pages = check.pages(Position::START, CONNECTIONS);
    let mut checked =
        Checked { documents: 0, differences: 0, history: 0, duration: Duration::ZERO, growth: before.map(|_| 0) };
    while let Some(page) = pages.next().await.expect("a page") {
        checked.documents += page.documents;
        checked.differences += page.differences.len();
        checked.history += page.history.values().sum::<u64>();
        let grown = memory().zip(before).map(|(now, before)| now.saturating_sub(before));
        checked.growth = checked.growth.max(grown);
    }
    checked.duration = started.elapsed();
    checked
}

/// The memory of this process, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib << 10)
}

/// A line of a file of documents.
#[derive(Deserialize)]
struct Line<'a> {
    project: &'a str,
    endpoint: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// Submits all files of a folder in their order; returns how many documents were not inserted.
async fn load_recorded(runtime: &Runtime, folder: &Path) -> usize {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("documents").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let (mut unsettled, mut failed) = (FuturesUnordered::new(), 0);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        for line in text.lines() {
            let Line { project, endpoint, body } = serde_json::from_str(line).expect("a document");
            if unsettled.len() == CALLERS {
                failed += usize::from(unsettled.next().await != Some(OutcomeKind::Inserted));
            }
            let request = Request {
                project,
                endpoint,
                document: body.get().to_owned().into(),
                document_uuid: DocumentUuid::now(),
                trace_id: "check".into(),
                authorization: None,
                deadline: None,
            };
            let ticket = runtime.submit(request).await.expect("room");
            unsettled.push(async move { ticket.await.outcome.kind() });
        }
    }
    while let Some(kind) = unsettled.next().await {
        failed += usize::from(kind != OutcomeKind::Inserted);
    }
    failed
}
