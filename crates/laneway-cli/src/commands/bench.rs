//! `laneway bench`: how fast, beside what the DMS does today and what the database takes at most.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use laneway_embedded::{Server, Settings};
use laneway_model::Limits;

use super::generate::Shape;
use crate::bench::{Bench, System, Workload};
use crate::console;
use crate::data_set::DataSet;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::Interrupt;
use crate::load::LoadMode;
use crate::plugins;

/// Connections that a server of our own has room for beside those of the baseline's callers.
const CONNECTIONS_SPARE: u32 = 64;

/// Measures systems side by side, each on fresh stores, in rounds whose order rotates, and prints medians with the processor
/// time of server and client. `limit(N)` is what the database takes at most: the rows that a load leaves, N documents a
/// transaction, from arrays prepared beforehand. `baseline` is what the DMS sends today, `savepoints` the same in batches.
///
/// Exit codes: 0 all documents were stored, 1 some failed, 2 wrong usage, 3 database error, 130 interrupted.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Data set to load: DIR/schemas and DIR/documents. Without it, a data set is generated.
    #[arg(long, value_name = "DIR", conflicts_with = "Shape")]
    data: Option<PathBuf>,
    /// Server to use instead of a temporary one: databases are created on it and dropped.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// What is loaded.
    #[arg(long, value_enum, default_value = "file")]
    workload: Workload,
    /// Systems to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "limit,laneway,savepoints,baseline")]
    systems: Vec<Named>,
    /// Numbers of callers.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "64,256")]
    callers: Vec<NonZeroUsize>,
    /// Documents a transaction of the limit.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "128")]
    limits: Vec<NonZeroUsize>,
    /// Maximum number of documents in a batch.
    #[arg(long, value_name = "N")]
    batch_items_max: Option<NonZeroUsize>,
    /// Number of rounds.
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: NonZeroUsize,
    /// File for all figures, as one JSON object.
    #[arg(short, long, value_name = "FILE", default_value = "bench.json")]
    output: PathBuf,
    #[command(flatten, next_help_heading = "Generated data")]
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Named {
    Limit,
    Laneway,
    Savepoints,
    Baseline,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let mut data = match &self.data {
            Some(folder) => DataSet::find(folder)?,
            None => DataSet::generate(&self.shape)?,
        };
        let compiled = plugins::compile(&data.schemas, laneway_schema::Layout::PerProject)?;
        let plugins = plugins::load(compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect())?;
        data.documents.check_repeatable("another load")?;
        data.documents.name_endpoints(&plugins::endpoints(&plugins), None)?;
        let defaults = Limits::default();
        let batch_items_max = self.batch_items_max.map_or(defaults.batch_items_max, NonZeroUsize::get);
        let bench = Bench {
            server: self.server().await?,
            plugins,
            documents: data.documents.clone(),
            workload: self.workload,
            systems: self.systems(),
            rounds: self.rounds,
            limits: Limits { batch_items_max, ..defaults },
            interrupt: Interrupt::listen(),
        };
        let (report, exit) = bench.run().await?;
        let json = serde_json::to_string_pretty(&report).unwrap_or_default();
        std::fs::write(&self.output, json)
            .map_err(|error| Failure::file("write", &self.output, &error, "Name another file with --output."))?;
        console::result(report);
        Ok(exit)
    }

    /// In the order in which they are named; the limit only where documents are new.
    fn systems(&self) -> Vec<System> {
        let of_callers = |mode| self.callers.iter().map(move |callers| System::Submitted(mode, *callers)).collect();
        let systems = self.systems.iter().map(|system| match system {
            Named::Limit if self.workload == Workload::File => self.limits.iter().copied().map(System::Limit).collect(),
            Named::Limit => Vec::new(),
            Named::Laneway => of_callers(LoadMode::Batched),
            Named::Savepoints => of_callers(LoadMode::Savepoints),
            Named::Baseline => of_callers(LoadMode::Baseline),
        });
        systems.flat_map(|of_one: Vec<System>| of_one).collect()
    }

    async fn server(&self) -> Result<Server, Failure> {
        if let Some(url) = &self.url {
            return Server::named(url)
                .map_err(|error| Failure::usage(format_args!("--url: {}", chain(&error)), "Nothing was measured."));
        }
        let callers = self.callers.iter().map(|callers| u32::try_from(callers.get()).unwrap_or(u32::MAX)).max();
        let defaults = Settings::default();
        // What a server is installed with, fsync included: figures should mean something.
        let settings = Settings {
            connections_max: defaults.connections_max.max(callers.unwrap_or(0).saturating_add(CONNECTIONS_SPARE)),
            notice: |text| console::remark(text),
            ..defaults
        };
        let started = tokio::task::spawn_blocking(move || Server::own(&settings)).await;
        let unavailable = |error: &(dyn std::error::Error + 'static)| {
            Failure::database(chain(error), "Name a server that is running already with --url.")
        };
        started.map_err(|error| unavailable(&error))?.map_err(|error| unavailable(&error))
    }
}
