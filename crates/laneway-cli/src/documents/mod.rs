//! Documents as they come: lines of NDJSON files, items of arrays, compressed or not, read ahead within bounds.
//! Knows lines, stamping and that bodies may be coerced; knows neither plugins nor the database.

mod endpoint;
mod index;
mod input;
mod inputs;
mod kind;
mod line;
mod lines;
mod opened;
pub(crate) mod order;
mod peek;
mod reader;
mod records;
mod source;
mod stream;
mod values;
mod zstd;

pub(crate) use endpoint::{Endpoints, is_surely_documents};
pub(crate) use index::{ANOTHER_ORDER, Index};
pub(crate) use input::Input;
pub(crate) use inputs::{Inputs, files_ending, nothing_read};
pub(crate) use line::{Line, LineError};
pub(crate) use reader::{Bodies, Chunk, Coerce, Document, Item, Reader, Stamping};
pub(crate) use source::Source;
pub(crate) use stream::{Documents, ReadError};
