//! How a step ended, in the words of recorded sequences, and when two outcomes agree.

use std::collections::BTreeSet;

use laneway_model::{InvalidDescriptor, Outcome, OutcomeKind};
use laneway_postgres_tools::Deletion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An outcome as it is recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the variants are those of `Outcome` that carry something, and those of the service's other statements"
)]
pub enum StepOutcome {
    Inserted {
        document_uuid: Uuid,
    },
    Updated {
        document_uuid: Uuid,
    },
    InvalidReferences {
        /// A set.
        resources: BTreeSet<String>,
    },
    InvalidDescriptors {
        descriptors: Vec<InvalidDescriptor>,
    },
    IdentityConflict {
        resource: String,
        /// Name and value of each part.
        identity: Vec<(String, String)>,
    },
    NotAuthorized {
        messages: Vec<String>,
        hints: Vec<String>,
    },
    Failed {
        /// Expected: `None` is any or none. Observed: what it was.
        sqlstate: Option<String>,
    },
    /// A delete that was refused, since another document refers to the one to be deleted.
    Referenced,
    /// An update by id whose document is not there.
    NotThere,
    /// Every other outcome: only its kind is recorded.
    #[serde(untagged)]
    Other {
        outcome: OutcomeKind,
    },
}

impl StepOutcome {
    /// What is recorded of an outcome.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Inserted { document_uuid } => Self::Inserted { document_uuid: document_uuid.0 },
            Outcome::Updated { document_uuid } => Self::Updated { document_uuid: document_uuid.0 },
            Outcome::InvalidDescriptors(descriptors) => Self::InvalidDescriptors { descriptors },
            Outcome::InvalidReferences { resources } => {
                Self::InvalidReferences { resources: resources.into_iter().collect() }
            }
            Outcome::IdentityConflict { resource, identity } => Self::IdentityConflict { resource, identity },
            Outcome::NotAuthorized { messages, hints } => Self::NotAuthorized { messages, hints },
            Outcome::Failed { sqlstate, .. } => Self::Failed { sqlstate: sqlstate.map(|code| code.to_string()) },
            other => Self::Other { outcome: other.kind() },
        }
    }

    /// What became of a delete; `None` is success, for which nothing is recorded.
    #[must_use]
    pub fn of_deletion(deletion: Deletion) -> Option<Self> {
        match deletion {
            Deletion::Gone => None,
            Deletion::Referenced => Some(Self::Referenced),
            Deletion::Failed { sqlstate, .. } => Some(Self::Failed { sqlstate: Some(sqlstate) }),
        }
    }

    /// Whether an expected outcome allows the observed one.
    #[must_use]
    pub fn allows(&self, observed: &Self) -> bool {
        match (self, observed) {
            (Self::Failed { sqlstate: None }, Self::Failed { .. }) => true,
            _ => self == observed,
        }
    }
}

impl std::fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(json: &str) -> StepOutcome {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_null_sqlstate_allows_any() {
        let any = outcome(r#"{"outcome":"failed","sqlstate":null}"#);
        let nul = outcome(r#"{"outcome":"failed","sqlstate":"22P05"}"#);
        assert!(any.allows(&nul) && any.allows(&any) && nul.allows(&nul));
        assert!(!nul.allows(&any), "a code that is expected must be seen");
        assert!(!nul.allows(&outcome(r#"{"outcome":"failed","sqlstate":"22003"}"#)));
        assert!(!any.allows(&outcome(r#"{"outcome":"invalid_document"}"#)));
    }

    #[test]
    fn resources_are_a_set_and_descriptors_are_not() {
        let resources = |list: &str| outcome(&format!(r#"{{"outcome":"invalid_references","resources":{list}}}"#));
        assert!(resources(r#"["B","A"]"#).allows(&resources(r#"["A","B"]"#)));
        assert!(!resources(r#"["A"]"#).allows(&resources(r#"["A","B"]"#)));
        let of = |path| InvalidDescriptor { path: String::from(path), resource: "R".into(), value: "v".into() };
        let descriptors = |list| StepOutcome::InvalidDescriptors { descriptors: list };
        assert!(!descriptors(vec![of("$.a"), of("$.b")]).allows(&descriptors(vec![of("$.b"), of("$.a")])));
    }

    #[test]
    fn is_written_as_it_is_read() {
        for json in [
            r#"{"outcome":"inserted","document_uuid":"aaac8600-78ed-4eba-8cfd-0f15dfddf0f8"}"#,
            r#"{"outcome":"identity_conflict","resource":"School","identity":[["schoolId","1"]]}"#,
            r#"{"outcome":"not_authorized","messages":["m"],"hints":[]}"#,
            r#"{"outcome":"invalid_document"}"#,
            r#"{"outcome":"referenced"}"#,
            r#"{"outcome":"not_there"}"#,
        ] {
            assert_eq!(outcome(json).to_string(), json);
        }
    }
}
