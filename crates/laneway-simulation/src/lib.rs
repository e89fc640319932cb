//! The whole core against a simulated store: the runtime's task, the dispatcher and the executor, on one thread, with a clock that
//! jumps to what happens next. Everything that is left to chance comes from one seed, so that a world that breaks a rule can be
//! played again. Knows neither SQL nor Wasm, and nothing of the core but what a host and a store know.

#![forbid(unsafe_code)]

mod bounds;
mod database;
mod documents;
mod extractor;
mod ledger;
mod others;
mod panics;
mod plan;
mod shrink;
mod state;
mod store;
mod tally;
mod trouble;
mod verdict;
mod watched;
mod world;

pub use shrink::shrink;
pub use tally::Tally;
pub use world::{Played, play};
