//! Laneway's runtime: lanes, batch cutting, the executor's control flow, the store trait.
//! Knows tokio; knows neither SQL nor Wasm.

#![forbid(unsafe_code)]

mod flush;

pub use flush::{Accepted, Batch, Flush, FlushInfo, FlushReason, FlushStats, Flushed, Mode, Report, Settlement};
