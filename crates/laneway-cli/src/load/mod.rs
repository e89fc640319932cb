//! Loading: one dispatcher hands documents over in order, so many of them unsettled at a time, and counts what
//! becomes of them. Knows outcomes and times; how a document is written, its engines know.

mod dispatch;
mod failures;
mod laneway;
mod latency;
mod progress;
mod serial;
mod summary;
mod tally;

use ::laneway_plugin::Plugins;
use laneway_model::Limits;
use laneway_postgres::Config;

use crate::failure::Failure;
pub(crate) use dispatch::{End, Load};
pub(crate) use failures::Failures;
pub(crate) use progress::Progress;
pub(crate) use summary::{Summary, grouped};

/// Which way documents are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Laneway.
    Batched,
    /// Laneway with batching switched off.
    Single,
    /// What the DMS sends, without Laneway.
    Serial,
}

/// Loads into the store.
///
/// # Errors
/// When the database cannot be reached or is not a store; nothing was loaded then.
pub(crate) async fn run(load: Load, way: Way, config: &Config, plugins: Plugins, limits: Limits) -> Result<End, Failure> {
    match way {
        Way::Batched | Way::Single => {
            let limits = Limits { batching: way == Way::Batched, ..limits };
            let mut engine = laneway::Laneway::open(config, plugins, limits).await?;
            let end = dispatch::run(load, &mut engine).await;
            engine.close().await;
            Ok(end)
        }
        Way::Serial => {
            let mut engine = serial::Serial::open(config, plugins, load.concurrency).await?;
            Ok(dispatch::run(load, &mut engine).await)
        }
    }
}
