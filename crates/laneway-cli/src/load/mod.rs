//! Loading: one dispatcher hands documents over in order, so many of them unsettled at a time, and counts what
//! becomes of them. Knows outcomes and times; how a document is written, its engines know.

mod baseline;
mod dispatch;
mod failures;
mod laneway;
mod latency;
mod needs;
mod progress;
mod rounds;
mod summary;
mod tally;

use std::num::NonZeroUsize;
use std::sync::Arc;

use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;

use crate::documents::{Index, Inputs, ReadError, Reader, Stamping, order};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use dispatch::{Dispatcher, Engine};
use progress::Progress;
use tally::Tally;

/// All lines, and the order in which they are handed over.
type Listed = (Arc<Index>, Vec<u32>);

pub(crate) use dispatch::Lost;
pub(crate) use failures::Failures;
pub(crate) use summary::{Summary, grouped};

/// Which way documents are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Laneway.
    Batched,
    /// Laneway with batching switched off.
    Single,
    /// What the DMS sends, without Laneway.
    Baseline,
}

/// In which order documents are handed over.
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
    /// Whether they are stamped.
    pub(crate) stamping: Stamping,
    /// Their order.
    pub(crate) order: Order,
    /// The most documents unsettled at a time: as many callers as that.
    pub(crate) concurrency: NonZeroUsize,
    /// The way they are written.
    pub(crate) way: Way,
    /// The runtime's bounds.
    pub(crate) limits: Limits,
    /// What knows the documents.
    pub(crate) plugins: Plugins,
    /// Where failures go.
    pub(crate) failures: Failures,
    /// Tells of Ctrl-C.
    pub(crate) interrupt: Interrupt,
}

/// How a load ended.
pub(crate) struct End {
    /// What it came to.
    pub(crate) summary: Summary,
    /// The failures, with their file still open.
    pub(crate) failures: Failures,
    /// Whether it was interrupted; everything handed over before has settled.
    pub(crate) interrupted: bool,
    /// The input that broke off, if one did.
    pub(crate) unread: Option<ReadError>,
    /// Why the load ended early, if the database was of no use any more.
    pub(crate) lost: Option<Lost>,
}

impl Load {
    /// Loads into the store.
    ///
    /// # Errors
    /// When the database cannot be reached or is not a store, or the order cannot be worked out; nothing was loaded
    /// then.
    pub(crate) async fn run(self, config: &Config) -> Result<End, Failure> {
        match self.way {
            Way::Batched | Way::Single => {
                let limits = Limits { batching: self.way == Way::Batched, ..self.limits.clone() };
                let mut engine = laneway::Laneway::open(config, self.plugins.clone(), limits).await?;
                let end = self.run_with(&mut engine).await;
                engine.close().await;
                end
            }
            Way::Baseline => {
                let mut engine = baseline::BaselineEngine::open(config, self.plugins.clone(), self.concurrency).await?;
                self.run_with(&mut engine).await
            }
        }
    }

    async fn run_with(self, engine: &mut impl Engine) -> Result<End, Failure> {
        let listed = self.listed()?;
        let mut dispatcher = Dispatcher {
            concurrency: self.concurrency,
            tally: Tally::start(),
            failures: self.failures,
            progress: Progress::new(self.inputs.bytes),
            interrupt: self.interrupt,
            interrupted: false,
            unread: None,
            lost_in_a_row: 0,
            lost: None,
        };
        match (listed, self.order) {
            (Some((index, order)), Order::Shuffled { .. } | Order::Retried) => {
                rounds::run(&mut dispatcher, engine, &index, order, self.stamping).await;
            }
            (Some((index, order)), _) => {
                let reader = Reader::start_listed(index, order, self.stamping);
                dispatcher.run(reader, engine, &mut |_, _| false).await;
            }
            (None, _) => {
                let reader = Reader::start(self.inputs, self.stamping);
                dispatcher.run(reader, engine, &mut |_, _| false).await;
            }
        }
        dispatcher.progress.finish();
        let summary = dispatcher.tally.summary(engine.effort());
        let Dispatcher { failures, interrupted, unread, lost, .. } = dispatcher;
        Ok(End { summary, failures, interrupted, unread, lost })
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
                Order::Dependent => order::dependent(&needs::needs(&index, &self.plugins).map_err(|error| {
                    Failure::usage(
                        format_args!("cannot read the documents: {error}"),
                        "Nothing was loaded. Check the files.",
                    )
                })?),
            };
            Ok(Some((Arc::new(index), order)))
        })
    }
}
