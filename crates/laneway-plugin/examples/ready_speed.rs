//! How soon plugins are ready, compiled and from the cache of compiled code:
//!
//!     cargo run --release -p laneway-plugin --example ready_speed -- SCHEMA...
//!
//! Loads one plugin for each resource, in a folder for compiled code of its own.

use std::time::{Duration, Instant};
use std::{env, fs};

use laneway_plugin::{CODE_CACHE_BYTES_MAX, CodeCache, PluginSettings, Plugins};
use laneway_schema::{ApiSchema, compile};
use rustix::time::{ClockId, clock_gettime};

/// Starts from the cache.
const ROUNDS: usize = 9;

fn main() {
    let schemas: Vec<ApiSchema> = env::args()
        .skip(1)
        .map(|file| ApiSchema::parse(&file, &fs::read(&file).expect("a schema")).expect("an ApiSchema"))
        .collect();
    let components: Vec<_> =
        compile(&schemas).expect("plugins").into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
    let bytes: usize = components.iter().map(|(_, wasm)| wasm.len()).sum();
    println!("{} plugins, {} KiB each on average", components.len(), bytes / components.len() / 1024);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = CodeCache::open(&folder.path().join("code"), CODE_CACHE_BYTES_MAX).expect("a folder of our own");
    let settings = PluginSettings { code_cache: Some(cache), ..PluginSettings::default() };
    let ready = || {
        let components = components.clone();
        let (started, cpu) = (Instant::now(), cpu_time());
        let plugins = Plugins::load(components, settings.clone()).expect("plugins that load");
        (started.elapsed(), cpu_time() - cpu, plugins.stats())
    };
    let (time, cpu, stats) = ready();
    println!("{} compiled: {} ms ({} ms of CPU)", stats.compiled, time.as_millis(), cpu.as_millis());
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| ready()).collect();
    rounds.sort_by_key(|(time, ..)| *time);
    let (time, cpu, stats) = &rounds[ROUNDS / 2];
    let bytes = fs::read_dir(folder.path().join("code")).expect("the folder").flatten();
    let bytes: u64 = bytes.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
    println!(
        "{} from the cache ({} MiB): {:.1} ms, median of {ROUNDS} ({:.1} ms of CPU)",
        stats.from_cache,
        bytes >> 20,
        time.as_secs_f64() * 1e3,
        cpu.as_secs_f64() * 1e3,
    );
}

/// What the process has used.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
