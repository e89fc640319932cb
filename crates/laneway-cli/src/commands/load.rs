//! `laneway load`: files of documents into a store, one document an operation.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::Isolation;

use super::endpoint::EndpointArgs;
use crate::console;
use crate::documents::{ANOTHER_ORDER, Bodies, Coerce, Inputs, Stamping, nothing_read};
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::load::{Failures, Load, LoadMode, Order, Pace, Summary};
use crate::plugins::{PluginArgs, endpoints, extent};
use crate::store::DatabaseArgs;

/// Loads documents into a store. Each is submitted on its own, as a service would, and gets an outcome of its own.
///
/// Of two versions of one record in the files, the later one counts, unless documents are shuffled: what came too early is
/// not submitted again, nor counted as failed, once a later version is stored.
///
/// Exit codes: 0 all are stored, 1 some failed, 2 wrong usage or no line is a document, 3 database error, 130 interrupted.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    plugins: PluginArgs,
    /// Files of documents, or folders of them; `-` is standard input. A document is a line (NDJSON, JSON Lines) or an item of
    /// an array: {"project","endpoint","body"} (or "body_text"), or a body by itself, of the resource that --endpoint or the
    /// file's name says. Files compressed with gzip or zstd are decompressed; pipes are read once, in their order.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    // Its last options have a heading, which holds for all that follow it.
    #[command(flatten)]
    options: Options,
}

/// How to load; the demo has the same options.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Maximum number of documents in flight, as if from this many callers.
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) concurrency: NonZeroUsize,
    #[command(flatten)]
    pub(crate) mode: ModeArgs,
    #[command(flatten)]
    order: OrderArgs,
    /// Do not set `_etag` and `_lastModifiedDate`, and coerce nothing: store the bodies as they are in the file.
    #[arg(long)]
    pub(crate) raw_body: bool,
    /// Do not coerce: texts that stand for dates, booleans and numbers stay texts. In an identity they are refused.
    #[arg(long)]
    pub(crate) no_coercion: bool,
    /// Print the result as one JSON object, on the last line of standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write each document that was not stored to FILE, with its outcome, but for those of which a later version is stored;
    /// FILE can be loaded again.
    #[arg(long, value_name = "FILE")]
    pub(crate) failures: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// How documents are written.
#[derive(clap::Args, Clone, Debug)]
#[group(multiple = false)]
pub(crate) struct ModeArgs {
    /// Send the statements that the DMS sends today, one by one: the baseline to measure against.
    #[arg(long, alias = "serial")]
    baseline: bool,
    /// Switch batching off: one transaction per document, with Laneway's rules and locks.
    #[arg(long)]
    single: bool,
}

/// In which order documents are submitted.
#[derive(clap::Args, Clone, Debug)]
#[group(multiple = false)]
struct OrderArgs {
    /// Order in which documents are submitted. `file`: as in the files. `dependent`: each right after the last document
    /// that it needs (reads all documents first). `retried`: as in the files; then those refused for a missing reference
    /// again, in rounds.
    #[arg(long, value_enum, default_value = "file")]
    order: NamedOrder,
    /// Submit all documents in random order; then those refused for a missing reference again, in rounds, until a round
    /// stores nothing more. The same seed gives the same order.
    #[arg(long, value_name = "SEED")]
    shuffle: Option<u64>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum NamedOrder {
    File,
    Dependent,
    Retried,
}

impl OrderArgs {
    fn order(&self) -> Order {
        match (self.shuffle, self.order) {
            (Some(seed), _) => Order::Shuffled { seed },
            (None, NamedOrder::File) => Order::File,
            (None, NamedOrder::Dependent) => Order::Dependent,
            (None, NamedOrder::Retried) => Order::Retried,
        }
    }
}

/// Limits of the runtime that are worth trying out; the others keep their defaults.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Tuning")]
struct LimitArgs {
    /// Number of lanes, 1 to 16; 0: as many as make the database write the most, which is found out while it runs.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=16))]
    lanes: Option<u8>,
    /// Maximum number of documents in a batch.
    #[arg(long, value_name = "N")]
    batch_items_max: Option<NonZeroUsize>,
    /// How long an idle lane waits for more documents, in microseconds.
    #[arg(long, value_name = "MICROSECONDS")]
    linger_us: Option<u64>,
    /// Maximum number of batches written at a time.
    #[arg(long, value_name = "N")]
    flushes_concurrent_max: Option<NonZeroUsize>,
    /// How long documents wait for a database that cannot be used (restart, failover, refused login) before the load ends,
    /// in seconds; 90 unless set.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    outage_max: Option<u32>,
    /// How long a document looks again for references that are not stored before it fails for them, in milliseconds, 0 to 250;
    /// 0 unless set. For loads beside other servers, which may be about to commit what is missing.
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u8).range(0..=250))]
    reference_recheck_ms: Option<u8>,
    /// How transactions are isolated from those of other sessions: read-committed or repeatable-read.
    #[arg(long, value_name = "LEVEL", default_value_t)]
    isolation: Isolation,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(mut self) -> Result<Exit, Failure> {
        self.plugins.return_documents(&mut self.files);
        if self.files.is_empty() {
            return Err(Failure::usage(
                "no documents are named",
                "Name files of documents (NDJSON, JSON), folders of them, or `-` for standard input.",
            ));
        }
        let config = self.database.config()?;
        let mut inputs = Inputs::find(&self.files)?;
        self.options.check(&inputs)?;
        let plugins = self.plugins.load()?;
        inputs.name_endpoints(&endpoints(&plugins), self.endpoint.endpoint.as_deref())?;
        let ended = self.options.load(self.options.mode.mode(), &config, plugins, inputs, Interrupt::listen()).await?;
        self.options.print(&ended.summary);
        ended.exit()
    }
}

/// How a load ended.
pub(crate) struct Ended {
    /// The counts.
    pub(crate) summary: Summary,
    stopped: Result<bool, Failure>,
}

impl Ended {
    /// The exit code; an error when something else than documents made the load stop.
    pub(crate) fn exit(self) -> Result<Exit, Failure> {
        let stopped = self.stopped?;
        if self.summary.documents > 0 && self.summary.unreadable == self.summary.documents {
            return Err(nothing_read(self.summary.unreadable));
        }
        Ok(match (stopped, self.summary.failed) {
            (true, _) => Exit::Interrupted,
            (false, 0) => Exit::Success,
            (false, _) => Exit::SomeFailed,
        })
    }
}

impl Options {
    /// The same, but documents that came too early are submitted again.
    pub(crate) fn retried(&self) -> Self {
        let mut options = self.clone();
        if options.order.order() == Order::File {
            options.order.order = NamedOrder::Retried;
        }
        options
    }

    /// That the inputs can be read as often as their order needs.
    pub(crate) fn check(&self, inputs: &Inputs) -> Result<(), Failure> {
        match self.order.order() {
            Order::File => Ok(()),
            _ => inputs.check_repeatable(ANOTHER_ORDER),
        }
    }

    /// Loads `inputs` and shows the first failures on standard error.
    pub(crate) async fn load(
        &self,
        mode: LoadMode,
        config: &Config,
        plugins: Plugins,
        inputs: Inputs,
        interrupt: Interrupt,
    ) -> Result<Ended, Failure> {
        let failures = self.failures.as_deref().map_or_else(|| Ok(Failures::default()), Failures::into_file)?;
        let coercing = plugins.clone().coercing(extent(!self.no_coercion && !self.raw_body));
        let coerce: Coerce = Arc::new(move |line| coercing.coerced(&line.project, &line.endpoint, &line.body));
        let stamping = if self.raw_body { Stamping::Raw } else { Stamping::Stamped };
        let load = Load {
            inputs,
            bodies: Bodies { stamping, coerce },
            order: self.order.order(),
            pace: Pace::Callers(self.concurrency),
            mode,
            limits: self.limits.limits(),
            isolation: self.limits.isolation,
            plugins,
            failures,
            interrupt,
            watch: Arc::new(()),
        };
        let mut end = load.run(config).await?;
        for example in end.failures.examples() {
            console::remark(example);
        }
        let stopped = end.failures.finish().and(end.broken_off.map_or(Ok(end.interrupted), Err));
        Ok(Ended { summary: end.summary, stopped })
    }

    /// Whether documents are submitted one after another, in the order of the files.
    pub(crate) fn is_serial_run(&self) -> bool {
        self.concurrency.get() == 1 && self.order.order() == Order::File
    }

    /// Prints a summary as it was asked for.
    pub(crate) fn print(&self, summary: &Summary) {
        if self.json {
            console::result(summary.json());
        } else {
            console::result(summary);
        }
    }
}

impl ModeArgs {
    /// The mode that was chosen.
    pub(crate) fn mode(&self) -> LoadMode {
        match (self.baseline, self.single) {
            (true, _) => LoadMode::Baseline,
            (_, true) => LoadMode::Single,
            _ => LoadMode::Batched,
        }
    }
}

impl LimitArgs {
    fn limits(&self) -> Limits {
        let defaults = Limits::default();
        Limits {
            lanes: self.lanes.map_or(defaults.lanes, usize::from),
            batch_items_max: self.batch_items_max.map_or(defaults.batch_items_max, NonZeroUsize::get),
            linger: self.linger_us.map_or(defaults.linger, Duration::from_micros),
            flushes_concurrent_max: self
                .flushes_concurrent_max
                .map_or(defaults.flushes_concurrent_max, NonZeroUsize::get),
            outage_max: self.outage_max.map_or(defaults.outage_max, |seconds| Duration::from_secs(seconds.into())),
            reference_recheck: self
                .reference_recheck_ms
                .map_or(defaults.reference_recheck, |millis| Duration::from_millis(millis.into())),
            ..defaults
        }
    }
}
