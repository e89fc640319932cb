//! Laneway's own data set: a small ApiSchema, a seeded generator of documents for it, and an account of what a
//! store must hold once they are loaded. Knows nothing of the runtime, of plugins or of SQL.
//!
//! ```
//! let settings = laneway_sample::Settings { documents: 200, ..Default::default() };
//! let documents: Vec<_> = laneway_sample::generate(&settings)?.collect();
//! assert_eq!(documents.len(), 200);
//! assert_eq!(documents[0].endpoint, "addressKindDescriptors");
//! # Ok::<(), laneway_sample::SettingsError>(())
//! ```

#![forbid(unsafe_code)]

mod account;
mod date;
mod documents;
mod fault;
mod json;
mod kind;
mod plan;
#[cfg(test)]
mod properties;
mod random;
mod schema;
mod settings;
mod words;
mod world;
mod write;

pub use account::{Account, Detail, Table, expected_lines};
pub use documents::{Document, Documents, generate};
pub use fault::Fault;
pub use schema::{SCHEMAS, Schema};
pub use settings::{Settings, SettingsError};
pub use write::{WriteError, Written, write};
