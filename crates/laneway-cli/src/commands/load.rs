//! `laneway load`: NDJSON files into a store, one document an operation.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use laneway_pgconfig::Config;
use laneway_plugin::Plugins;

use crate::console;
use crate::documents::{Inputs, Stamping};
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::load::{Failures, Load, Lost, Order, Summary, Way};
use crate::plugins::PluginArgs;
use crate::store::DatabaseArgs;

/// Loads documents, handed over singly by one dispatcher in file order, with one outcome each.
///
/// Exit code 0: all are stored; 1: some failed; 2: usage; 3: database; 130: interrupted.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    plugins: PluginArgs,
    #[command(flatten)]
    options: Options,
    /// NDJSON files or folders of them, lines {"project","endpoint","body"} or with "body_text"; `-`: standard input.
    #[arg(value_name = "FILE.ndjson")]
    files: Vec<PathBuf>,
}

/// How to load; the demo has the same options.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The most documents unsettled at a time: as many callers as that.
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) concurrency: NonZeroUsize,
    #[command(flatten)]
    pub(crate) way: WayArgs,
    #[command(flatten)]
    order: OrderArgs,
    /// Leave `_etag` and `_lastModifiedDate` of the bodies as they are in the file.
    #[arg(long)]
    pub(crate) raw_body: bool,
    /// End with one JSON object on the last line of standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write what was not stored to FILE, one line each; documents among them can be loaded again from it.
    #[arg(long, value_name = "FILE")]
    pub(crate) failures: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Which way documents are written.
#[derive(clap::Args, Clone, Debug)]
#[group(multiple = false)]
pub(crate) struct WayArgs {
    /// Send what the DMS sends today, statement by statement: the baseline to measure against.
    #[arg(long, alias = "serial")]
    baseline: bool,
    /// Batching switched off: one transaction a document, with Laneway's rules and locks.
    #[arg(long)]
    single: bool,
}

/// In which order documents are handed over.
#[derive(clap::Args, Clone, Debug)]
#[group(multiple = false)]
struct OrderArgs {
    /// `file`: as they stand in the files; `dependent`: each directly after the last one that it needs, which is
    /// found out beforehand; `retried`: as they stand, and again, in rounds, what was refused for a missing reference.
    #[arg(long, value_enum, default_value = "file")]
    order: NamedOrder,
    /// Hand the whole set over at random, and again, in rounds, what was refused for a missing reference, until a
    /// round stores nothing more. The same seed gives the same order.
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

/// Bounds of the runtime that are worth trying out; the others keep their defaults.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Tuning")]
struct LimitArgs {
    /// Lanes that documents are spread over, 1 to 16.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    lanes: Option<u8>,
    /// The most documents in a batch.
    #[arg(long, value_name = "N")]
    batch_items_max: Option<NonZeroUsize>,
    /// How long an idle lane waits for company, in microseconds.
    #[arg(long, value_name = "MICROSECONDS")]
    linger_us: Option<u64>,
    /// The most transactions open at a time.
    #[arg(long, value_name = "N")]
    flushes_concurrent_max: Option<NonZeroUsize>,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(mut self) -> Result<Exit, Failure> {
        self.plugins.return_documents(&mut self.files);
        if self.files.is_empty() {
            return Err(Failure::usage("no documents are named", "Name NDJSON files, folders of them, or `-`."));
        }
        let config = self.database.config()?;
        let inputs = Inputs::find(&self.files)?;
        let plugins = self.plugins.load()?;
        let ended = self.options.load(self.options.way.way(), &config, plugins, inputs, Interrupt::listen()).await?;
        self.options.print(&ended.summary);
        ended.exit()
    }
}

/// How a load ended.
pub(crate) struct Ended {
    /// What it came to.
    pub(crate) summary: Summary,
    stopped: Result<bool, Failure>,
}

impl Ended {
    /// The exit code; an error when something else than documents made the load stop.
    pub(crate) fn exit(self) -> Result<Exit, Failure> {
        Ok(match (self.stopped?, self.summary.failed) {
            (true, _) => Exit::Interrupted,
            (false, 0) => Exit::Success,
            (false, _) => Exit::SomeFailed,
        })
    }
}

impl Options {
    /// The same, where callers hand over again what came too early.
    pub(crate) fn retried(&self) -> Self {
        let mut options = self.clone();
        if options.order.order() == Order::File {
            options.order.order = NamedOrder::Retried;
        }
        options
    }

    /// Loads `inputs`, tells the first failures on standard error, and says what it came to.
    pub(crate) async fn load(
        &self,
        way: Way,
        config: &Config,
        plugins: Plugins,
        inputs: Inputs,
        interrupt: Interrupt,
    ) -> Result<Ended, Failure> {
        let failures = self.failures.as_deref().map_or_else(|| Ok(Failures::default()), Failures::into_file)?;
        let stamping = if self.raw_body { Stamping::Raw } else { Stamping::Stamped };
        let load = Load {
            inputs,
            stamping,
            order: self.order.order(),
            concurrency: self.concurrency,
            way,
            limits: self.limits.limits(),
            plugins,
            failures,
            interrupt,
        };
        let mut end = load.run(config).await?;
        for example in end.failures.examples() {
            console::remark(example);
        }
        let unread = end
            .unread
            .map(|error| Failure::usage(error, "What stands before it was loaded. Mend the file, then load again."));
        let lost = end.lost.map(|lost| lost_to(lost, config));
        let stopped = end.failures.finish().and(unread.or(lost).map_or(Ok(end.interrupted), Err));
        Ok(Ended { summary: end.summary, stopped })
    }

    /// Whether documents are handed over one after another, in the order of the files.
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

/// What to do about a database that is of no use any more.
fn lost_to(lost: Lost, config: &Config) -> Failure {
    match lost {
        Lost::Gone => Failure::database(
            format_args!("{config} does not answer any more; the load ended early"),
            "Bring it up, then load the same again: what is stored already is only compared.",
        ),
        Lost::Full => Failure::database(
            format_args!("the disk of {config} is full; the load ended early"),
            "Make room there, then load the same again: what is stored already is only compared.",
        ),
    }
}

impl WayArgs {
    /// The way that was chosen.
    pub(crate) fn way(&self) -> Way {
        match (self.baseline, self.single) {
            (true, _) => Way::Baseline,
            (_, true) => Way::Single,
            _ => Way::Batched,
        }
    }
}

impl LimitArgs {
    fn limits(&self) -> laneway_model::Limits {
        let mut limits = laneway_model::Limits::default();
        if let Some(lanes) = self.lanes {
            limits.lanes = usize::from(lanes);
        }
        if let Some(items) = self.batch_items_max {
            limits.batch_items_max = items.get();
        }
        if let Some(linger) = self.linger_us {
            limits.linger = std::time::Duration::from_micros(linger);
        }
        if let Some(flushes) = self.flushes_concurrent_max {
            limits.flushes_concurrent_max = flushes.get();
        }
        limits
    }
}
