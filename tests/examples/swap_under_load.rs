//! What callers notice of plugins being replaced under them: latencies with and without, in pairs that take turns, and
//! the memory after a thousand publishes.
//!
//!     cargo run --release -p laneway-tests --example swap_under_load -- [--compile] [DOCUMENTS [PAIRS]]
//!
//! Each run has a database of its own on a throw-away server (or on the one of LANEWAY_DATABASE_URL). The generations'
//! code comes from the cache, as on every machine but the first that meets it; with `--compile` each is compiled while
//! the load runs.

use std::time::{Duration, Instant};

use laneway_embedded::{Server, Settings as ServerSettings};
use laneway_model::{Extractor as _, OutcomeKind};
use laneway_plugin::{CODE_CACHE_BYTES_MAX, CodeCache, PluginSet, PluginSettings, Plugins, Publish};
use laneway_postgres::deploy;
use laneway_sample::Document;
use laneway_tests::swap::{Components, Swapper, generations, load, open, sample_components, sample_documents};

/// As many callers as that.
const CONCURRENCY: usize = 256;
/// Publishes during a load.
const GENERATIONS: usize = 100;
/// Publishes after which memory is looked at.
const PUBLISHES: usize = 1_000;

/// What all runs have in common.
struct Bench {
    server: Server,
    components: Components,
    documents: Vec<Document>,
    generations: Vec<PluginSet>,
    settings: PluginSettings,
}

#[tokio::main]
async fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let compile = arguments.iter().position(|argument| argument == "--compile").map(|at| arguments.remove(at));
    let mut numbers = arguments.iter().map(|number| number.parse::<u64>().expect("a number"));
    let (documents, pairs) = (numbers.next().unwrap_or(20_000), numbers.next().unwrap_or(5));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = CodeCache::open(&folder.path().join("code"), CODE_CACHE_BYTES_MAX).expect("a folder of our own");
    let settings = PluginSettings { code_cache: compile.is_none().then_some(cache), ..PluginSettings::default() };
    let components = sample_components(true);
    let bench = Bench {
        server: Server::start(&ServerSettings::default()).expect("a server"),
        documents: sample_documents(documents),
        generations: generations(&components, GENERATIONS),
        components,
        settings,
    };
    if bench.settings.code_cache.is_some() {
        let plugins = bench.plugins();
        bench.generations.iter().for_each(|generation| publish(&plugins, generation));
    }
    let mut ratios = Vec::new();
    for pair in 1..=pairs {
        // Which comes first takes turns too.
        let (with, without) = if pair % 2 == 0 {
            let with = bench.run(true).await;
            (with, bench.run(false).await)
        } else {
            let without = bench.run(false).await;
            (bench.run(true).await, without)
        };
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        println!("pair {pair}: p99 {without:.1?} without, {with:.1?} with {GENERATIONS} swaps: {ratio:.2}");
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median of {pairs} pairs: {:.2}", ratios[ratios.len() / 2]);
    bench.memory();
}

fn publish(plugins: &Plugins, generation: &PluginSet) {
    plugins.publish_set(generation, Publish::Add).expect("a generation that loads");
}

impl Bench {
    fn plugins(&self) -> Plugins {
        Plugins::load(self.components.clone(), self.settings.clone()).expect("plugins that load")
    }

    /// Loads all documents, with or without swaps; the 99th percentile of their latencies.
    async fn run(&self, with_swaps: bool) -> Duration {
        let database = self.server.create_database("laneway_swap").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let plugins = self.plugins();
        let runtime = open(database.config(), &plugins).await;
        let swapper = Swapper::start(plugins.clone(), if with_swaps { self.generations.clone() } else { Vec::new() });
        let (every, started) = ((self.documents.len() / GENERATIONS).max(1), Instant::now());
        let mut at_the_end = 0;
        let settled = load(&runtime, &self.documents, CONCURRENCY, |handed| {
            if handed.is_multiple_of(every) {
                swapper.swap();
            }
            at_the_end = plugins.generation() - 1;
        })
        .await;
        let elapsed = started.elapsed();
        let published = swapper.finish();
        runtime.close().await;
        let inserted = settled.iter().filter(|one| one.kind == OutcomeKind::Inserted).count();
        println!(
            "  {inserted} of {} inserted in {elapsed:.1?}; {published} publishes, {at_the_end} of them before the last \
             document was handed over",
            self.documents.len(),
        );
        assert_eq!(settled.len(), self.documents.len(), "exactly one outcome each");
        assert_eq!(inserted, settled.len(), "none fails");
        let mut latencies: Vec<Duration> = settled.iter().map(|one| one.latency).collect();
        latencies.sort_unstable();
        latencies[latencies.len() * 99 / 100]
    }

    /// Publishes again and again, with a worker that has an instance of each plugin.
    fn memory(&self) {
        let plugins = self.plugins();
        let mut worker = plugins.worker();
        let mut resident = Vec::new();
        for number in 0..PUBLISHES {
            publish(&plugins, &self.generations[number % self.generations.len()]);
            for document in self.documents.iter().step_by(self.documents.len() / 50 + 1) {
                let route = plugins.route(document.project, document.endpoint).expect("a plugin");
                worker.extract(&route, document.body.as_bytes()).expect("an extraction");
            }
            if (number + 1) % (PUBLISHES / 10) == 0 {
                resident.push(resident_kib() / 1024);
            }
        }
        let stats = plugins.stats();
        println!(
            "{PUBLISHES} publishes: resident after every {}: {resident:?} MiB; {} generations and {} plugins alive, {} in \
             force",
            PUBLISHES / 10,
            stats.generations_alive,
            stats.plugins_alive,
            stats.plugins,
        );
    }
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident set");
    line.trim().trim_end_matches(" kB").parse().expect("a number of KiB")
}
