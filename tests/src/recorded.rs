//! The recorded sequences (`vectors/upserts.ndjson`): what was done, what was answered, what was left. Only reads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use laneway_model::{DocumentUuid, Strategy};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

/// A sequence of operations on an empty store.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Group and name.
    pub name: String,
    /// Why it exists.
    #[serde(default)]
    pub note: Option<String>,
    /// The schemas that it needs, by the names of their files up to `.apischema.json`.
    pub schemas: Vec<String>,
    /// What was done.
    pub steps: Vec<Step>,
    /// The lines of the store afterwards, by table; empty tables left out.
    pub store: BTreeMap<String, Vec<String>>,
    /// The stored documents.
    pub documents: BTreeMap<Uuid, StoredDocument>,
}

/// One thing that was done, and the answer.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RecordedStep")]
pub struct Step {
    /// What.
    pub action: Action,
    /// What was answered; a plain deletion that went through has no answer.
    pub outcome: Option<Value>,
    /// What the DMS answered, where Laneway differs on purpose.
    pub dms: Option<Value>,
}

/// What was done.
#[derive(Debug)]
pub enum Action {
    /// An upsert.
    Upsert(Box<Upsert>),
    /// A plain deletion of a document.
    Delete {
        /// Which.
        document_uuid: Uuid,
    },
}

/// An upsert as a caller hands it over.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "RecordedUpsert")]
pub struct Upsert {
    /// The project's name in URLs.
    pub project: Arc<str>,
    /// The resource's name in URLs.
    pub endpoint: Arc<str>,
    /// The document.
    pub body: Bytes,
    /// The id that it gets if it is new.
    pub document_uuid: DocumentUuid,
    /// The caller's trace id.
    pub trace_id: Arc<str>,
    /// What the caller may do.
    pub authorization: Option<Arc<[Strategy]>>,
}

/// A document as it stands in the store.
#[derive(Debug, Deserialize)]
pub struct StoredDocument {
    /// The whole body.
    pub body: Box<RawValue>,
    /// The trace id of the last write.
    pub trace_id: String,
    /// The partition that it stands in.
    pub partition_key: i16,
    /// Whether it was modified after it was created.
    pub touched: bool,
}

#[derive(Deserialize)]
struct RecordedStep {
    upsert: Option<Box<Upsert>>,
    delete: Option<RecordedDelete>,
    outcome: Option<Value>,
    dms: Option<Value>,
}

#[derive(Deserialize)]
struct RecordedDelete {
    document_uuid: Uuid,
}

impl TryFrom<RecordedStep> for Step {
    type Error = &'static str;

    fn try_from(recorded: RecordedStep) -> Result<Self, Self::Error> {
        let action = match (recorded.upsert, recorded.delete) {
            (Some(upsert), None) => Action::Upsert(upsert),
            (None, Some(delete)) => Action::Delete { document_uuid: delete.document_uuid },
            _ => return Err("a step is an upsert or a deletion"),
        };
        Ok(Self { action, outcome: recorded.outcome, dms: recorded.dms })
    }
}

#[derive(Deserialize)]
struct RecordedUpsert {
    project: String,
    endpoint: String,
    document_uuid: Uuid,
    trace_id: String,
    body: Option<Box<RawValue>>,
    body_text: Option<String>,
    authorization: Option<Vec<Strategy>>,
}

impl From<RecordedUpsert> for Upsert {
    fn from(recorded: RecordedUpsert) -> Self {
        let body = recorded.body.map(|body| body.get().to_owned()).or(recorded.body_text).unwrap_or_default();
        Self {
            project: recorded.project.into(),
            endpoint: recorded.endpoint.into(),
            body: Bytes::from(body),
            document_uuid: DocumentUuid(recorded.document_uuid),
            trace_id: recorded.trace_id.into(),
            authorization: recorded.authorization.map(Into::into),
        }
    }
}

/// The recorded sequences in `data`.
///
/// # Panics
/// When the file cannot be read, or is not what it is said to be.
#[must_use]
pub fn cases(data: &Path) -> Vec<Case> {
    let file = data.join("vectors/upserts.ndjson");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parse = |(number, line)| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{}:{}: {error}", file.display(), number + 1))
    };
    text.lines().enumerate().map(parse).collect()
}
