//! Generated worlds, many in one store: each runs in batches (through the executor, cut at random, or through the runtime), on
//! the model in memory, and by the single path, both in the order that was reported; outcomes and tables are compared.
//! A world that differs is run again by itself and made smaller.

mod batched;
mod candidate;
mod content;
mod documents;
mod hosted;
mod in_flight;
mod order;
mod ran;
mod reported;
mod serial;
pub mod shrink;
mod side;
mod world;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use laneway_core::{Executor, FaultPoint, Runtime};
use laneway_memory::MemoryStore;
use laneway_plugin::Plugins;
use laneway_replay::{Case, Prepared, Schemas, StepOutcome, prepare};

use candidate::Candidate;
use ran::{Modelled, Ran, modelled};
use reported::Reported;
pub use side::{InPostgres, Side};
pub use world::{described, world};

/// Worlds of one round: they share the store, and begin on empty tables.
pub const ROUND: u64 = 25;
/// How many worlds run beside each other where they are not handed to one runtime.
const BESIDE_MAX: usize = 4;
/// The most differences that are shown of one world.
const SHOWN_MAX: usize = 12;

/// A store for batches, one for the single path, and what worlds run with.
pub struct Bench<S> {
    batched: S,
    /// In memory the model alone is compared with.
    serial: Option<InPostgres>,
    plugins: Plugins,
    skipped: Option<FaultPoint>,
}

/// What was run, and what was found.
#[derive(Default, Debug)]
pub struct Report {
    /// Worlds run.
    pub worlds: u64,
    /// Upserts and deletes among their steps.
    pub operations: usize,
    /// Units of several operations that refer to each other.
    pub circles: usize,
    /// Operations that were not stored.
    pub refused: usize,
    /// Those that differ.
    pub findings: Vec<Finding>,
}

/// A world that differs.
#[derive(Debug)]
pub struct Finding {
    /// Its number.
    pub seed: u64,
    /// How it differs.
    pub differences: String,
}

impl Bench<InPostgres> {
    /// Two empty stores. `None`, after saying so, where there is no server.
    ///
    /// # Panics
    /// When they cannot be built.
    pub async fn in_postgres() -> Option<Self> {
        Some(Self {
            batched: InPostgres::open().await?,
            serial: InPostgres::open().await,
            plugins: plugins(),
            skipped: None,
        })
    }
}

impl Bench<MemoryStore> {
    /// An empty store in memory.
    ///
    /// # Panics
    /// When the schema of worlds does not compile.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { batched: MemoryStore::default(), serial: None, plugins: plugins(), skipped: None }
    }
}

fn plugins() -> Plugins {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/worlds");
    Schemas::new(folder).plugins(&["worlds".to_owned()]).expect("the schema of worlds")
}

impl<S: Side> Bench<S> {
    /// Skips a step of every flush from now on, but for those of the single path.
    pub fn skip(&mut self, step: Option<FaultPoint>) {
        self.skipped = step;
    }

    /// Runs the worlds of these numbers, a round at a time, up to the first round in which one differs.
    pub async fn worlds(&self, seeds: Range<u64>) -> Report {
        let mut report = Report::default();
        let mut next = seeds.start;
        while next < seeds.end && report.findings.is_empty() {
            // Rounds begin at multiples, so that a world runs by itself as it runs among others.
            let end = (next - next % ROUND + ROUND).min(seeds.end);
            let cases: Vec<(u64, Case)> = (next..end).map(|seed| (seed, world(seed))).collect();
            self.round(&cases, &mut report).await;
            next = end;
        }
        report
    }

    /// Runs worlds on empty tables.
    async fn round(&self, cases: &[(u64, Case)], report: &mut Report) {
        self.batched.empty().await;
        if let Some(serial) = &self.serial {
            serial.empty().await;
        }
        let prepared: Vec<(u64, Vec<Prepared>)> =
            cases.iter().map(|(seed, case)| (*seed, prepare(case, &self.plugins))).collect();
        let is_hosted = cases.first().is_some_and(|(seed, _)| (seed / ROUND) % 2 == 1);
        let ran = if is_hosted { self.hosted(&prepared).await } else { self.batched(&prepared).await };
        let mut candidates = Vec::with_capacity(cases.len());
        for ((seed, steps), (ran, modelled)) in prepared.into_iter().zip(ran) {
            candidates.push(Candidate { seed, serial: Ran::of(&steps), steps, ran, modelled });
        }
        self.serially(&mut candidates).await;
        report.worlds += candidates.len() as u64;
        for candidate in &candidates {
            report.operations += candidate.ran.units.iter().map(Vec::len).sum::<usize>();
            report.circles += candidate.ran.units.iter().filter(|unit| unit.len() > 1).count();
            let is_refused =
                |outcome: &&StepOutcome| !matches!(outcome, StepOutcome::Inserted { .. } | StepOutcome::Updated { .. });
            report.refused += candidate.ran.outcomes.iter().flatten().filter(is_refused).count();
        }
        report.findings.extend(self.differing(&candidates).await);
    }

    fn executor(&self) -> Executor<S::Store> {
        let mut executor = Executor::new(self.batched.store());
        executor.skip(self.skipped);
        executor
    }

    async fn batched(&self, worlds: &[(u64, Vec<Prepared>)]) -> Vec<(Ran, Modelled)> {
        let executor = &self.executor();
        let runs = worlds.iter().map(async |(seed, steps)| {
            let ran = batched::run(steps, *seed, executor, &self.batched).await;
            let modelled = modelled(steps, &ran.units, |_, _| Vec::new());
            (ran, modelled)
        });
        iter(runs).buffered(BESIDE_MAX).collect().await
    }

    async fn hosted(&self, worlds: &[(u64, Vec<Prepared>)]) -> Vec<(Ran, Modelled)> {
        let limits = hosted::limits(worlds.first().map_or(0, |(seed, _)| seed / ROUND));
        let runtime = Runtime::start(self.executor(), Arc::new(self.plugins.clone()), limits).expect("threads");
        let clock = AtomicU64::new(0);
        let runs = worlds.iter().map(|(seed, steps)| hosted::run(steps, *seed, &runtime, &clock));
        let hosted = join_all(runs).await;
        runtime.close().await;
        hosted.into_iter().zip(worlds).map(|(handed, (_, steps))| Reported::new(steps, handed).judged()).collect()
    }

    async fn serially(&self, candidates: &mut [Candidate]) {
        let Some(side) = &self.serial else { return };
        let executor = &Executor::new(side.store());
        let runs = candidates.iter_mut().map(async |candidate| {
            let Candidate { steps, ran, modelled, .. } = &*candidate;
            let serial = serial::run(steps, &ran.units, modelled, executor, &side.scratch).await;
            candidate.serial = serial;
        });
        iter(runs).buffer_unordered(BESIDE_MAX).collect::<Vec<()>>().await;
    }

    /// Which worlds differ, and how.
    async fn differing(&self, candidates: &[Candidate]) -> Vec<Finding> {
        let mut texts: Vec<Vec<String>> = candidates.iter().map(|candidate| candidate.ran.illegal.clone()).collect();
        for (candidate, texts) in candidates.iter().zip(&mut texts) {
            let expected = &candidate.modelled.outcomes;
            let mut runs = vec![("in batches", &candidate.ran)];
            runs.extend(self.serial.as_ref().map(|_| ("by the single path", &candidate.serial)));
            for (name, ran) in runs {
                for (step, (expected, observed)) in expected.iter().zip(&ran.outcomes).enumerate() {
                    if expected != observed && !ran.explained.contains(&step) {
                        texts.push(format!("step {} {name}: {observed:?}\n    the model: {expected:?}", step + 1));
                    }
                }
            }
        }
        let owners = content::Owners::of(candidates);
        let expected = content::of_models(candidates);
        let mut contents = vec![("in batches", self.batched.content().await)];
        if let Some(serial) = &self.serial {
            contents.push(("by the single path", serial.content().await));
        }
        for (name, content) in contents {
            for (line, expects) in content::differences(&expected, &content) {
                let sign = if expects { "only the model has" } else { "the model has not" };
                texts[owners.candidate(&line)].push(format!("{name}, {sign}: {line}"));
            }
        }
        let finding = |(candidate, mut texts): (&Candidate, Vec<String>)| {
            let further = texts.len().saturating_sub(SHOWN_MAX);
            texts.truncate(SHOWN_MAX);
            if further > 0 {
                texts.push(format!("and {further} more"));
            }
            Finding { seed: candidate.seed, differences: texts.join("\n") }
        };
        candidates.iter().zip(texts).filter(|(_, texts)| !texts.is_empty()).map(finding).collect()
    }
}
