//! Laneway's runtime: lanes, batch cutting, the executor's control flow, the store trait.
//! Knows tokio; knows neither SQL nor Wasm.

#![forbid(unsafe_code)]

mod authorization;
pub mod changes;
mod decide;
mod executor;
mod flush;
mod jsonb;
mod member;
pub mod order;
mod question;
pub mod store;
mod suspicion;

pub use executor::Executor;
pub use flush::{Accepted, Batch, Flush, FlushInfo, FlushReason, FlushStats, Flushed, Mode, Report, Settlement};
