//! `laneway plugin bench`: how long documents take, and what instances weigh.

use std::path::PathBuf;
use std::time::Instant;

use hdrhistogram::Histogram;
use laneway_schema::Layout;

use crate::commands::endpoint::EndpointArgs;
use crate::console;
use crate::failure::{Exit, Failure};
use crate::plugins::{self, Runner, Sample};

/// Documents held in memory, in bytes.
const DOCUMENTS_BYTES_MAX: usize = 1 << 30;
/// The least number of instances over which the memory of one is measured.
const INSTANCES_MIN: usize = 500;
/// A time longer than this, in nanoseconds, counts as this.
const TIME_MAX: u64 = 60_000_000_000;

/// Measures plugins on documents, on one thread and grouped by resource as in the runtime: the time per document (p50,
/// p99) next to the time that it takes to parse it into a tree, and the memory per instance.
///
/// Exit codes: 0 measured, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A folder of plugins, components (*.wasm), or ApiSchema files.
    #[arg(value_name = "PLUGINS", required = true)]
    plugins: Vec<PathBuf>,
    /// Files of documents or folders of them, as `laneway load` takes them.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    documents: Vec<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// How often each document is extracted.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
}

/// What one resource's documents took, in nanoseconds.
struct Figures {
    extract: Histogram<u64>,
    parse: Histogram<u64>,
    bytes: usize,
    refused: usize,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let set = plugins::open(&self.plugins, Layout::PerProject)?;
        let (count, started) = (set.len(), Instant::now());
        let mut runner = Runner::new(set)?;
        let (endpoints, chosen) = (plugins::endpoints(runner.plugins()), self.endpoint.endpoint.as_deref());
        let ready = started.elapsed();
        let mut samples = plugins::read_samples(&self.documents, &endpoints, chosen, DOCUMENTS_BYTES_MAX)?;
        console::result(format_args!("{count} plugins ready in {:.2} s", ready.as_secs_f64()));
        samples.sort_by(|one, other| (&one.project, &one.endpoint).cmp(&(&other.project, &other.endpoint)));
        console::result(format_args!(
            "{:<50} {:>9} {:>7} {:>8} {:>8} {:>11} {:>8}",
            "RESOURCE", "DOCUMENTS", "BYTES", "P50 us", "P99 us", "PARSE p50", "REFUSED"
        ));
        let mut all = Figures::new()?;
        for group in samples.chunk_by(|one, other| (&one.project, &one.endpoint) == (&other.project, &other.endpoint)) {
            let figures = Figures::of(&mut runner, group, self.rounds)?;
            figures.print(&format!("{}/{}", group[0].project, group[0].endpoint), group.len());
            all.add(&figures);
        }
        all.print("all", samples.len());
        match resident_per_instance(&runner, &samples) {
            Some((bytes, instances)) => console::result(format_args!(
                "memory     {:.1} KiB resident per instance, over {instances} of them, each after one document; a \
                 worker's own buffers are in it",
                bytes as f64 / 1024.0
            )),
            None => console::result("memory     cannot be measured: no /proc/self/statm, or no document was extracted"),
        }
        Ok(Exit::Success)
    }
}

impl Figures {
    fn new() -> Result<Self, Failure> {
        let histogram = || {
            Histogram::new_with_bounds(1, TIME_MAX, 3)
                .map_err(|error| Failure::usage(error, "This is a defect of Laneway's."))
        };
        Ok(Self { extract: histogram()?, parse: histogram()?, bytes: 0, refused: 0 })
    }

    fn of(runner: &mut Runner, group: &[Sample], rounds: usize) -> Result<Self, Failure> {
        let mut figures = Self::new()?;
        figures.bytes = group.iter().map(|sample| sample.body.len()).sum();
        // What is compiled and made for the first document is not part of the others' time.
        let _ = runner.extract(&group[0]);
        for round in 0..rounds {
            for sample in group {
                let started = Instant::now();
                let taken = std::hint::black_box(runner.extract(sample)).is_ok();
                figures.extract.saturating_record(nanoseconds(started));
                figures.refused += usize::from(round == 0 && !taken);
            }
            for sample in group {
                let started = Instant::now();
                let _ = std::hint::black_box(serde_json::from_str::<serde_json::Value>(&sample.body));
                figures.parse.saturating_record(nanoseconds(started));
            }
        }
        Ok(figures)
    }

    fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can fail.
        let _ = self.extract.add(&other.extract);
        let _ = self.parse.add(&other.parse);
        self.bytes += other.bytes;
        self.refused += other.refused;
    }

    fn print(&self, name: &str, documents: usize) {
        let microseconds = |histogram: &Histogram<u64>, quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
        console::result(format_args!(
            "{name:<50} {documents:>9} {:>7} {:>8.1} {:>8.1} {:>11.1} {:>8}",
            self.bytes / documents.max(1),
            microseconds(&self.extract, 0.5),
            microseconds(&self.extract, 0.99),
            microseconds(&self.parse, 0.5),
            self.refused,
        ));
    }
}

fn nanoseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// By how much the resident set grows with each instance that has read one document, and over how many that is. A
/// worker has one instance of each plugin.
fn resident_per_instance(runner: &Runner, samples: &[Sample]) -> Option<(usize, usize)> {
    use laneway_model::{ExtractWorker, Extractor as _};
    let mut documents = Vec::new();
    let mut plugins = std::collections::HashSet::new();
    for sample in samples {
        let Ok(route) = runner.plugins().route(&sample.project, &sample.endpoint) else { continue };
        if !plugins.contains(&route.group) && runner.extract_anew(sample).is_ok() {
            plugins.insert(route.group);
            documents.push((route, sample.body.as_bytes()));
        }
    }
    let workers = INSTANCES_MIN.checked_div(documents.len())? + 1;
    let mut kept: Vec<Box<dyn ExtractWorker>> = Vec::with_capacity(workers);
    let before = resident_bytes()?;
    for _ in 0..workers {
        let mut worker = runner.plugins().worker();
        for (route, body) in &documents {
            worker.extract(route, body).ok()?;
        }
        kept.push(worker);
    }
    let instances = kept.len() * documents.len();
    Some((resident_bytes()?.saturating_sub(before) / instances, instances))
}

/// The resident set, where the system reports it.
fn resident_bytes() -> Option<usize> {
    const PAGE_BYTES: usize = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    statm.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * PAGE_BYTES)
}
