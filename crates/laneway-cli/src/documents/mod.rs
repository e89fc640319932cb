//! Documents as they come: lines of NDJSON files, read ahead within bounds.
//! Knows lines and stamping; knows neither plugins nor the database.

mod inputs;
mod line;
mod lines;
mod reader;

pub(crate) use inputs::{Input, Inputs};
pub(crate) use line::{Line, LineError};
pub(crate) use lines::{Lines, Raw};
pub(crate) use reader::{LINE_BYTES_MAX, Chunk, Document, Item, ReadError, Reader, Source, Stamping};
