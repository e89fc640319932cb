//! `laneway bench`: how fast, beside what the DMS does today and what the database takes at most.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use laneway_embedded::{Server, Settings};
use laneway_model::Limits;

use super::generate::Shape;
use crate::bench::{Bench, Case, Chosen, Set, System, Variant, Workload};
use crate::console;
use crate::data_set::DataSet;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::Interrupt;
use crate::load::LoadMode;
use crate::plugins;

/// Connections that a server of our own has room for beside those of the baseline's callers.
const CONNECTIONS_SPARE: u32 = 64;

/// Measures systems side by side, each on fresh stores, in rounds whose order rotates, and prints medians with the processor
/// time of server and client. `limit` is what the database takes at most: the rows that a load leaves, as many documents a
/// transaction as --limits says, from arrays prepared beforehand. `baseline` is what the DMS sends today, `savepoints` the same
/// in batches. Options that take several values compare them in one run.
///
/// Exit codes: 0 all documents were stored, 1 some failed, 2 wrong usage, 3 database error, 130 interrupted.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Data set to load: DIR/schemas and DIR/documents. Without it, a data set is generated.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["Shape", "vary"])]
    data: Option<PathBuf>,
    /// Server to use instead of a temporary one: databases are created on it and dropped.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Statements that are run on each store before it is loaded, such as one that adds an index.
    #[arg(long, value_name = "FILE")]
    store_script: Option<PathBuf>,
    /// What is loaded.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "file")]
    workload: Vec<Workload>,
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
    #[arg(long, value_name = "N", value_delimiter = ',')]
    batch_items_max: Vec<NonZeroUsize>,
    /// Numbers of Laneway's lanes, to be compared with those that it finds itself when this is not given.
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=16))]
    lanes: Vec<u8>,
    /// How far away the server is made to be for what is submitted: milliseconds that a message takes there and back. For the
    /// temporary server only.
    #[arg(long, value_name = "MS", value_delimiter = ',', value_parser = round_trip, conflicts_with = "url")]
    round_trip_ms: Vec<Duration>,
    /// Shares of the highest rate of Laneway's at which documents come by themselves, whether or not the ones before have been
    /// answered: 0.5 is half of it. A document's latency counts from when it was due.
    #[arg(long, value_name = "SHARE", value_delimiter = ',', value_parser = share)]
    shares: Vec<f64>,
    /// Built program Laneway.Benchmarks.dll that loads the same documents from .NET.
    #[arg(long, value_name = "FILE")]
    dotnet: Option<PathBuf>,
    /// What the ids of persons and the like are: as they are, or GUIDs without dashes.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "given")]
    ids: Vec<Ids>,
    /// Put a student between the documents, so that every Nth is another version of the same; and beside it, in the same places,
    /// students that are all different.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    same_every: Option<u32>,
    /// Generate a data set for each value of another option, as in `references=1,20`.
    #[arg(long, value_name = "OPTION=V,V")]
    vary: Option<String>,
    /// Number of parts of equally many documents whose times are kept apart.
    #[arg(long, value_name = "N", default_value = "4")]
    parts: NonZeroUsize,
    /// Number of rounds.
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: NonZeroUsize,
    /// File for all figures, as one JSON object; a page of plots is written beside it, with the ending .html.
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

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Ids {
    /// As they are.
    Given,
    /// GUIDs without dashes, the same for the same id.
    Guid,
}

/// Several times the highest rate is a load too, if one that cannot be kept up with.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if share > 0.0 && share <= 10.0 { Ok(share) } else { Err("it must be above 0, and 10 at most".to_owned()) }
}

/// A second is a long way already.
fn round_trip(text: &str) -> Result<Duration, String> {
    let ms: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..=1_000.0).contains(&ms) {
        Ok(Duration::from_secs_f64(ms / 1_000.0))
    } else {
        Err("it must be from 0 to 1000".to_owned())
    }
}

/// Those that were chosen; where none was, none.
fn or_none<T: Copy>(chosen: &[T]) -> Vec<Option<T>> {
    if chosen.is_empty() { vec![None] } else { chosen.iter().copied().map(Some).collect() }
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let store_script = self.store_script()?;
        let mut data = self.data()?;
        let schemas = data.first().map(|(_, data)| data.schemas.clone()).unwrap_or_default();
        let compiled = plugins::compile(&schemas, laneway_schema::Layout::PerProject)?;
        let plugins = plugins::load(compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect())?;
        let mut sets = Vec::new();
        for (name, data) in &mut data {
            data.documents.check_repeatable("another load")?;
            data.documents.name_endpoints(&plugins::endpoints(&plugins), None)?;
            for variant in self.variants() {
                sets.push(Set::of(name, &data.documents, variant)?);
            }
        }
        let bench = Bench {
            server: self.server().await?,
            plugins,
            schemas,
            store_script,
            cases: self.cases(sets.len()),
            sets,
            rounds: self.rounds,
            parts: self.parts,
            limits: Limits::default(),
            dotnet: self.dotnet.clone(),
            interrupt: Interrupt::listen(),
        };
        let (report, exit) = bench.run().await?;
        let page = self.output.with_extension("html");
        for (file, text) in [(&self.output, format!("{:#}", report.json())), (&page, report.page())] {
            std::fs::write(file, text)
                .map_err(|error| Failure::file("write", file, &error, "Name another file with --output."))?;
        }
        console::result(report);
        Ok(exit)
    }

    fn store_script(&self) -> Result<Option<String>, Failure> {
        let read = |file: &PathBuf| {
            let next = "Name a file of SQL statements with --store-script.";
            std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error, next))
        };
        self.store_script.as_ref().map(read).transpose()
    }

    /// The data sets with their names.
    fn data(&self) -> Result<Vec<(String, DataSet)>, Failure> {
        if let Some(folder) = &self.data {
            return Ok(vec![(folder.display().to_string(), DataSet::find(folder)?)]);
        }
        let Some(vary) = &self.vary else { return Ok(vec![("generated".to_owned(), DataSet::generate(&self.shape)?)]) };
        let wrong = |why: String| Failure::usage(format_args!("--vary {vary}: {why}"), "Write it as references=1,20.");
        let (option, values) = vary.split_once('=').ok_or_else(|| wrong("there is no `=` in it".to_owned()))?;
        let of_value = |value| {
            let shape = self.shape.with(option, value).map_err(|error| wrong(error.to_string()))?;
            Ok((format!("{option} {value}"), DataSet::generate(&shape)?))
        };
        values.split(',').map(of_value).collect()
    }

    fn variants(&self) -> Vec<Variant> {
        let every = self.same_every.and_then(|every| NonZeroUsize::new(usize::try_from(every).ok()?));
        if let Some(every) = every {
            return vec![Variant::OwnStudents(every), Variant::SameStudent(every)];
        }
        let variant = |ids: &Ids| if *ids == Ids::Guid { Variant::Guids } else { Variant::Given };
        self.ids.iter().map(variant).collect()
    }

    /// In the order in which they are named; the limit only where documents are new.
    fn cases(&self, sets: usize) -> Vec<Case> {
        let groups = (0..sets).flat_map(|set| self.workload.iter().map(move |workload| (set, *workload)));
        let cases = groups.flat_map(|(documents, workload)| {
            self.systems(workload).into_iter().map(move |system| Case { documents, workload, system })
        });
        cases.collect()
    }

    fn systems(&self, workload: Workload) -> Vec<System> {
        let submitted = |mode, is_batched, has_lanes| {
            let batches = if is_batched { or_none(&self.batch_items_max) } else { vec![None] };
            let lanes = if has_lanes { or_none(&self.lanes) } else { vec![None] };
            let mut systems = Vec::new();
            for callers in self.callers.iter().copied() {
                for round_trip in or_none(&self.round_trip_ms) {
                    for batch_items_max in batches.iter().copied() {
                        systems.extend(lanes.iter().copied().map(|lanes| {
                            let chosen = Chosen { batch_items_max, lanes, round_trip };
                            System::Submitted { mode, callers, chosen }
                        }));
                    }
                }
            }
            systems
        };
        let named = self.systems.iter().flat_map(|system| -> Vec<System> {
            match system {
                Named::Limit if workload == Workload::File => self.limits.iter().copied().map(System::Limit).collect(),
                Named::Limit => Vec::new(),
                Named::Laneway => submitted(LoadMode::Batched, true, true),
                Named::Savepoints => submitted(LoadMode::Savepoints, true, false),
                Named::Baseline => submitted(LoadMode::Baseline, false, false),
            }
        });
        let dotnet = self.dotnet.iter().flat_map(|_| self.callers.iter().copied().map(System::Dotnet));
        named.chain(dotnet).chain(self.shares.iter().copied().map(System::Paced)).collect()
    }

    async fn server(&self) -> Result<Server, Failure> {
        if let Some(url) = &self.url {
            return Server::named(url)
                .map_err(|error| Failure::usage(format_args!("--url: {}", chain(&error)), "Nothing was measured."));
        }
        // Of the baseline's callers each has a connection.
        let callers = self.callers.iter().filter(|_| self.systems.contains(&Named::Baseline));
        let callers = callers.map(|callers| u32::try_from(callers.get()).unwrap_or(u32::MAX)).max();
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
