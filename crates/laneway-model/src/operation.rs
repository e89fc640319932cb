//! One upsert on its way.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::{Extraction, PartitionKey, Strategy};

/// The id that a stored document has for its callers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentUuid(pub Uuid);

impl DocumentUuid {
    /// A new one that sorts by time (RFC 9562 §5.7).
    #[must_use]
    pub fn now() -> Self {
        Self(Uuid::now_v7())
    }

    /// The partition that the document lives in.
    #[must_use]
    pub fn partition(&self) -> PartitionKey {
        PartitionKey::of(&self.0)
    }
}

impl std::fmt::Display for DocumentUuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of an operation in order of acceptance, unique within a runtime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OperationId(pub u64);

/// The most characters of a trace id: the width of the column that it is stored in.
pub const TRACE_ID_CHARS_MAX: usize = 128;

/// One upsert, extracted and ready to be written.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The document: a JSON object in UTF-8, as it will be stored but for its `id`.
    pub document: Bytes,
    /// The extraction of the document.
    pub extraction: Extraction,
    /// The id that the document gets if it is new.
    pub document_uuid: DocumentUuid,
    /// The caller's trace id, stored with the document; at most [`TRACE_ID_CHARS_MAX`] characters.
    pub trace_id: Box<str>,
    /// The caller's strategies; `None`: the host has decided already.
    pub authorization: Option<Arc<[Strategy]>>,
}
