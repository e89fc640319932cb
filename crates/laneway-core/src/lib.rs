//! Laneway's runtime: lanes, batch cutting, the executor's control flow, the store trait.
//! Knows tokio; knows neither SQL nor Wasm.

#![forbid(unsafe_code)]

mod authorization;
pub mod changes;
mod components;
mod decide;
mod dispatcher;
mod executor;
mod failpoints;
mod flush;
mod jsonb;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
pub mod order;
mod plan_resolve;
mod planned_operation;
mod request;
mod runtime;
mod snapshot;
mod stats;
pub mod store;
mod suspicion;
#[cfg(test)]
mod testing;

pub use executor::Executor;
pub use failpoints::{FaultPoint, skips};
pub use flush::{
    Accepted, Batch, Flush, FlushInfo, FlushLimits, FlushReason, FlushStats, Flushed, Mode, Report, Settlement,
};
pub use request::{Extracted, Rejected, Request, Submission};
pub use runtime::{CLOSE_GRACE, Cancelled, Completion, CompletionSink, Runtime, Ticket};
pub use stats::{Histogram, Stats};
