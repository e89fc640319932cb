//! Benchmarks: systems side by side on one server, each run on a fresh store, in rounds whose order rotates, so that what else
//! the machine does falls on all of them alike.

mod cpu;
mod report;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use laneway_embedded::{Database, Server};
use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres_tools::{Limit, run_script};

use crate::console;
use crate::documents::{Inputs, Stamping};
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::Interrupt;
use crate::load::{Failures, Load, LoadMode, Order, Summary};
use crate::store;
use cpu::ServerCpu;
pub(crate) use report::Report;
use report::{Figures, Line};

/// The databases of a benchmark.
const DATABASE: &str = "laneway_bench";
/// Callers of the load that makes the limit's rows, and what is loaded again.
const PREPARING_CALLERS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum System {
    /// What writes documents that are submitted one by one, and how many callers submit them.
    Submitted(LoadMode, NonZeroUsize),
    /// The rows alone, so many documents a transaction.
    Limit(NonZeroUsize),
}

/// What is loaded, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Workload {
    /// New documents, in the order of the files.
    File,
    /// New documents in random order, refused ones again.
    Shuffled,
    /// Documents that are stored, unchanged.
    Equal,
    /// Documents that are stored with other bodies.
    Changed,
}

impl Workload {
    fn name(self) -> &'static str {
        match self {
            Self::File => "new documents, in the order of the files",
            Self::Shuffled => "new documents, in random order",
            Self::Equal => "stored documents, unchanged",
            Self::Changed => "stored documents with other bodies",
        }
    }

    /// How the documents that are there before are stamped.
    fn prepared(self) -> Option<Stamping> {
        match self {
            Self::File | Self::Shuffled => None,
            Self::Equal => Some(Stamping::Stamped),
            // Without `_etag`, so that each body is another.
            Self::Changed => Some(Stamping::Raw),
        }
    }

    fn order(self, mode: LoadMode) -> Order {
        match (self, mode) {
            (Self::Shuffled, _) => Order::Shuffled { seed: 1 },
            // What Laneway lets wait, the others refuse; a caller submits it again.
            (_, LoadMode::Baseline | LoadMode::Savepoints) => Order::Retried,
            _ => Order::File,
        }
    }
}

/// A benchmark.
pub(crate) struct Bench {
    /// Where databases are made.
    pub(crate) server: Server,
    /// What knows the documents.
    pub(crate) plugins: Plugins,
    /// The documents.
    pub(crate) documents: Inputs,
    /// What is loaded.
    pub(crate) workload: Workload,
    /// What is measured.
    pub(crate) systems: Vec<System>,
    /// How often.
    pub(crate) rounds: NonZeroUsize,
    /// Laneway's bounds, and those of its like.
    pub(crate) limits: Limits,
    /// Resolves at Ctrl-C.
    pub(crate) interrupt: Interrupt,
}

impl Bench {
    /// Runs all rounds; the exit code tells whether a document failed, or the run was interrupted.
    ///
    /// # Errors
    /// When the server cannot be used.
    pub(crate) async fn run(&self) -> Result<(Report, Exit), Failure> {
        let rows = self.rows().await?;
        let line = |system: &System| Line { system: system.name(), callers: system.callers(), rounds: Vec::new() };
        let mut lines: Vec<Line> = self.systems.iter().map(line).collect();
        let mut exit = Exit::Success;
        'rounds: for round in 0..self.rounds.get() {
            for step in 0..self.systems.len() {
                // Each is first once: what runs behind another finds the machine as that one left it.
                let at = (round + step) % self.systems.len();
                console::remark(format_args!("round {}: {}", round + 1, self.systems[at].label()));
                let limit = rows.iter().find(|(each, _)| self.systems[at] == System::Limit(*each));
                let figures = match (self.systems[at], limit) {
                    (System::Submitted(mode, callers), _) => self.submitted(mode, callers).await?,
                    (System::Limit(each), Some((_, rows))) => Some(self.limit(each, rows).await?),
                    (System::Limit(_), None) => None,
                };
                let Some(figures) = figures else {
                    exit = Exit::Interrupted;
                    break 'rounds;
                };
                if figures.failed > 0 {
                    exit = exit.worse(Exit::SomeFailed);
                }
                lines[at].rounds.push(figures);
            }
        }
        lines.retain(|line| !line.rounds.is_empty());
        Ok((Report { workload: self.workload.name(), lines }, exit))
    }

    /// The rows that each limit writes: those that Laneway leaves.
    async fn rows(&self) -> Result<Vec<(NonZeroUsize, Limit)>, Failure> {
        let limits =
            self.systems.iter().filter_map(|system| if let System::Limit(each) = system { Some(*each) } else { None });
        let limits: Vec<NonZeroUsize> = limits.collect();
        let mut rows = Vec::new();
        if limits.is_empty() {
            return Ok(rows);
        }
        let database = self.store().await?;
        self.load(database.config(), LoadMode::Batched, PREPARING_CALLERS, Stamping::Stamped).await?;
        for each in limits {
            rows.push((each, Limit::read(database.config(), each.get()).await.map_err(|error| unusable(&error))?));
        }
        Ok(rows)
    }

    /// A fresh store.
    async fn store(&self) -> Result<Database, Failure> {
        let database = self.server.create_database(DATABASE).await.map_err(|error| unusable(&error))?;
        store::deploy(database.config()).await?;
        Ok(database)
    }

    /// Pages that others have dirtied should not be written meanwhile. A server that is not ours may refuse.
    async fn settle(&self) {
        let _ = run_script(self.server.config(), "CHECKPOINT").await;
    }

    /// `None` when it was interrupted.
    async fn load(
        &self,
        config: &Config,
        mode: LoadMode,
        callers: NonZeroUsize,
        stamping: Stamping,
    ) -> Result<Option<Summary>, Failure> {
        let load = Load {
            inputs: self.documents.clone(),
            bodies: stamping.into(),
            order: self.workload.order(mode),
            concurrency: callers,
            mode,
            limits: self.limits.clone(),
            plugins: self.plugins.clone(),
            failures: Failures::default(),
            interrupt: self.interrupt.clone(),
        };
        let end = load.run(config).await?;
        match end.broken_off {
            Some(failure) => Err(failure),
            None => Ok((!end.interrupted).then_some(end.summary)),
        }
    }

    async fn submitted(&self, mode: LoadMode, callers: NonZeroUsize) -> Result<Option<Figures>, Failure> {
        let database = self.store().await?;
        if let Some(stamping) = self.workload.prepared() {
            self.load(database.config(), LoadMode::Batched, PREPARING_CALLERS, stamping).await?;
        }
        self.settle().await;
        let clock = Clock::start(database.config()).await;
        let Some(summary) = self.load(database.config(), mode, callers, Stamping::Stamped).await? else {
            return Ok(None);
        };
        let used = clock.stop(summary.documents);
        Ok(Some(Figures {
            docs_per_second: summary.docs_per_second,
            p50_ms: Some(summary.latency_ms.p50),
            p99_ms: Some(summary.latency_ms.p99),
            batch_mean: summary.batch_mean,
            server_cpu_s: used.server,
            own_cpu_s: used.own,
            failed: summary.failed,
        }))
    }

    /// As many connections as the machine has cores, each with a store of its own, so that none waits for another.
    async fn limit(&self, each: NonZeroUsize, rows: &Limit) -> Result<Figures, Failure> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let databases = try_join_all((0..cores).map(|_| self.store())).await?;
        self.settle().await;
        let clock = Clock::start(databases[0].config()).await;
        let begun = Instant::now();
        let writes = try_join_all(databases.iter().map(|database| rows.write(database.config())));
        writes.await.map_err(|error| unusable(&error))?;
        let elapsed = begun.elapsed().as_secs_f64();
        let documents = rows.documents() * cores;
        let used = clock.stop(documents as u64);
        Ok(Figures {
            docs_per_second: documents as f64 / elapsed,
            p50_ms: None,
            p99_ms: None,
            batch_mean: each.get() as f64,
            server_cpu_s: used.server,
            own_cpu_s: used.own,
            failed: 0,
        })
    }
}

impl System {
    fn name(&self) -> String {
        match self {
            Self::Submitted(LoadMode::Batched, _) => "laneway".to_owned(),
            Self::Submitted(LoadMode::Single, _) => "single".to_owned(),
            Self::Submitted(LoadMode::Baseline, _) => "baseline".to_owned(),
            Self::Submitted(LoadMode::Savepoints, _) => "savepoints".to_owned(),
            Self::Limit(each) => format!("limit({each})"),
        }
    }

    fn callers(&self) -> Option<usize> {
        if let Self::Submitted(_, callers) = self { Some(callers.get()) } else { None }
    }

    fn label(&self) -> String {
        self.callers().map_or_else(|| self.name(), |callers| format!("{}, {callers} callers", self.name()))
    }
}

/// Processor time from its start on.
struct Clock {
    server: Option<(ServerCpu, Duration)>,
    own: Duration,
}

/// Seconds for 1,000 documents.
struct Used {
    server: Option<f64>,
    own: f64,
}

impl Clock {
    async fn start(config: &Config) -> Self {
        let server = ServerCpu::of(config).await.map(|server| (server, server.used()));
        Self { server, own: cpu::own() }
    }

    fn stop(self, documents: u64) -> Used {
        let share = |used: Duration| used.as_secs_f64() * 1_000.0 / documents.max(1) as f64;
        Used {
            server: self.server.map(|(server, before)| share(server.used().saturating_sub(before))),
            own: share(cpu::own().saturating_sub(self.own)),
        }
    }
}

fn unusable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::database(chain(error), "Name another server with --url, or leave it out for a temporary one.")
}
