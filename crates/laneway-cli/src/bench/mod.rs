//! Benchmarks: systems side by side on one server, each run on a fresh store, in rounds whose order rotates, so that what else
//! the machine does falls on all of them alike.

mod case;
mod cpu;
mod distance;
mod dotnet;
mod html;
mod machine;
mod memory;
mod observer;
mod parts;
mod report;
mod rewrite;
mod set;
mod variant;

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::try_join_all;
use laneway_embedded::{Database, Server};
use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::Isolation;
use laneway_postgres_tools::{Limit, LimitWriter, run_script};

use crate::console;
use crate::documents::Stamping;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::Interrupt;
use crate::load::{Failures, Load, LoadMode, Pace, Percentiles, Summary, Watch};
pub(crate) use case::{Case, Chosen, System, Workload};
use cpu::ServerCpu;
use distance::Distance;
use dotnet::{Program, Task};
use observer::Observer;
use parts::Parts;
pub(crate) use report::Report;
use report::{Figures, Line};
pub(crate) use set::Set;
pub(crate) use variant::Variant;

/// The databases of a benchmark.
const DATABASE: &str = "laneway_bench";
/// Callers of the load that makes the limit's rows, and what is loaded again.
const PREPARING_CALLERS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// A benchmark.
pub(crate) struct Bench {
    /// Where databases are made.
    pub(crate) server: Server,
    /// What knows the documents.
    pub(crate) plugins: Plugins,
    /// What the plugins were compiled from.
    pub(crate) schemas: Vec<PathBuf>,
    /// Statements that each store begins with, once it is deployed.
    pub(crate) store_script: Option<String>,
    /// The documents.
    pub(crate) sets: Vec<Set>,
    /// What is measured, those of one workload of the same documents together.
    pub(crate) cases: Vec<Case>,
    /// How often.
    pub(crate) rounds: NonZeroUsize,
    /// Into how many parts of its documents the time of a run is divided.
    pub(crate) parts: NonZeroUsize,
    /// Laneway's bounds, and those of its like.
    pub(crate) limits: Limits,
    /// The program that loads from .NET.
    pub(crate) dotnet: Option<PathBuf>,
    /// Resolves at Ctrl-C.
    pub(crate) interrupt: Interrupt,
}

/// The rows that a limit writes: of which documents, and how many of them a transaction.
type Rows = (usize, NonZeroUsize, Limit);

impl Bench {
    /// Runs all rounds; the exit code tells whether a document failed, or the run was interrupted.
    ///
    /// # Errors
    /// When the server cannot be used.
    pub(crate) async fn run(&self) -> Result<(Report, Exit), Failure> {
        let machine = machine::look(self.server.config()).await.map_err(|error| unusable(&error))?;
        let rows = self.rows().await?;
        let mut lines: Vec<Line> = self.cases.iter().map(|case| self.line(*case)).collect();
        let mut exit = Exit::Success;
        'rounds: for round in 0..self.rounds.get() {
            for step in 0..self.cases.len() {
                // Each is first once: what runs behind another finds the machine as that one left it.
                let at = (round + step) % self.cases.len();
                console::remark(format_args!("round {}: {}", round + 1, self.label(self.cases[at])));
                let Some(figures) = self.measure(self.cases[at], &rows, &lines).await? else {
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
        let documents = self.sets.iter().map(Set::loaded).collect();
        Ok((Report { machine, documents, lines }, exit))
    }

    fn line(&self, Case { documents, workload, system }: Case) -> Line {
        let Chosen { batch_items_max, lanes, round_trip } = system.chosen();
        Line {
            documents: self.sets[documents].name.clone(),
            workload: workload.name(),
            system: system.name(),
            callers: system.callers(),
            batch_items_max: batch_items_max.map(NonZeroUsize::get),
            lanes,
            round_trip_ms: round_trip.map(|round_trip| round_trip.as_secs_f64() * 1_000.0),
            share: system.share(),
            rounds: Vec::new(),
        }
    }

    fn label(&self, Case { documents, workload, system }: Case) -> String {
        let is_one = self.cases.iter().all(|case| (case.documents, case.workload) == (documents, workload));
        let group =
            if is_one { String::new() } else { format!("{}: {}: ", self.sets[documents].name, workload.name()) };
        group + &system.label()
    }

    /// One run; `None` when it was interrupted.
    async fn measure(&self, case: Case, rows: &[Rows], lines: &[Line]) -> Result<Option<Figures>, Failure> {
        match case.system {
            System::Submitted { mode, callers, .. } => self.submitted(case, mode, Pace::Callers(callers)).await,
            System::Paced(share) => {
                let Some(highest) = self.highest_rate(case, lines).await? else { return Ok(None) };
                let offered = highest * share;
                let figures = self.submitted(case, LoadMode::Batched, Pace::PerSecond(offered)).await?;
                Ok(figures.map(|figures| Figures { offered_per_second: Some(offered), ..figures }))
            }
            System::Dotnet(callers) => self.of_dotnet(case, callers).await,
            System::Limit(each) => {
                let rows = rows.iter().find(|(documents, of, _)| (*documents, *of) == (case.documents, each));
                match rows {
                    Some((_, _, rows)) => Ok(Some(self.limit(each, rows).await?)),
                    None => Ok(None),
                }
            }
        }
    }

    /// The highest median so far of what Laneway took of the same, with callers that keep it busy; where nothing has been measured
    /// yet, it is now. `None` when that was interrupted.
    async fn highest_rate(&self, case: Case, lines: &[Line]) -> Result<Option<f64>, Failure> {
        let is_same = |other: &&(&Case, &Line)| {
            let (other, line) = **other;
            (other.documents, other.workload) == (case.documents, case.workload)
                && other.system.is_saturated_laneway()
                && !line.rounds.is_empty()
        };
        let cases: Vec<_> = self.cases.iter().zip(lines).collect();
        let highest = cases.iter().filter(is_same).map(|(_, line)| line.rate()).max_by(f64::total_cmp);
        if highest.is_some() {
            return Ok(highest);
        }
        let pace = Pace::Callers(PREPARING_CALLERS);
        Ok(self.submitted(case, LoadMode::Batched, pace).await?.map(|figures| figures.docs_per_second))
    }

    /// The rows that each limit writes: those that Laneway leaves.
    async fn rows(&self) -> Result<Vec<Rows>, Failure> {
        let mut rows = Vec::new();
        for (documents, set) in self.sets.iter().enumerate() {
            let cases = self.cases.iter().filter(|case| case.documents == documents);
            let limits: Vec<_> = cases
                .filter_map(|case| if let System::Limit(each) = case.system { Some(each) } else { None })
                .collect();
            if limits.is_empty() {
                continue;
            }
            let database = self.store().await?;
            self.prepare(database.config(), set, Workload::File, Stamping::Stamped).await?;
            for each in limits {
                let read = Limit::read(database.config(), each.get()).await;
                rows.push((documents, each, read.map_err(|error| unusable(&error))?));
            }
        }
        Ok(rows)
    }

    /// A fresh store.
    async fn store(&self) -> Result<Database, Failure> {
        let database = self.server.create_database(DATABASE).await.map_err(|error| unusable(&error))?;
        laneway_postgres::deploy(database.config()).await.map_err(|error| unusable(&error))?;
        if let Some(script) = &self.store_script {
            let done = run_script(database.config(), script).await;
            done.map_err(|error| Failure::usage(format_args!("--store-script: {}", chain(&error)), "Mend the file."))?;
        }
        Ok(database)
    }

    /// A store as a workload finds it.
    async fn prepared_store(&self, set: &Set, workload: Workload) -> Result<Database, Failure> {
        let database = self.store().await?;
        if let Some(stamping) = workload.prepared() {
            self.prepare(database.config(), set, workload, stamping).await?;
        }
        self.settle().await;
        Ok(database)
    }

    /// Pages that others have dirtied should not be written meanwhile. A server that is not ours may refuse.
    async fn settle(&self) {
        let _ = run_script(self.server.config(), "CHECKPOINT").await;
    }

    /// Loads what is not measured.
    async fn prepare(&self, config: &Config, set: &Set, workload: Workload, stamping: Stamping) -> Result<(), Failure> {
        let pace = Pace::Callers(PREPARING_CALLERS);
        let order = workload.order(LoadMode::Batched);
        let load = self.load_of(set, LoadMode::Batched, pace, Arc::new(()));
        self.run_load(config, Load { order, bodies: stamping.into(), ..load }).await.map(drop)
    }

    fn load_of(&self, set: &Set, mode: LoadMode, pace: Pace, watch: Arc<dyn Watch>) -> Load {
        Load {
            inputs: set.inputs.clone(),
            bodies: Stamping::Stamped.into(),
            order: Workload::File.order(mode),
            pace,
            mode,
            limits: self.limits.clone(),
            isolation: Isolation::default(),
            plugins: self.plugins.clone(),
            failures: Failures::default(),
            interrupt: self.interrupt.clone(),
            watch,
        }
    }

    /// `None` when it was interrupted.
    async fn run_load(&self, config: &Config, load: Load) -> Result<Option<Summary>, Failure> {
        let end = load.run(config).await?;
        match end.broken_off {
            Some(failure) => Err(failure),
            None => Ok((!end.interrupted).then_some(end.summary)),
        }
    }

    async fn submitted(&self, case: Case, mode: LoadMode, pace: Pace) -> Result<Option<Figures>, Failure> {
        let Chosen { batch_items_max, lanes, round_trip } = case.system.chosen();
        let set = &self.sets[case.documents];
        let database = self.prepared_store(set, case.workload).await?;
        let observer = Arc::new(Observer::start(set.documents, self.parts, set.apart));
        let mut load = self.load_of(set, mode, pace, Arc::<Observer>::clone(&observer));
        load.order = case.workload.order(mode);
        load.limits.batch_items_max = batch_items_max.map_or(load.limits.batch_items_max, NonZeroUsize::get);
        load.limits.lanes = lanes.map_or(load.limits.lanes, usize::from);
        let distance = match round_trip {
            Some(round_trip) => Some(self.distance(&database, round_trip).await.map_err(|error| unusable(&error))?),
            None => None,
        };
        let config = distance.as_ref().map_or_else(|| database.config(), Distance::config);
        let clock = Clock::start(database.config()).await;
        let Some(summary) = self.run_load(config, load).await? else { return Ok(None) };
        let used = clock.stop(summary.documents);
        let is_laneway = mode == LoadMode::Batched;
        Ok(Some(Figures {
            docs_per_second: summary.docs_per_second,
            latency_ms: Some(summary.latency_ms),
            others_ms: observer.others_ms(),
            batch_mean: Some(summary.batch_mean),
            server_cpu_s: used.server,
            own_cpu_s: used.own,
            split_ms: summary.split_ms,
            parts_s: observer.parts_s(),
            memory: observer.memory().filter(|_| is_laneway),
            failed: summary.failed,
            ..Figures::default()
        }))
    }

    /// A way to a store on a server of our own.
    async fn distance(&self, database: &Database, round_trip: Duration) -> io::Result<Distance> {
        let config = self.server.tcp_config().with_database(database.name()).map_err(io::Error::other)?;
        Distance::to(&config, round_trip).await
    }

    /// The same documents from .NET, by a program that was started and has read them before.
    async fn of_dotnet(&self, case: Case, callers: NonZeroUsize) -> Result<Option<Figures>, Failure> {
        let Some(assembly) = &self.dotnet else { return Ok(None) };
        let set = &self.sets[case.documents];
        let database = self.prepared_store(set, case.workload).await?;
        let task = Task {
            config: database.config(),
            documents: &set.stamped().await?,
            schemas: &self.schemas,
            callers,
            batch_items_max: self.limits.batch_items_max,
        };
        let program = tokio::task::block_in_place(|| Program::start(assembly, &task))?;
        let clock = Clock::start(database.config()).await;
        let taken = tokio::task::block_in_place(|| program.load(assembly));
        if self.interrupt.clone().wait().now_or_never().is_some() {
            return Ok(None);
        }
        let taken = taken?;
        let each = |amount: f64| amount / taken.documents.max(1) as f64;
        Ok(Some(Figures {
            docs_per_second: taken.documents as f64 / taken.elapsed_s,
            latency_ms: Some(Percentiles { p50: taken.p50_ms, p95: taken.p95_ms, p99: taken.p99_ms }),
            batch_mean: Some(taken.batch_mean),
            server_cpu_s: clock.stop(taken.documents).server,
            own_cpu_s: each(taken.cpu_s * 1_000.0),
            allocated_bytes: Some(each(taken.allocated_bytes)),
            failed: taken.failed,
            ..Figures::default()
        }))
    }

    /// As many connections as the machine has cores, each with a store of its own, so that none waits for another.
    async fn limit(&self, each: NonZeroUsize, rows: &Limit) -> Result<Figures, Failure> {
        let cores = machine::cores();
        let databases = try_join_all((0..cores).map(|_| self.store())).await?;
        self.settle().await;
        let writers = try_join_all(databases.iter().map(|database| LimitWriter::open(database.config()))).await;
        let writers = writers.map_err(|error| unusable(&error))?;
        let documents = rows.documents() * cores;
        let clock = Clock::start(databases[0].config()).await;
        let parts = Parts::start(documents, self.parts);
        let begun = Instant::now();
        let writes = try_join_all(writers.iter().map(|writer| rows.write(writer, |documents| parts.add(documents))));
        writes.await.map_err(|error| unusable(&error))?;
        let elapsed = begun.elapsed().as_secs_f64();
        let used = clock.stop(documents as u64);
        Ok(Figures {
            docs_per_second: documents as f64 / elapsed,
            batch_mean: Some(each.get() as f64),
            server_cpu_s: used.server,
            own_cpu_s: used.own,
            parts_s: parts.times().iter().map(Duration::as_secs_f64).collect(),
            ..Figures::default()
        })
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
