//! A store in memory that knows identities and references and nothing else of a document: what the dispatcher and
//! the runtime are tested against, and enough to run examples without a database.

mod extractor;
mod flush;
mod store;

pub use extractor::MemoryExtractor;
pub use flush::MemoryFlush;
pub use store::{MemoryStore, Snapshot};
