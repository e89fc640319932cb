//! Laneway's vocabulary: what every other crate means by a key, an extraction, an operation, an outcome.
//! Values only: no I/O, no async runtime, no SQL, no Wasm.
//!
//! An [`Extractor`] turns a document into an [`Extraction`]; with the document and the caller's strategies that is an
//! [`Operation`], which ends with one [`Outcome`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use laneway_model::{Extraction, Outcome, Resource, ResourceName, TokenKind, Value};
//!
//! let name = ResourceName::new("Ed-Fi", "School");
//! // The name of an identity is computed from the document, without asking a database.
//! let mut id = name.referential_id();
//! id.element("$.schoolId", "255901");
//! let resource = Resource { identity_paths: vec!["$.schoolId".into()], ..Resource::new(name) };
//! let extraction = Extraction {
//!     arena: "255901".to_owned(),
//!     values: vec![Value { start: 0, len: 6, token: TokenKind::Number }],
//!     ..Extraction::new(Arc::new(resource), id.finish())
//! };
//!
//! let conflict = Outcome::identity_conflict(&extraction);
//! assert_eq!(conflict.kind().http_status(), 409);
//! ```

#![forbid(unsafe_code)]

mod association;
mod authorization;
mod extraction;
mod extraction_json;
mod extractor;
mod int64;
mod limits;
mod lower;
mod operation;
mod outcome;
mod partition;
mod person;
mod referential_id;
mod resource;
mod security;
mod security_json;
mod value;

pub use association::{Association, AssociationKind, PartIndex};
pub use authorization::{Operator, Strategy};
pub use extraction::{DescriptorReference, DocumentReference, Extraction, Hierarchy, Step};
pub use extraction_json::describe_extraction;
pub use extractor::{ExtractWorker, Extractor, Route, RouteError};
pub use int64::parse_int64;
pub use limits::{LimitError, Limits};
pub use lower::{lower_invariant, push_lower_invariant};
pub use operation::{DocumentUuid, Operation, OperationId, TRACE_ID_CHARS_MAX};
pub use outcome::{InvalidDescriptor, Outcome, OutcomeKind, SqlState};
pub use partition::PartitionKey;
pub use person::PersonKind;
pub use referential_id::{ReferentialId, ReferentialIdBuilder};
pub use resource::{DescriptorList, ReferenceList, ReferencePart, Resource, ResourceName, Superclass};
pub use security::{EducationOrganization, SecurableKeys, SecurityElements};
pub use value::{TokenKind, Value};

/// Runs the example of the crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
