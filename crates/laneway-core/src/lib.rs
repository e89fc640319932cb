//! Laneway's runtime: lanes, batch cutting, the executor's control flow, the store trait.
//! Knows tokio; knows neither SQL nor Wasm.

#![forbid(unsafe_code)]

mod authorization;
pub mod changes;
mod decide;
mod dispatcher;
mod executor;
mod flush;
mod jsonb;
mod member;
pub mod model;
pub mod order;
mod question;
mod request;
mod runtime;
mod stats;
mod step;
pub mod store;
mod suspicion;
#[cfg(test)]
mod testing;

pub use executor::Executor;
pub use flush::{
    Accepted, Batch, Flush, FlushInfo, FlushLimits, FlushReason, FlushStats, Flushed, Mode, Report, Settlement,
};
pub use request::{Extracted, Rejected, Request, Submission};
pub use runtime::{CLOSE_GRACE, Cancelled, Completion, CompletionSink, Runtime, Ticket};
pub use stats::{Histogram, Stats};
pub use step::{LeftOut, Step};
