//! Tools around a store: the baseline and the limit to measure against, a scratch store that may be emptied, a store's content, SQL
//! scripts. For the program and for tests; a host never links them. Knows neither lanes nor Wasm.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod baseline;
mod content;
mod deletion;
mod error;
mod limit;
mod scratch;
mod script;

pub use content::{Content, TableContent, read_content, read_content_lines};
pub use deletion::Deletion;
pub use error::QueryError;
pub use limit::{Limit, LimitWriter};
pub use scratch::{Permission, Scratch, ScratchError, ScratchErrorKind, StoredRow};
pub use script::{TextRow, run_script};
