//! Laneway's runtime: takes upserts one at a time, writes them in batches, and hands each its own outcome, as if all
//! had run one by one. Knows tokio; knows neither SQL nor Wasm.
//!
//! A [`Runtime`] brings three parts together: an [`Extractor`](laneway_model::Extractor), which reads documents; the
//! dispatcher, which decides what is written together and what has to wait; and a [`Flush`], which writes a batch: the
//! [`Executor`] over a [`store::Store`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use laneway_core::memory::{MemoryExtractor, MemoryFlush};
//! use laneway_core::{Request, Runtime};
//! use laneway_model::{DocumentUuid, Limits, OutcomeKind};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In memory, so that it runs here. A service has an `Executor` over `laneway-postgres`, and plugins.
//! let runtime = Runtime::start(MemoryFlush::default(), Arc::new(MemoryExtractor), Limits::default())?;
//! let request = || Request {
//!     project: "ed-fi",
//!     endpoint: "schools",
//!     document: r#"{"schoolId": 255901}"#.into(),
//!     document_uuid: DocumentUuid::now(),
//!     trace_id: "00-4bf92f3577b34da6".into(),
//!     authorization: None,
//!     deadline: None,
//! };
//!
//! // Accepted, in this order: both are on their way at once, and each has its own outcome.
//! let first = runtime.submit(request()).await?;
//! let second = runtime.submit(request()).await?;
//! assert_eq!(first.await.outcome.kind(), OutcomeKind::Inserted);
//! assert_eq!(second.await.outcome.kind(), OutcomeKind::Updated);
//!
//! runtime.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! A host that awaits many operations lets their completions go to a [`CompletionSink`] in groups
//! ([`Runtime::submit_to`]); one that must not wait for room calls [`Runtime::try_submit`].

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
pub mod rewrite;
mod run;
mod runtime;
mod snapshot;
mod stats;
pub mod store;
mod store_error;
mod suspicion;
#[cfg(test)]
mod tests;
pub mod threads;
mod wait;

pub use executor::Executor;
// A store's code asks what a test build skips; that is no part of the API.
#[doc(hidden)]
pub use failpoints::{FaultPoint, skips};
pub use flush::{
    Accepted, Batch, Flush, FlushInfo, FlushLimits, FlushReason, FlushStats, Flushed, Mode, PhaseTimes, Report,
    Settlement,
};
pub use request::{Extracted, Rejected, Request, Submission};
pub use runtime::{CLOSE_GRACE, Cancelled, Completion, CompletionSink, Runtime, Ticket};
pub use stats::{Histogram, Phases, Stats};
pub use wait::Wait;
