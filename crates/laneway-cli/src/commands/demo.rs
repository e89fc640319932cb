//! `laneway demo`: the whole way on a throw-away PostgreSQL, and proof that nothing was lost on it.

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
use crate::load::{Summary, Way, grouped};
use crate::plugins;
use crate::store::{self, Versions};

/// Connections that a server of our own has room for beside those of `--baseline`'s callers.
const CONNECTIONS_SPARE: u32 = 64;

/// Starts a throw-away PostgreSQL, makes it a store, compiles plugins from a schema, loads documents, and shows what
/// became of them. LANEWAY_DATABASE_URL, when it is set, names a server to use instead; databases of the demo's own
/// are made there and dropped.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A data set: DIR/schemas, DIR/documents, and what the store should hold when DIR/expected-store.json is there.
    /// Without it, one is generated.
    #[arg(long, value_name = "DIR", conflicts_with = "Shape")]
    data: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Generated data")]
    shape: Shape,
    #[command(flatten)]
    options: Options,
    /// Load everything a second time: all must be updated and no row of `Document` written.
    #[arg(long, conflicts_with = "raw_body")]
    again: bool,
    /// Load with --baseline too, first and into a database of its own (what was refused for a missing reference is handed
    /// in again), and tell how many times faster Laneway is.
    #[arg(long, conflicts_with_all = ["baseline", "single", "again"])]
    compare: bool,
    /// Run the SQL of FILE in the empty database before it is made a store: tables that somebody else made.
    #[arg(long, value_name = "FILE")]
    prepare: Option<PathBuf>,
    /// Leave the server and the database up, and tell where they are.
    #[arg(long)]
    keep: bool,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let data = match &self.data {
            Some(folder) => DataSet::find(folder)?,
            None => DataSet::generate(&self.shape)?,
        };
        let demo = Demo { plugins: self.compile(&data)?, data, interrupt: Interrupt::listen(), args: self };
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
        self.say(format_args!(
            "plugins      {count} bundled from the schema, one a project, in {seconds:.1} s, ready in {ready:.1} s"
        ));
        Ok(loaded)
    }

    /// Tells what happens: on standard output, unless that is a program's.
    fn say(&self, text: impl std::fmt::Display) {
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
        self.args.say(format_args!(
            "server       {}{}",
            server.config(),
            if server.is_own() { ", ours for this run" } else { "" }
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
                .map_err(|error| Failure::database(chain(&error), format_args!("Mend {}.", file.display())))?;
        }
        let deployed = store::deploy(database.config()).await?;
        self.args.say(format_args!("store        {}: {deployed}", database.name()));
        Ok(database)
    }

    /// Loads the way the DMS writes today, into a database that is dropped afterwards.
    async fn baseline(&self, server: &Server) -> Result<Summary, Failure> {
        let database = self.database(server).await?;
        self.args.say("\nThe baseline: what the DMS sends today");
        // Without Laneway a document that comes before what it refers to is refused; a caller hands it in again.
        let ended = self.load(&self.args.options.retried(), Way::Baseline, database.config()).await?;
        self.args.say(&ended.summary);
        let summary = ended.summary.clone();
        ended.exit()?;
        // What the baseline left to be written should not be written during the other half. A server that is not
        // ours may refuse.
        let _ = run_script(server.config(), "CHECKPOINT").await;
        Ok(summary)
    }

    async fn load(&self, options: &Options, way: Way, config: &Config) -> Result<Ended, Failure> {
        options.load(way, config, self.plugins.clone(), self.data.documents.clone(), self.interrupt.clone()).await
    }

    /// Loads and shows what became of it.
    async fn show(&self, database: &Database, baseline: Option<Summary>) -> Result<Exit, Failure> {
        let config = database.config();
        let mut report = Report::default();
        self.args.say("\nLaneway");
        let ended = self.load(&self.args.options, self.args.options.way.way(), config).await?;
        self.args.say(&ended.summary);
        report.add(ended.summary.json());
        if let Some(baseline) = baseline {
            let ratio = ended.summary.docs_per_second / baseline.docs_per_second;
            self.args.say(format_args!("ratio        {ratio:.1} times the baseline's documents a second"));
            report.add(json!({"baseline": baseline.json(), "ratio": ratio}));
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
            console::result(report.object());
        } else if exit != Exit::Interrupted {
            store::print_samples(config).await?;
        }
        Ok(exit)
    }

    /// Compares the store with what it should hold, where that is known.
    async fn compared(&self, config: &Config, summary: &Summary, report: &mut Report) -> Result<Exit, Failure> {
        let Some(expected) = &self.data.expected else { return Ok(Exit::Success) };
        let mut verdict = expected.compare(config, self.args.options.is_serial_run()).await?;
        verdict.differences.extend(expected.compare_outcomes(summary));
        let equal = verdict.differences.is_empty();
        report.add(json!({"store": {
            "equal": equal,
            "tables": verdict.compared,
            "staff_arrays_judged": verdict.judged,
            "differences": verdict.differences,
        }}));
        if equal {
            let permitted = verdict
                .judged
                .map_or_else(String::new, |_| "; arrays of staff are such as the order of writing leaves".to_owned());
            self.args.say(format_args!(
                "store        equal to the recorded one in all {} tables{permitted}",
                verdict.compared
            ));
            return Ok(Exit::Success);
        }
        self.args.say("store        differs from the recorded one:");
        verdict.differences.iter().for_each(|difference| self.args.say(format_args!("             {difference}")));
        Ok(Exit::SomeFailed)
    }

    /// Loads the same once more: nothing may be written.
    async fn second_load(&self, config: &Config, report: &mut Report) -> Result<Exit, Failure> {
        self.args.say("\nThe same once more");
        let before = Versions::read(config).await?;
        let ended = self.load(&self.args.options, self.args.options.way.way(), config).await?;
        self.args.say(&ended.summary);
        let unchanged = before == Versions::read(config).await?;
        self.args.say(if unchanged {
            format!("store        unchanged: no new version of any of the {} rows of Document", grouped(before.rows()))
        } else {
            "store        CHANGED: rows of Document were written although nothing new was handed over".to_owned()
        });
        let mut again = ended.summary.json();
        again["unchanged"] = unchanged.into();
        report.add(json!({"again": again}));
        let all_updated = ended.summary.updated == ended.summary.documents;
        let exit = ended.exit()?;
        Ok(if unchanged && all_updated { exit } else { exit.worse(Exit::SomeFailed) })
    }
}

/// The object that `--json` ends with: a load's summary and what the demo found beside it.
#[derive(Default)]
struct Report(serde_json::Map<String, Json>);

impl Report {
    fn add(&mut self, object: Json) {
        if let Json::Object(members) = object {
            self.0.extend(members);
        }
    }

    fn object(self) -> Json {
        Json::Object(self.0)
    }
}

/// Leaves server and database up and says where.
fn keep(server: Server, database: Database) -> Result<(), Failure> {
    let name = database.name().to_owned();
    let config = database.config().clone();
    database.keep();
    match server.keep().map_err(|error| unavailable(&error))? {
        Some(kept) => {
            let url = kept.tcp.with_database(&name).map_err(|error| unavailable(&error))?;
            console::result(format_args!(
                "\nThe server stays up. Try:\n  \
                 psql '{0}' -c 'select resourcename, count(*) from dms.document group by 1'\n  \
                 laneway load --url '{0}' --schema FILE… FILE.ndjson…\n\
                 Stop it, and its folder goes too:\n  {1}",
                url.url(),
                kept.stop
            ));
        }
        None => console::result(format_args!("\nThe {config} stays. Drop it when you are done: DROP DATABASE {name}")),
    }
    Ok(())
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::database(chain(error), "LANEWAY_DATABASE_URL names a server to use instead of one of our own.")
}
