//! How fast compiled plugins read documents, next to parsing them into `serde_json::Value` in the same run:
//!
//!     cargo run --release -p laneway-schema --example scanner_speed -- SCHEMA DOCUMENT.ndjson...
//!
//! Documents are lines with `endpoint` and `body`, read grouped by file. What a host adds (checking spans,
//! building ReferentialIds) is not in these figures.

use std::{
    collections::HashMap,
    env, fs,
    hint::black_box,
    sync::OnceLock,
    time::{Duration, Instant},
};

use laneway_schema::{ApiSchema, compile};
use serde_json::{Value, value::RawValue};
use wasmtime::{
    Config, Engine, Store,
    component::{Component, Linker},
};

mod bindings {
    wasmtime::component::bindgen!({ path: "../../plugins/wit/laneway-resource-1.0" });
}
use bindings::Resource;

/// As a host without signal handlers must run guests: explicit bounds, interruptible.
fn engine() -> Engine {
    let mut config = Config::new();
    config.signals_based_traps(false).memory_guard_size(0).memory_reservation(64 << 20).memory_may_move(false);
    config.epoch_interruption(true);
    // So that the time for compiling is all this thread's.
    config.parallel_compilation(false);
    Engine::new(&config).expect("an engine")
}

/// The CPU time of this thread, where the system counts it: other programs' work must not count.
fn cpu_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = text.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// The documents of one endpoint.
struct Group {
    endpoint: String,
    documents: Vec<Box<[u8]>>,
}

fn main() {
    const ROUNDS: usize = 7;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (schema, files) = arguments.split_first().expect("SCHEMA DOCUMENT.ndjson...");
    let schema = ApiSchema::parse(schema, &fs::read(schema).expect("the schema")).expect("an ApiSchema");
    let started = cpu_time();
    let plugins: HashMap<String, Vec<u8>> =
        compile(&[schema]).expect("plugins").into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
    let sizes: Vec<usize> = plugins.values().map(Vec::len).collect();
    println!(
        "{} components in {:?}, the largest {} bytes",
        sizes.len(),
        (cpu_time() - started),
        sizes.iter().max().unwrap_or(&0)
    );

    let groups: Vec<Group> = files.iter().map(|file| group(file)).collect();
    let count: usize = groups.iter().map(|group| group.documents.len()).sum();
    let bytes: usize = groups.iter().flat_map(|group| &group.documents).map(|document| document.len()).sum();
    println!("{count} documents, {} bytes each on average", bytes / count);

    let engine = engine();
    let started = cpu_time();
    let mut instances: Vec<(Store<()>, Resource)> = groups
        .iter()
        .map(|group| {
            let component =
                Component::new(&engine, &plugins[&format!("ed-fi/{}", group.endpoint)]).expect("a component");
            let mut store = Store::new(&engine, ());
            store.set_epoch_deadline(1 << 40);
            let resource = Resource::instantiate(&mut store, &component, &Linker::new(&engine)).expect("an instance");
            (store, resource)
        })
        .collect();
    println!("{} compiled in {:?}", instances.len(), (cpu_time() - started));

    let mut best = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let started = cpu_time();
        for document in groups.iter().flat_map(|group| &group.documents) {
            black_box(serde_json::from_slice::<Value>(document).expect("JSON"));
        }
        let parse = (cpu_time() - started).as_nanos() as f64 / count as f64;
        let started = cpu_time();
        let mut spans = 0;
        for (group, (store, resource)) in groups.iter().zip(&mut instances) {
            let extractor = resource.laneway_resource_extractor();
            for document in &group.documents {
                let found = extractor.call_extract(&mut *store, 0, document).expect("no trap").expect("no fault");
                spans += black_box(found).spans.len();
            }
        }
        let scan = (cpu_time() - started).as_nanos() as f64 / count as f64;
        println!(
            "serde_json {parse:.0} ns, plugin {scan:.0} ns a document ({:.3}), {:.1} spans",
            scan / parse,
            spans as f64 / count as f64
        );
        best = (best.0.min(parse), best.1.min(scan));
    }
    println!("best: serde_json {:.0} ns, plugin {:.0} ns: {:.3}", best.0, best.1, best.1 / best.0);
}

fn group(file: &str) -> Group {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        endpoint: String,
        #[serde(borrow)]
        body: &'a RawValue,
    }
    let text = fs::read_to_string(file).expect("the documents");
    let lines: Vec<Line<'_>> = text.lines().map(|line| serde_json::from_str(line).expect("a document")).collect();
    let endpoint = lines.first().map(|line| line.endpoint.clone()).unwrap_or_default();
    Group { endpoint, documents: lines.iter().map(|line| line.body.get().as_bytes().into()).collect() }
}
