//! Laneway's vocabulary: what every other crate means by a key, an extraction, an operation, an outcome.
//! Values only: no I/O, no async runtime, no SQL, no Wasm.

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
mod referential_id;
mod resource;
mod security;

pub use association::{Association, AssociationKind, PartIndex};
pub use authorization::{Operator, Strategy};
pub use extraction::{DescriptorReference, DocumentReference, Extraction, Hierarchy, Step, TokenKind, Value};
pub use extraction_json::describe_extraction;
pub use extractor::{ExtractWorker, Extractor, Route, RouteError};
pub use int64::parse_int64;
pub use limits::Limits;
pub use lower::{lower_invariant, push_lower_invariant};
pub use operation::{DocumentUuid, Operation, OperationId, TRACE_ID_CHARS_MAX};
pub use outcome::{InvalidDescriptor, Outcome, OutcomeKind, SqlState};
pub use partition::PartitionKey;
pub use referential_id::{ReferentialId, ReferentialIdBuilder};
pub use resource::{DescriptorList, ReferenceList, ReferencePart, Resource, ResourceName, Superclass};
pub use security::{EducationOrganization, PersonKind, SecurableKeys, SecurityElements};
