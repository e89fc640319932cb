//! Loading: one driver submits documents in order, a bounded number of them unsettled at a time, and counts their
//! outcomes. Knows outcomes and times; only its engines know how a document is written.

mod baseline;
mod driver;
mod failures;
mod laneway;
mod latency;
mod lost;
mod needs;
mod pace;
mod progress;
mod rounds;
mod savepoints;
mod split;
mod summary;
mod tally;
mod versions;
mod watch;

use std::num::NonZeroUsize;
use std::sync::Arc;

use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::Isolation;

use crate::documents::{Bodies, Index, Inputs, Reader, order};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use driver::{Engine, LoadDriver};
use progress::Progress;

/// All lines, and the order in which they are submitted.
type Listed = (Arc<Index>, Vec<u32>);

pub(crate) use failures::Failures;
pub(crate) use latency::{Latencies, Percentiles};
pub(crate) use pace::Pace;
pub(crate) use split::Split;
pub(crate) use summary::{Summary, grouped};
pub(crate) use watch::Watch;

/// How documents are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LoadMode {
    /// Laneway.
    Batched,
    /// Laneway with batching switched off.
    Single,
    /// The statements that the DMS sends, without Laneway: the baseline.
    Baseline,
    /// Those statements, many documents a transaction, each behind a savepoint.
    Savepoints,
}

/// In which order documents are submitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// The files'.
    File,
    /// Each document directly after the last one that it needs.
    Dependent,
    /// The files', and what was refused for a missing reference again.
    Retried,
    /// At random, and what was refused for a missing reference again.
    Shuffled {
        /// The same seed gives the same order.
        seed: u64,
    },
}

/// What is loaded, and how.
pub(crate) struct Load {
    /// The documents.
    pub(crate) inputs: Inputs,
    /// What is done to them before they are submitted.
    pub(crate) bodies: Bodies,
    /// Their order.
    pub(crate) order: Order,
    /// When each is submitted.
    pub(crate) pace: Pace,
    /// How they are written.
    pub(crate) mode: LoadMode,
    /// The runtime's bounds.
    pub(crate) limits: Limits,
    /// How Laneway's transactions are isolated.
    pub(crate) isolation: Isolation,
    /// What knows the documents.
    pub(crate) plugins: Plugins,
    /// Where failures go.
    pub(crate) failures: Failures,
    /// Resolves at Ctrl-C.
    pub(crate) interrupt: Interrupt,
    /// Who follows how documents end.
    pub(crate) watch: Arc<dyn Watch>,
}

/// How a load ended.
pub(crate) struct End {
    /// The counts.
    pub(crate) summary: Summary,
    /// The failures, with their file still open.
    pub(crate) failures: Failures,
    /// Whether it was interrupted; everything submitted before has settled.
    pub(crate) interrupted: bool,
    /// Why the load ended early, if an input or the database failed.
    pub(crate) broken_off: Option<Failure>,
}

impl Load {
    /// Loads into the store.
    ///
    /// # Errors
    /// When the database cannot be reached or is not a store, or the order cannot be worked out; nothing was loaded
    /// then.
    pub(crate) async fn run(self, config: &Config) -> Result<End, Failure> {
        match self.mode {
            LoadMode::Batched | LoadMode::Single => {
                let limits = Limits { batching: self.mode == LoadMode::Batched, ..self.limits.clone() };
                let opening = laneway::Laneway::open(config, self.plugins.clone(), limits, self.isolation);
                let mut engine = self.opened(opening).await?;
                let end = self.run_with(config, &mut engine).await;
                engine.close().await;
                end
            }
            LoadMode::Baseline => {
                let opening = baseline::BaselineEngine::open(config, self.plugins.clone(), self.connections());
                let mut engine = self.opened(opening).await?;
                self.run_with(config, &mut engine).await
            }
            LoadMode::Savepoints => {
                let opening = savepoints::Savepoints::open(config, self.plugins.clone(), &self.limits);
                let mut engine = self.opened(opening).await?;
                self.run_with(config, &mut engine).await
            }
        }
    }

    /// What opens, unless Ctrl-C comes first: a server that is silent keeps it waiting.
    async fn opened<T>(&self, opening: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut interrupt = self.interrupt.clone();
        tokio::select! {
            opened = opening => opened,
            () = interrupt.wait() => Err(Failure::interrupted("interrupted while the store was opened", "Nothing was loaded.")),
        }
    }

    /// Of the baseline: its callers have one each.
    fn connections(&self) -> NonZeroUsize {
        match self.pace {
            Pace::Callers(callers) => callers,
            // As many as Laneway uses; others wait for one.
            Pace::PerSecond(_) => NonZeroUsize::new(self.limits.flushes_concurrent_max).unwrap_or(NonZeroUsize::MIN),
        }
    }

    async fn run_with(self, config: &Config, engine: &mut impl Engine) -> Result<End, Failure> {
        let listed = self.listed()?;
        let bytes = listed.as_ref().map_or(self.inputs.bytes, |(index, _)| Some(index.bytes()));
        let mut driver =
            LoadDriver::new(self.pace, self.failures, Progress::new(bytes), self.interrupt).watched(self.watch);
        let keeps_order = !matches!(self.order, Order::Shuffled { .. });
        if !keeps_order {
            driver = driver.without_versions();
        }
        match (listed, self.order) {
            (Some((index, order)), Order::Shuffled { .. } | Order::Retried) => {
                rounds::run(&mut driver, engine, &index, order, keeps_order, &self.bodies).await;
            }
            (Some((index, order)), _) => {
                let reader = Reader::start_listed(index, order, &self.bodies);
                driver.run(reader, engine, &mut |_, _| false).await;
            }
            (None, _) => {
                let reader = Reader::start(self.inputs, &self.bodies);
                driver.run(reader, engine, &mut |_, _| false).await;
            }
        }
        driver.progress.finish();
        let summary = driver.summary(engine.effort());
        let LoadDriver { failures, interrupted, unread, lost, .. } = driver;
        let unread = unread.map(|error| {
            Failure::usage(error, "The documents before it were loaded. Correct the file, then load it again.")
        });
        Ok(End { summary, failures, interrupted, broken_off: unread.or(lost.map(|lost| lost.failure(config))) })
    }

    /// The lines in another order than the files'.
    fn listed(&self) -> Result<Option<Listed>, Failure> {
        if self.order == Order::File {
            return Ok(None);
        }
        // Reading and extracting everything takes its time; others' tasks go elsewhere meanwhile.
        tokio::task::block_in_place(|| {
            let index = Index::of(&self.inputs)?;
            let order = match self.order {
                Order::File => return Ok(None),
                Order::Retried => order::of_files(index.len()),
                Order::Shuffled { seed } => order::shuffled(index.len(), seed),
                Order::Dependent => {
                    order::dependent(&needs::needs(&index, &self.plugins, &self.bodies).map_err(|error| {
                        Failure::usage(
                            format_args!("cannot read the documents: {error}"),
                            "Nothing was loaded. Check the files.",
                        )
                    })?)
                }
            };
            Ok(Some((Arc::new(index), order)))
        })
    }
}
