//! `laneway demo`: from schema to store on a temporary PostgreSQL, and proof that nothing was lost on the way.

use std::path::PathBuf;
use std::time::Instant;

use laneway_embedded::{Database, Server, Settings};
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres_tools::run_script;
use serde_json::{Value as Json, json};

use super::generate::Shape;
use super::load::{Ended, Options};
use crate::console;
use crate::data_set::DataSet;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::Interrupt;
use crate::load::{LoadMode, Summary, grouped};
use crate::plugins;
use crate::store::{self, Versions};

/// Connections that a server of our own has room for beside those of the baseline's callers.
const CONNECTIONS_SPARE: u32 = 64;

/// Starts a temporary PostgreSQL, deploys a store, compiles plugins from a schema, loads documents and shows the result.
/// If LANEWAY_DATABASE_URL is set, that server is used instead: the demo creates its own databases there and drops them.
///
/// Exit codes: 0 the store is as expected, 1 it is not, or documents failed, 2 wrong usage, 3 database error,
/// 130 interrupted.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Data set to load: DIR/schemas, DIR/documents and, if present, DIR/expected-store.json, with which the store is
    /// compared. Without it, a data set is generated.
    #[arg(long, value_name = "DIR", conflicts_with = "Shape")]
    data: Option<PathBuf>,
    /// Load everything a second time, and check that no row of `Document` is written again.
    #[arg(long, conflicts_with = "raw_body")]
    again: bool,
    /// Load with the baseline too, before and into a database of its own (documents refused for a missing reference are
    /// submitted again), and print how many times faster Laneway is.
    #[arg(long, conflicts_with_all = ["baseline", "single", "again"])]
    compare: bool,
    /// Run the SQL in FILE before the store is deployed: tables that exist already.
    #[arg(long, value_name = "FILE")]
    prepare: Option<PathBuf>,
    /// Leave the server and the database running, and print their addresses.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    release: store::ReleaseArgs,
    // A heading holds for all that follow it.
    #[command(flatten)]
    options: Options,
    #[command(flatten, next_help_heading = "Generated data")]
    shape: Shape,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let mut data = match &self.data {
            Some(folder) => DataSet::find(folder)?,
            None => DataSet::generate(&self.shape)?,
        };
        self.options.check(&data.documents)?;
        if self.again || self.compare {
            data.documents.check_repeatable("another load")?;
        }
        let plugins = self.compile(&data)?;
        data.documents.name_endpoints(&plugins::endpoints(&plugins), None)?;
        let demo = Demo { plugins, data, interrupt: Interrupt::listen(), args: self };
        let server = demo.server().await?;
        let baseline = if demo.args.compare { Some(demo.baseline(&server).await?) } else { None };
        let database = demo.database(&server).await?;
        let shown = demo.show(&database, baseline).await;
        if demo.args.keep {
            keep(server, database)?;
        }
        shown
    }

    fn compile(&self, data: &DataSet) -> Result<Plugins, Failure> {
        let started = Instant::now();
        let compiled = plugins::compile(&data.schemas, laneway_schema::Layout::PerProject)?;
        let (count, seconds) = (compiled.len(), started.elapsed().as_secs_f64());
        let started = Instant::now();
        let loaded = plugins::load(compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect())?;
        let ready = started.elapsed().as_secs_f64();
        self.print(format_args!(
            "plugins      {count} compiled from the schema, one per project, in {seconds:.1} s; loaded in {ready:.1} s"
        ));
        Ok(loaded)
    }

    /// Prints what happens: on standard output, unless a program reads that.
    fn print(&self, text: impl std::fmt::Display) {
        if self.options.json {
            console::remark(text);
        } else {
            console::result(text);
        }
    }
}

/// What a run of the demo works with.
struct Demo {
    args: Args,
    data: DataSet,
    plugins: Plugins,
    interrupt: Interrupt,
}

impl Demo {
    async fn server(&self) -> Result<Server, Failure> {
        let callers = u32::try_from(self.args.options.concurrency.get()).unwrap_or(u32::MAX);
        let defaults = Settings::default();
        // What a server is installed with, fsync included: figures should mean something.
        let settings = Settings {
            connections_max: defaults.connections_max.max(callers.saturating_add(CONNECTIONS_SPARE)),
            notice: |text| console::remark(text),
            ..defaults
        };
        let started = tokio::task::spawn_blocking(move || Server::start(&settings)).await;
        let server = started.map_err(|error| unavailable(&error))?.map_err(|error| unavailable(&error))?;
        self.args.print(format_args!(
            "server       {}{}",
            server.config(),
            if server.is_own() { ", started for this run" } else { "" }
        ));
        Ok(server)
    }

    /// A database of the demo's own, made a store.
    async fn database(&self, server: &Server) -> Result<Database, Failure> {
        let database = server.create_database("laneway_demo").await.map_err(|error| unavailable(&error))?;
        if let Some(file) = &self.args.prepare {
            let sql = std::fs::read_to_string(file)
                .map_err(|error| Failure::file("read", file, &error, "Name a file of SQL statements."))?;
            run_script(database.config(), &sql)
                .await
                .map_err(|error| Failure::database(chain(&error), format_args!("Correct {}.", file.display())))?;
        }
        let deployed = store::deploy_as(database.config(), self.args.release).await?;
        self.args.print(format_args!("store        {}: {deployed}", database.name()));
        Ok(database)
    }

    /// Loads as the DMS writes today, into a database that is dropped afterwards.
    async fn baseline(&self, server: &Server) -> Result<Summary, Failure> {
        let database = self.database(server).await?;
        self.args.print("\nBaseline: the statements that the DMS sends today");
        // Without Laneway a document that comes before what it refers to is refused; a caller submits it again.
        let ended = self.load(&self.args.options.retried(), LoadMode::Baseline, database.config()).await?;
        self.args.print(&ended.summary);
        let summary = ended.summary.clone();
        ended.exit()?;
        // Pages that the baseline has dirtied should not be written during the other half. A server that is not ours may
        // refuse.
        let _ = run_script(server.config(), "CHECKPOINT").await;
        Ok(summary)
    }

    async fn load(&self, options: &Options, mode: LoadMode, config: &Config) -> Result<Ended, Failure> {
        options.load(mode, config, self.plugins.clone(), self.data.documents.clone(), self.interrupt.clone()).await
    }

    /// Loads and shows what became of it.
    async fn show(&self, database: &Database, baseline: Option<Summary>) -> Result<Exit, Failure> {
        let config = database.config();
        self.args.print("\nLaneway");
        let ended = self.load(&self.args.options, self.args.options.mode.mode(), config).await?;
        self.args.print(&ended.summary);
        let mut report = ended.summary.json();
        if let Some(baseline) = baseline {
            let ratio = ended.summary.docs_per_second / baseline.docs_per_second;
            self.args.print(format_args!("ratio        {ratio:.1} times the baseline's documents per second"));
            report["baseline"] = baseline.json();
            report["ratio"] = ratio.into();
        }
        let summary = ended.summary.clone();
        let mut exit = ended.exit()?;
        if exit != Exit::Interrupted {
            exit = exit.worse(self.compared(config, &summary, &mut report).await?);
            if self.args.again {
                exit = exit.worse(self.second_load(config, &mut report).await?);
            }
        }
        if self.args.options.json {
            console::result(report);
        } else if exit != Exit::Interrupted {
            store::print_samples(config).await?;
        }
        Ok(exit)
    }

    /// Compares the store with what it should hold, where that is known.
    async fn compared(&self, config: &Config, summary: &Summary, report: &mut Json) -> Result<Exit, Failure> {
        let Some(expected) = &self.data.expected else { return Ok(Exit::Success) };
        let mut verdict = expected.compare(config, self.args.options.is_serial_run()).await?;
        verdict.differences.extend(expected.compare_outcomes(summary));
        let equal = verdict.differences.is_empty();
        report["store"] = json!({
            "equal": equal,
            "tables": verdict.compared,
            "staff_arrays_judged": verdict.judged,
            "differences": verdict.differences,
        });
        if equal {
            let permitted = verdict.judged.map_or_else(String::new, |_| {
                "; arrays of staff are among those that an order of writing leaves".to_owned()
            });
            self.args.print(format_args!(
                "store        equal to the expected one in all {} tables{permitted}",
                verdict.compared
            ));
            return Ok(Exit::Success);
        }
        self.args.print("store        differs from the expected one:");
        verdict.differences.iter().for_each(|difference| self.args.print(format_args!("             {difference}")));
        Ok(Exit::SomeFailed)
    }

    /// Loads the same once more: nothing may be written.
    async fn second_load(&self, config: &Config, report: &mut Json) -> Result<Exit, Failure> {
        self.args.print("\nThe same documents again");
        let before = Versions::read(config).await?;
        let ended = self.load(&self.args.options, self.args.options.mode.mode(), config).await?;
        self.args.print(&ended.summary);
        let unchanged = before == Versions::read(config).await?;
        self.args.print(if unchanged {
            format!("store        unchanged: none of the {} rows of Document was written again", grouped(before.rows()))
        } else {
            "store        CHANGED: rows of Document were written although no document is new".to_owned()
        });
        let mut again = ended.summary.json();
        again["unchanged"] = unchanged.into();
        report["again"] = again;
        let all_updated = ended.summary.updated == ended.summary.documents;
        let exit = ended.exit()?;
        Ok(if unchanged && all_updated { exit } else { exit.worse(Exit::SomeFailed) })
    }
}

/// Leaves server and database up and prints their addresses.
fn keep(server: Server, database: Database) -> Result<(), Failure> {
    let name = database.name().to_owned();
    let config = database.config().clone();
    database.keep();
    match server.keep().map_err(|error| unavailable(&error))? {
        Some(kept) => {
            let url = kept.tcp.with_database(&name).map_err(|error| unavailable(&error))?;
            console::result(format_args!(
                "\nThe server keeps running. Try:\n  \
                 psql '{0}' -c 'select resourcename, count(*) from dms.document group by 1'\n  \
                 laneway load --url '{0}' --schema FILE… FILE.ndjson…\n\
                 Stop it (this also removes its folder):\n  {1}",
                url.url(),
                kept.stop
            ));
        }
        None => {
            console::result(format_args!("\nThe {config} is kept. Drop it when you are done: DROP DATABASE {name}"))
        }
    }
    Ok(())
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::database(chain(error), "Set LANEWAY_DATABASE_URL to use a server that is running already.")
}
