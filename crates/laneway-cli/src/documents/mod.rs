//! Documents as they come: lines of NDJSON files, read ahead within bounds.
//! Knows lines, stamping and that bodies may be coerced; knows neither plugins nor the database.

mod index;
mod inputs;
mod line;
mod lines;
pub(crate) mod order;
mod reader;
mod source;

pub(crate) use index::Index;
pub(crate) use inputs::{Input, Inputs, files_ending};
pub(crate) use line::{Line, LineError};
pub(crate) use lines::{LINE_BYTES_MAX, Lines, Raw};
pub(crate) use reader::{Bodies, Chunk, Coerce, Document, Item, ReadError, Reader, Stamping};
pub(crate) use source::Source;
