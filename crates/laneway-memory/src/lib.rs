//! The store in memory: an executable model of what one upsert after another does to it, down to the rows that triggers
//! write, and a store of such tables for the executor. Knows neither lanes nor SQL, and shares no rule with the code that it is
//! compared with.
//!
//! [`Model`] takes operations that are extracted already. It is written to be read beside the service's own rules: one file a
//! table with triggers, each step of an upsert in its order of precedence, nothing clever. What it does not hold: row ids, times
//! (only whether a document was written again), what an index row has room for.
//!
//! [`MemoryStore`] is a second database: an executor that writes to it goes through all of its own steps, and one transaction
//! after another.
//!
//! ```
//! use laneway_memory::Model;
//! use laneway_model::{DocumentUuid, Extraction, Operation, OutcomeKind, Resource, ResourceName};
//!
//! let name = ResourceName::new("Ed-Fi", "Student");
//! let id = name.referential_id().finish();
//! let operation = Operation {
//!     document: r#"{"studentUniqueId": "604822"}"#.into(),
//!     extraction: Extraction::new(Resource::new(name).into(), id),
//!     document_uuid: DocumentUuid::now(),
//!     trace_id: "".into(),
//!     authorization: None,
//! };
//! let mut model = Model::default();
//! assert_eq!(model.upsert(&operation).kind(), OutcomeKind::Inserted);
//! assert_eq!(model.upsert(&operation).kind(), OutcomeKind::Updated);
//! assert_eq!(model.documents().len(), 1);
//! ```

#![forbid(unsafe_code)]

mod arrays;
mod authorization;
mod contact;
mod content;
mod cycle;
mod delete;
mod hierarchy;
mod jsonb;
mod refusal;
mod responsibility;
mod staff;
mod store;
mod student;
mod tables;
mod triggers;
mod upsert;

pub use content::{DocumentContent, Line};
pub use cycle::Member;
pub use delete::Referenced;
pub use store::{MemorySession, MemoryStore};
pub use tables::Model;
