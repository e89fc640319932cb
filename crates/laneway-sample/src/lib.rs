//! Laneway's own data set: a small ApiSchema, a seeded generator of documents for it, and an account of what a
//! store must hold once they are loaded. Knows nothing of the runtime, of plugins or of SQL.
//!
//! The schema (`schema/`, written by hand) has one of everything that a store or a plugin treats in its own way:
//! - organizations, subclasses with one identity among them, in a hierarchy of up to five (state agency, service
//!   center, district, district, school);
//! - the five associations that a store's triggers know by name. That is why the core project is called `Ed-Fi`.
//!   An enrollment is identified by a code, so that an update can move a student to another school;
//! - descriptors, plain, in lists, in lists within lists, in identities, and below an object that `[*]` walks
//!   (`coverage` of a learning standard);
//! - identities of one part and of seven, with numbers that keep their digits (`2.00`) and with truth values; a
//!   part that stands for two (the school of a course offering); lists of references, and lists of lists;
//! - a reference to its own kind (learning standards, districts), two kinds that may refer to each other (staff and
//!   rooms), associations that share a superclass (taking part in a program) and a reference to that;
//! - an extension, which adds to students and brings a resource and a descriptor of its own.
//!
//! A document is a function of settings, kind, index and version, so that references need no memory; the account is
//! worked out twice over the documents. A million documents take some 15 MB to generate and 200 MB to account for.
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
pub mod mutation;
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
pub use write::{WriteError, WriteErrorKind, Written, write};
