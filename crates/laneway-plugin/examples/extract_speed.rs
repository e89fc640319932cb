//! How fast whole extractions are, with ReferentialIds and without, next to parsing the same documents into
//! `serde_json::Value` in the same run, on one thread and grouped by plugin:
//!
//!     cargo run --release -p laneway-plugin --example extract_speed -- [--bundle] SCHEMA DOCUMENT.ndjson...
//!
//! Documents are lines with `project`, `endpoint` and `body`. Times are CPU times of the thread, so that a
//! busy machine disturbs them little.

mod documents;

use std::{env, fs, hint::black_box, time::Instant};

use laneway_model::{ExtractWorker, Extractor as _};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, compile_with};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

const ROUNDS: usize = 9;

fn main() {
    let (options, arguments): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|argument| argument == "--bundle");
    let layout = if options.is_empty() { Layout::PerResource } else { Layout::PerProject };
    let (schema, files) = arguments.split_first().expect("SCHEMA DOCUMENT.ndjson...");
    let schema = ApiSchema::parse(schema, &fs::read(schema).expect("the schema")).expect("an ApiSchema");
    let components: Vec<_> = compile_with(&[schema], &Options { layout, ..Options::default() })
        .expect("plugins")
        .into_iter()
        .map(|plugin| (plugin.name, plugin.wasm))
        .collect();
    let (count, started) = (components.len(), Instant::now());
    let plugins = Plugins::load(components, PluginSettings::default()).expect("plugins that load");
    println!("{count} plugins loaded in {:?}", started.elapsed());

    let groups: Vec<_> = files.iter().map(|file| documents::read(&plugins, file)).collect();
    let documents = || groups.iter().flat_map(|(route, all)| all.iter().map(move |document| (route, document)));
    let count = documents().count();
    let bytes: usize = documents().map(|(_, document)| document.len()).sum();
    println!("{count} documents, {} bytes each on average", bytes / count);

    let (mut worker, mut without_ids) = (plugins.worker(), plugins.worker_without_ids());
    let mut ids = 0;
    let mut extract = |worker: &mut dyn ExtractWorker| {
        ids = 0;
        for (route, document) in documents() {
            let extraction = black_box(worker.extract(route, document).expect("an extraction"));
            ids += extraction.own_ids().count() + extraction.referenced_ids().count();
        }
    };
    let (mut parse, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        parse.push(nanoseconds(|| {
            for (_, document) in documents() {
                black_box(serde_json::from_slice::<Value>(document).expect("JSON"));
            }
        }));
        with.push(nanoseconds(|| extract(&mut *worker)));
        without.push(nanoseconds(|| extract(&mut *without_ids)));
    }
    let each = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (times[times.len() / 2] / count as f64, times[0] / count as f64)
    };
    let ((parse, parse_best), with, without) = (each(&mut parse), each(&mut with), each(&mut without));
    println!("{:.1} ReferentialIds a document", f64::from(u32::try_from(ids).unwrap_or(u32::MAX)) / count as f64);
    println!("serde_json::Value: {parse:.0} ns a document (best {parse_best:.0} ns)");
    for (name, (median, best)) in [("with ReferentialIds", with), ("without", without)] {
        println!(
            "extraction {name}: {median:.0} ns, {:.3} of it (best {best:.0} ns, {:.3})",
            median / parse,
            best / parse_best
        );
    }
}

/// The CPU time of `work`.
fn nanoseconds(work: impl FnOnce()) -> f64 {
    let started = cpu_nanoseconds();
    work();
    cpu_nanoseconds() - started
}

fn cpu_nanoseconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
