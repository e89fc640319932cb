//! What an idle instance costs: the growth of the resident set over many instances, each of which has read
//! one ordinary document.
//!
//!     cargo run --release -p laneway-plugin --example instance_memory -- SCHEMA DOCUMENT.ndjson...
//!
//! Documents are lines with `project`, `endpoint` and `body`; the first of each file is read.

mod documents;

use std::{env, fs};

use laneway_model::{Extractor as _, Route};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, compile};

/// At least this many instances, so that what workers cost weighs little.
const INSTANCES_MIN: usize = 1_000;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (schema, files) = arguments.split_first().expect("SCHEMA DOCUMENT.ndjson...");
    let schema = ApiSchema::parse(schema, &fs::read(schema).expect("the schema")).expect("an ApiSchema");
    let components = compile(&[schema]).expect("plugins").into_iter().map(|plugin| (plugin.name, plugin.wasm));
    let plugins = Plugins::load(components.collect(), PluginSettings::default()).expect("plugins that load");
    let first = |file: &String| {
        let (route, mut documents) = documents::read(&plugins, file);
        (route, documents.swap_remove(0))
    };
    let documents: Vec<(Route, Box<[u8]>)> = files.iter().map(first).collect();
    let round = || {
        let mut worker = plugins.worker();
        for (route, document) in &documents {
            worker.extract(route, document).expect("an extraction");
        }
        worker
    };
    // The first round pays for what all instances share.
    let mut workers = vec![round()];
    let before = resident_bytes();
    while (workers.len() - 1) * documents.len() < INSTANCES_MIN {
        workers.push(round());
    }
    let instances = (workers.len() - 1) * documents.len();
    println!("{} KiB an instance, over {instances}", (resident_bytes() - before) / instances / 1024);
}

fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident set");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number of KiB") * 1024
}
