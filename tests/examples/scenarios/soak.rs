//! One process for long: a load, and by turns new generations of plugins, lost connections, other limits, and stores that are
//! opened, written to and closed. What the process takes stays what it is. Writes its table into `docs/reliability.md`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use laneway_core::Runtime;
use laneway_embedded::Database;
use laneway_model::Limits;
use laneway_plugin::{PluginSet, PluginSettings, Plugins, Publish};
use laneway_postgres::deploy;
use laneway_sample::Document as Sample;
use laneway_tests::need;
use laneway_tests::proxy::{BEGIN, COMMIT, Disturbance, Fault, Proxy, Side};
use laneway_tests::swap::{generations, load, open, sample_components, sample_documents};
use tokio::time::sleep;
use tokio_postgres::Client;

use crate::Document;
use crate::callers::{Callers, Ended, is_stored, percentile};
use crate::process::Process;
use crate::table::{Table, time};

const CALLERS: usize = 32;
const PAUSE: Duration = Duration::from_millis(20);
/// Identities that the load writes again and again: the store does not grow, so that nothing has a reason to.
const IDENTITIES: usize = 5_000;
/// Between two disturbances.
const EVERY: Duration = Duration::from_millis(500);
/// How many times what the process takes is looked at: often enough for a trend.
const LOOKS: u32 = 12;
/// The share of looks that belongs to the warm-up.
const WARM_UP: usize = 3;
/// Generations that are published by turns: their code is kept, so that publishing costs no compiler.
const GENERATIONS: usize = 8;
/// How much of anything may be added from the first half after the warm-up to the second.
const GROWTH_MAX: f64 = 0.05;
/// Less than this is no growth: one allocator's arena, one pool's connection, one thread of a pool that shrinks.
const SLACK: f64 = 8.0;
/// The latencies of a machine that others use too.
const LATENCY_SLACK: Duration = Duration::from_millis(20);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long.
    #[arg(long, default_value_t = 60.0)]
    minutes: f64,
    #[command(flatten)]
    document: Document,
}

/// What there is at a moment.
#[derive(Clone, Copy)]
struct Look {
    process: Process,
    connections: u64,
    generations: usize,
    plugins: usize,
    documents: usize,
    p99: Duration,
}

/// What everything happens to.
struct Stage {
    plugins: Plugins,
    generations: Vec<PluginSet>,
    runtime: Arc<Runtime>,
    proxy: Proxy,
    admin: Client,
    documents: Vec<Sample>,
    own: Database,
    churned: Database,
}

pub(crate) async fn run(options: Options) -> bool {
    let Some(stage) = Stage::set_up().await else { return false };
    let length = Duration::from_secs_f64(options.minutes * 60.0);
    let mut table = Table::new(&[
        "after",
        "documents",
        "not stored",
        "p99",
        "resident",
        "threads",
        "descriptors",
        "connections",
        "generations in memory",
        "plugins in memory",
        "disturbances",
    ]);
    let (begun, mut looks, mut turn) = (Instant::now(), Vec::new(), 0);
    for number in 1..=LOOKS {
        let until = begun + length * number / LOOKS;
        let callers = stage.load(number);
        while Instant::now() < until {
            stage.disturb(turn).await;
            turn += 1;
            sleep(EVERY).await;
        }
        let ended = callers.end().await;
        let look = stage.look(&ended).await;
        let failed = ended.iter().filter(|(.., kind)| !is_stored(*kind)).count();
        row(&mut table, begun.elapsed(), &look, failed, turn);
        looks.push(look);
    }
    stage.runtime.close().await;
    let findings = growth(&looks[WARM_UP..]);
    let verdict = if findings.is_empty() { "flat".to_owned() } else { format!("NOT flat: {}", findings.join(", ")) };
    println!("{verdict}");
    let head = format!("{} minutes, {turn} disturbances: {verdict}.\n\n", options.minutes);
    options.document.put("soak", &(head + table.text())) && table.kept() && findings.is_empty()
}

fn row(table: &mut Table, after: Duration, look: &Look, failed: usize, turn: usize) {
    let cells = [
        time(after),
        look.documents.to_string(),
        failed.to_string(),
        time(look.p99),
        format!("{} MiB", look.process.resident_mib),
        look.process.threads.to_string(),
        look.process.descriptors.to_string(),
        look.connections.to_string(),
        look.generations.to_string(),
        look.plugins.to_string(),
        turn.to_string(),
    ];
    table.row(&cells, failed == 0);
}

/// What must not grow: its name, how much it may, and where it stands in a look.
type Column = (&'static str, f64, fn(&Look) -> f64);

/// What has grown from the first half of the looks to the second.
fn growth(looks: &[Look]) -> Vec<String> {
    let (first, second) = looks.split_at(looks.len() / 2);
    let columns: [Column; 7] = [
        ("memory", SLACK, |look| look.process.resident_mib as f64),
        ("threads", SLACK, |look| look.process.threads as f64),
        ("descriptors", SLACK, |look| look.process.descriptors as f64),
        ("connections", SLACK, |look| look.connections as f64),
        ("generations", SLACK, |look| look.generations as f64),
        ("plugins", SLACK, |look| look.plugins as f64),
        ("latency in ms", LATENCY_SLACK.as_secs_f64() * 1e3, |look| look.p99.as_secs_f64() * 1e3),
    ];
    let grown = columns.into_iter().filter_map(|(name, slack, of)| {
        let (before, after) = (median(first.iter().map(of)), median(second.iter().map(of)));
        (after > before * (1.0 + GROWTH_MAX) + slack).then(|| format!("{name} from {before:.0} to {after:.0}"))
    });
    grown.collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Stage {
    async fn set_up() -> Option<Self> {
        let server = need::server()?;
        let own = server.create_database("laneway_scenario").await.expect("a database");
        deploy(own.config()).await.expect("a store");
        let churned = server.create_database("laneway_scenario").await.expect("a database");
        deploy(churned.config()).await.expect("a store");
        let components = sample_components(true);
        let generations = generations(&components, GENERATIONS);
        let plugins = Plugins::load(components, PluginSettings::default()).expect("plugins");
        let tcp = server.tcp_config().with_database(own.name()).expect("an address");
        let proxy = Proxy::before(&tcp).await;
        let runtime = Arc::new(open(proxy.config(), &plugins).await);
        let admin = own.config().connect().await.expect("a connection");
        let documents = sample_documents(150);
        Some(Self { plugins, generations, runtime, proxy, admin, documents, own, churned })
    }

    fn load(&self, look: u32) -> Callers {
        Callers::start(&self.runtime, CALLERS, PAUSE, move |number| {
            let identity = number % IDENTITIES;
            ("students", format!(r#"{{"studentUniqueId":"{identity}","look":{look},"note":"{number:300}"}}"#))
        })
    }

    /// One of everything that goes on beside the load.
    async fn disturb(&self, turn: usize) {
        match turn % 4 {
            0 => {
                let generation = self.generations[turn / 4 % GENERATIONS].clone();
                let plugins = self.plugins.clone();
                let published =
                    tokio::task::spawn_blocking(move || plugins.publish_set(&generation, Publish::Add).map(drop));
                published.await.expect("a thread").expect("a generation that loads");
            }
            1 => {
                let step = [BEGIN, "insert_documents", "update_documents", COMMIT][turn / 4 % 4];
                let side = [Side::Statement, Side::Answer][turn / 16 % 2];
                self.proxy.arm(Fault::once(step, side, Disturbance::Cut));
            }
            2 => {
                let lanes = 1 + turn / 4 % 4;
                let limits = Limits { lanes, batch_items_max: 16 << lanes, ..Limits::default() };
                self.runtime.set_limits(limits).expect("limits within bounds");
            }
            _ => {
                let runtime = open(self.churned.config(), &self.plugins).await;
                load(&runtime, &self.documents, CALLERS, |_| {}).await;
                runtime.close().await;
            }
        }
    }

    async fn look(&self, ended: &[Ended]) -> Look {
        let ours = "SELECT count(*) FROM pg_stat_activity WHERE datname IN ($1, $2) AND pid <> pg_backend_pid()";
        let names = [self.own.name(), self.churned.name()];
        let connections = self.admin.query_one(ours, &[&names[0], &names[1]]).await.expect("a count");
        let stats = self.plugins.stats();
        Look {
            process: Process::now(),
            connections: connections.get::<_, i64>(0).unsigned_abs(),
            generations: stats.generations_alive,
            plugins: stats.plugins_alive,
            documents: ended.len(),
            p99: percentile(ended.iter().map(|(_, latency, _)| *latency), 99),
        }
    }
}
