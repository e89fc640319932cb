//! A recorded sequence: operations on an empty store, how each ended, what the store held after the last.

use std::collections::BTreeMap;
use std::io::BufRead;

use laneway_model::Strategy;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::error::ReplayError;
use crate::step_outcome::StepOutcome;

/// A sequence, one line of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Group and name, as in `update/etag-case`.
    pub name: String,
    /// Why it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The schemas that its documents follow: names of files up to `.apischema.json`.
    pub schemas: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What the store holds at the end: sorted lines by table; empty tables are left out.
    pub store: BTreeMap<String, Vec<String>>,
    /// The stored documents by uuid.
    pub documents: BTreeMap<Uuid, StoredDocument>,
}

/// One step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "StepLine", into = "StepLine")]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How it ends; `None`: a delete that succeeds.
    pub outcome: Option<StepOutcome>,
    /// What the DMS answered, where Laneway differs on purpose; of any form.
    pub dms: Option<serde_json::Value>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// An upsert.
    Upsert(Upsert),
    /// A plain DELETE of a document, committed before the next step.
    Delete(Uuid),
}

/// An upsert as a caller hands it over. An unknown field is refused: a misspelt `authorization` would be none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upsert {
    /// The project's name in URLs.
    pub project: String,
    /// The resource's name in URLs.
    pub endpoint: String,
    /// The id that the document gets if it is new.
    pub document_uuid: Uuid,
    /// The caller's trace id.
    pub trace_id: String,
    /// The document, byte for byte as it is handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
    /// The document as a text instead, where it is no JSON or a tool might change how it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_text: Option<String>,
    /// The caller's strategies; without, nothing is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Vec<Strategy>>,
}

/// A stored document as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredDocument {
    /// The whole body.
    pub body: Box<RawValue>,
    /// The trace id of the last write.
    pub trace_id: String,
    /// The partition that it is in.
    pub partition_key: i16,
    /// Whether it was written again after its insert.
    pub touched: bool,
}

impl Upsert {
    /// The document.
    #[must_use]
    pub fn document(&self) -> &str {
        self.body_text.as_deref().or(self.body.as_deref().map(RawValue::get)).unwrap_or_default()
    }
}

/// A step as it is written.
#[derive(Clone, Serialize, Deserialize)]
struct StepLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upsert: Option<Upsert>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delete: Option<Delete>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<StepOutcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dms: Option<serde_json::Value>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Delete {
    document_uuid: Uuid,
}

impl TryFrom<StepLine> for Step {
    type Error = &'static str;

    fn try_from(line: StepLine) -> Result<Self, Self::Error> {
        let action = match (line.upsert, line.delete) {
            (Some(upsert), None) if upsert.body.is_some() == upsert.body_text.is_some() => {
                return Err("an upsert has either body or body_text");
            }
            (Some(_), None) if line.outcome.is_none() => return Err("an upsert has an outcome"),
            (Some(upsert), None) => Action::Upsert(upsert),
            (None, Some(delete)) => Action::Delete(delete.document_uuid),
            _ => return Err("a step is either an upsert or a delete"),
        };
        Ok(Self { action, outcome: line.outcome, dms: line.dms })
    }
}

impl From<Step> for StepLine {
    fn from(step: Step) -> Self {
        let (upsert, delete) = match step.action {
            Action::Upsert(upsert) => (Some(upsert), None),
            Action::Delete(document_uuid) => (None, Some(Delete { document_uuid })),
        };
        Self { upsert, delete, outcome: step.outcome, dms: step.dms }
    }
}

/// Reads sequences, one a line; empty lines are passed over. `name` is the file's, for errors.
///
/// # Errors
/// Where a line cannot be read or is no sequence.
pub fn read_cases(name: &str, lines: impl BufRead) -> impl Iterator<Item = Result<Case, ReplayError>> {
    let lines = lines.lines().enumerate().filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    lines.map(move |(number, line)| {
        let bad = |cause: String| ReplayError::line(name, number + 1, cause);
        let line = line.map_err(|error| bad(error.to_string()))?;
        serde_json::from_str(&line).map_err(|error| {
            bad(format!("not a recorded sequence, which has name, schemas, steps, store and documents: {error}"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"name":"a/b","schemas":["s"],"steps":[{"upsert":{"project":"p","endpoint":"e","document_uuid":"aaac8600-78ed-4eba-8cfd-0f15dfddf0f8","trace_id":"t","body":{"n":1.50, "o":1e2}},"outcome":{"outcome":"failed","sqlstate":null},"dms":{"outcome":"error"}},{"delete":{"document_uuid":"aaac8600-78ed-4eba-8cfd-0f15dfddf0f8"}}],"store":{},"documents":{"aaac8600-78ed-4eba-8cfd-0f15dfddf0f8":{"body":{"n":1.50},"trace_id":"t","partition_key":8,"touched":false}}}"#;

    fn read(lines: &str) -> Vec<Result<Case, String>> {
        read_cases("f", lines.as_bytes()).map(|case| case.map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn is_written_as_it_is_read() {
        let cases = read(&format!("{LINE}\n\n"));
        let [Ok(case)] = &cases[..] else { panic!("{cases:?}") };
        assert_eq!(serde_json::to_string(case).unwrap(), LINE);
        let Action::Upsert(upsert) = &case.steps[0].action else { panic!("a delete") };
        assert_eq!(upsert.document(), r#"{"n":1.50, "o":1e2}"#, "byte for byte");
    }

    #[test]
    fn says_where_a_file_is_wrong() {
        let both = LINE.replace(r#""body":{"n":1.50, "o":1e2}"#, r#""body":{},"body_text":"{}""#);
        let neither = LINE.replace(r#""delete":"#, r#""drop":"#);
        let without_outcome = LINE.replace(r#","outcome":{"outcome":"failed","sqlstate":null}"#, "");
        for (line, cause) in [
            (both, "either body or body_text"),
            (neither, "either an upsert or a delete"),
            (without_outcome, "has an outcome"),
            (LINE.replace(r#""trace_id":"t","body""#, r#""trace_id":"t","authorisation":[],"body""#), "authorisation"),
        ] {
            let cases = read(&format!("{LINE}\n{line}"));
            let [Ok(_), Err(error)] = &cases[..] else { panic!("{cases:?}") };
            assert!(error.contains("not a recorded sequence"), "{error}");
            assert!(error.starts_with("f:2: ") && error.contains(cause), "{error}");
        }
    }
}
