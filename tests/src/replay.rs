//! Plays recorded sequences on a store through whatever writes upserts, and says in what the answers and the store
//! differ from what was recorded. Knows no lanes and no SQL of the flush.

use laneway_model::Outcome;
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::recorded::{Action, Case, Step, Upsert};
use crate::store_content::{Reader, differences, document_differences, empty};

/// Something that writes upserts.
pub trait Subject {
    /// Whether it decides about authorization. If not, what was refused is passed over and the rest goes without.
    const AUTHORIZES: bool;

    /// Writes upserts that were recorded one after another with nothing in between; an outcome for each, in order.
    fn upsert_all(&self, upserts: &[Upsert]) -> impl Future<Output = Vec<Outcome>>;
}

/// What the replay of one sequence needs.
#[derive(Debug)]
pub struct Replay<'a> {
    /// Reads what the store holds.
    pub reader: &'a Reader,
    /// A connection to the store; it deletes and reads.
    pub client: &'a mut Client,
}

impl Replay<'_> {
    /// Empties the store, plays the sequence, and compares: one text a difference.
    ///
    /// # Errors
    /// When the database refuses what the replay itself asks.
    pub async fn run(&mut self, case: &Case, subject: &impl Subject) -> Result<Vec<String>, tokio_postgres::Error> {
        empty(self.client).await?;
        let mut found = Vec::new();
        for steps in case.steps.chunk_by(|one, other| is_upsert(one) && is_upsert(other)) {
            found.extend(self.play(steps, subject).await?);
        }
        found.extend(differences(&case.store, &self.reader.content(self.client).await?));
        found.extend(document_differences(self.client, &case.documents).await?);
        Ok(found.into_iter().map(|difference| format!("{}: {difference}", case.name)).collect())
    }

    async fn play<S: Subject>(&self, steps: &[Step], subject: &S) -> Result<Vec<String>, tokio_postgres::Error> {
        if let [Step { action: Action::Delete { document_uuid }, outcome, .. }] = steps {
            let statement = "DELETE FROM dms.document WHERE documentuuid = $1";
            let found = match self.client.execute(statement, &[document_uuid]).await {
                Ok(_) => None,
                Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => {
                    Some(json!({"outcome": "referenced"}))
                }
                Err(error) => return Err(error),
            };
            let differs = *outcome != found;
            return Ok(differs.then(|| format!("deletion: expected {outcome:?}, found {found:?}")).into_iter().collect());
        }
        let (mut upserts, mut wanted) = (Vec::new(), Vec::new());
        for step in steps {
            let (Action::Upsert(upsert), Some(outcome)) = (&step.action, &step.outcome) else {
                panic!("a recorded upsert has an outcome: {step:?}")
            };
            if S::AUTHORIZES {
                upserts.push((**upsert).clone());
            } else if outcome["outcome"] == "not_authorized" || knows_no_strategy(step) {
                continue;
            } else {
                upserts.push(Upsert { authorization: None, ..(**upsert).clone() });
            }
            wanted.push(outcome);
        }
        let outcomes = subject.upsert_all(&upserts).await;
        assert_eq!(outcomes.len(), upserts.len(), "an outcome for each");
        let differences = wanted.iter().zip(&outcomes).zip(&upserts).filter(|((wanted, found), _)| !agrees(wanted, found));
        Ok(differences.map(|((wanted, found), upsert)| format!("{}: expected {wanted}, found {found:?}", upsert.trace_id)).collect())
    }
}

fn is_upsert(step: &Step) -> bool {
    matches!(step.action, Action::Upsert(_))
}

/// Whether the operation failed for its strategies: the DMS threw an exception.
fn knows_no_strategy(step: &Step) -> bool {
    step.dms.as_ref().is_some_and(|dms| dms["outcome"] == "error")
}

/// Whether an outcome is the recorded one.
fn agrees(recorded: &Value, outcome: &Outcome) -> bool {
    let mut found = describe(outcome);
    if outcome.kind().as_str() == "failed" && recorded["sqlstate"].is_null() {
        // Recorded without one: any or none.
        found["sqlstate"] = Value::Null;
    }
    // The order of what is missing is not said.
    let mut recorded = recorded.clone();
    for value in [&mut recorded, &mut found] {
        if let Some(Value::Array(resources)) = value.get_mut("resources") {
            resources.sort_by_key(ToString::to_string);
        }
    }
    recorded == found
}

/// An outcome in the words of the recorded ones.
#[must_use]
pub fn describe(outcome: &Outcome) -> Value {
    let mut described = match outcome {
        Outcome::Inserted { document_uuid } | Outcome::Updated { document_uuid } => {
            json!({"document_uuid": document_uuid.to_string()})
        }
        Outcome::InvalidDescriptors(descriptors) => {
            let entry = |found: &laneway_model::InvalidDescriptor| {
                json!({"path": found.path, "resource": found.resource, "value": found.value})
            };
            json!({"descriptors": descriptors.iter().map(entry).collect::<Vec<_>>()})
        }
        Outcome::InvalidReferences { resources } => json!({"resources": resources}),
        Outcome::IdentityConflict { resource, identity } => json!({"resource": resource, "identity": identity}),
        Outcome::NotAuthorized { messages, hints } => json!({"messages": messages, "hints": hints}),
        Outcome::Failed { sqlstate, .. } => json!({"sqlstate": sqlstate.map(|code| code.to_string())}),
        _ => json!({}),
    };
    described["outcome"] = outcome.kind().as_str().into();
    described
}

#[cfg(test)]
mod tests {
    use laneway_model::SqlState;

    use super::*;

    #[test]
    fn a_recorded_failure_without_a_code_takes_any() {
        let failed = |code| Outcome::Failed { sqlstate: SqlState::new(code), message: String::new() };
        assert!(agrees(&json!({"outcome": "failed", "sqlstate": null}), &failed("22P02")));
        assert!(agrees(&json!({"outcome": "failed", "sqlstate": "22P05"}), &failed("22P05")));
        assert!(!agrees(&json!({"outcome": "failed", "sqlstate": "22P05"}), &failed("22P02")));
    }

    #[test]
    fn missing_resources_are_a_set() {
        let outcome = Outcome::InvalidReferences { resources: vec!["A".to_owned(), "B".to_owned()] };
        assert!(agrees(&json!({"outcome": "invalid_references", "resources": ["B", "A"]}), &outcome));
        assert!(!agrees(&json!({"outcome": "invalid_references", "resources": ["A"]}), &outcome));
    }
}
