//! The baseline: one upsert as the DMS itself writes it, statement by statement, on a connection and in a transaction
//! of its own; updates by id and deletes too. It exists to be measured against, and to write beside Laneway as the DMS does. It takes no locks beyond the document's row, waits for nothing, and
//! does not authorize: Laneway's own single path is something else.

mod array;
mod error;
mod failure;
mod references;
mod session;
mod statement;
mod write;

use laneway_model::{DocumentUuid, Operation, Outcome};
use laneway_pgconfig::Config;
use laneway_postgres::json::Json;
use laneway_postgres::{Layout, read_catalog};
use serde::Deserialize;
use tokio_postgres::Row;

use array::Arrays;
pub use error::BaselineError;
use error::Cause;
use failure::{Failure, failed};
use references::References;
use session::{Session, Sessions};
use statement::{DELETE_DOCUMENT, FIND, FIND_BY_ID};

use crate::deletion::Deletion;

/// The DMS's own way of writing, one operation at a time on each of its connections.
#[derive(Debug)]
pub struct Baseline {
    sessions: Sessions,
}

impl Baseline {
    /// For the store that `config` names, with at most `connections` connections.
    ///
    /// # Errors
    /// When the database cannot be reached, or has not been deployed.
    pub async fn open(config: &Config, connections: usize) -> Result<Self, BaselineError> {
        let client = config.connect().await.map_err(Cause::Connect)?;
        let catalog = read_catalog(&client).await.map_err(Cause::Catalog)?;
        let Layout::Document(release) = Layout::of(&catalog) else {
            return Err(Cause::Layout.into());
        };
        Ok(Self { sessions: Sessions::new(config.clone(), release, connections) })
    }

    /// Writes one operation; waits for a connection where none is free.
    pub async fn upsert(&self, operation: &Operation) -> Outcome {
        // An upsert finds its document, or makes it.
        self.write(operation, None).await.unwrap_or_else(|| failed(None, "the document is not there"))
    }

    /// Writes one operation over the document with the id; `None`: there is none. Its identity is taken to be that of the
    /// document.
    pub async fn update(&self, id: DocumentUuid, operation: &Operation) -> Option<Outcome> {
        self.write(operation, Some(id)).await
    }

    /// Deletes the document with the id; waits for a connection where none is free.
    ///
    /// # Errors
    /// The outcome, when no connection can be had, or it was lost.
    pub async fn delete(&self, id: DocumentUuid) -> Result<Deletion, Outcome> {
        let taken = self.sessions.take().await;
        let mut session = taken.map_err(|error| failed(error.sqlstate(), error.to_string()))?;
        let deleted = session.rows(&DELETE_DOCUMENT, &[&id.partition().get(), &id.0]).await;
        let deletion = Deletion::of(deleted).map_err(|error| Failure::of(&error).outcome());
        self.sessions.put_back(session);
        deletion
    }

    /// Writes the operation: over the document with the id, if one is given.
    async fn write(&self, operation: &Operation, over: Option<DocumentUuid>) -> Option<Outcome> {
        if operation.authorization.is_some() {
            return Some(failed(None, "the baseline does not authorize"));
        }
        let mut session = match self.sessions.take().await {
            Ok(session) => session,
            Err(error) => return Some(failed(error.sqlstate(), error.to_string())),
        };
        let outcome = transaction(&mut session, operation, over).await;
        self.sessions.put_back(session);
        outcome
    }

    /// Writes one operation, and leaves its transaction open.
    ///
    /// # Errors
    /// The outcome, when it was not written.
    pub async fn upsert_uncommitted(&self, operation: &Operation) -> Result<Uncommitted<'_>, Outcome> {
        let taken = self.sessions.take().await;
        let mut session = taken.map_err(|error| failed(error.sqlstate(), error.to_string()))?;
        let outcome = match session.begin().await {
            Ok(()) => upsert(&mut session, operation).await,
            Err(error) => Err(Failure::of(&error)),
        };
        match outcome {
            Ok(outcome) if outcome.is_stored() => Ok(Uncommitted { sessions: &self.sessions, session, outcome }),
            // Dropped, the session ends, and its transaction with it.
            outcome => Err(outcome.unwrap_or_else(Failure::outcome)),
        }
    }

    /// Writes operations one after another in one transaction, each behind a savepoint: what batching saves without set-based
    /// statements. One outcome each.
    pub async fn upsert_together(&self, operations: &[&Operation]) -> Vec<Outcome> {
        let mut session = match self.sessions.take().await {
            Ok(session) => session,
            Err(error) => return operations.iter().map(|_| failed(error.sqlstate(), error.to_string())).collect(),
        };
        let outcomes = together(&mut session, operations).await;
        self.sessions.put_back(session);
        outcomes
    }
}

/// An operation that is written and not committed yet. Dropped, it is not stored.
#[derive(Debug)]
pub struct Uncommitted<'a> {
    sessions: &'a Sessions,
    session: Session<'a>,
    outcome: Outcome,
}

impl Uncommitted<'_> {
    /// Commits it.
    pub async fn commit(mut self) -> Outcome {
        match self.session.commit().await {
            Ok(()) => {
                self.sessions.put_back(self.session);
                self.outcome
            }
            // Deferred foreign keys are checked here.
            Err(error) => Failure::of(&error).outcome(),
        }
    }
}

/// Runs the operations in one transaction, each behind a savepoint of its own, to which it goes back when it is not stored.
async fn together(session: &mut Session<'_>, operations: &[&Operation]) -> Vec<Outcome> {
    if let Err(error) = session.begin().await {
        return operations.iter().map(|_| Failure::of(&error).outcome()).collect();
    }
    let mut outcomes = Vec::with_capacity(operations.len());
    for operation in operations {
        let outcome = match session.savepoint().await {
            Ok(()) => upsert(session, operation).await.unwrap_or_else(Failure::outcome),
            Err(error) => Failure::of(&error).outcome(),
        };
        if !outcome.is_stored() {
            // Where this fails, so do the statements that follow, and COMMIT.
            let _ = session.back_to_savepoint().await;
        }
        outcomes.push(outcome);
    }
    if let Err(error) = session.commit().await {
        let failed = Failure::of(&error).outcome();
        outcomes.iter_mut().filter(|outcome| outcome.is_stored()).for_each(|outcome| *outcome = failed.clone());
        session.roll_back().await;
    }
    outcomes
}

/// Runs the operation in a transaction, which is committed when the document is stored. A session whose transaction
/// could not be ended is closed, and not used again.
async fn transaction(session: &mut Session<'_>, operation: &Operation, over: Option<DocumentUuid>) -> Option<Outcome> {
    let outcome = match (session.begin().await, over) {
        (Ok(()), Some(id)) => update_by_id(session, id, operation).await,
        (Ok(()), None) => upsert(session, operation).await.map(Some),
        (Err(error), _) => Err(Failure::of(&error)),
    };
    let ended = match outcome {
        Ok(Some(outcome)) if outcome.is_stored() => match session.commit().await {
            Ok(()) => return Some(outcome),
            // Deferred foreign keys are checked here. The transaction is over.
            Err(error) => return Some(Failure::of(&error).outcome()),
        },
        Ok(outcome) => outcome,
        Err(failure) => Some(failure.outcome()),
    };
    session.roll_back().await;
    ended
}

/// The upsert itself, up to the end of the transaction.
async fn upsert(session: &mut Session<'_>, operation: &Operation) -> Result<Outcome, Failure> {
    let id = operation.extraction.referential_id;
    let stored = session.rows(&FIND, &[&id.partition().get(), &id.0]).await?.into_iter().next();
    let arrays = array::read(session, &operation.extraction).await?;
    let references = References::of(&operation.extraction);
    let Some(stored) = stored else {
        if let Some(refusal) = references.preflight(session, &operation.extraction).await? {
            return Ok(refusal);
        }
        return write::insert(session, operation, &arrays, &references).await;
    };
    update(session, operation, &arrays, &references, &stored).await
}

/// The update of a document by its id, up to the end of the transaction; `None`: there is no such document.
async fn update_by_id(
    session: &mut Session<'_>,
    id: DocumentUuid,
    operation: &Operation,
) -> Result<Option<Outcome>, Failure> {
    let stored = session.rows(&FIND_BY_ID, &[&id.partition().get(), &id.0]).await?.into_iter().next();
    let Some(stored) = stored else { return Ok(None) };
    let arrays = array::read(session, &operation.extraction).await?;
    let references = References::of(&operation.extraction);
    update(session, operation, &arrays, &references, &stored).await.map(Some)
}

/// The update of the document that was found.
async fn update(
    session: &mut Session<'_>,
    operation: &Operation,
    arrays: &Arrays,
    references: &References,
    stored: &Row,
) -> Result<Outcome, Failure> {
    let document_uuid = DocumentUuid(stored.try_get("documentuuid")?);
    let Json(body) = stored.try_get("edfidoc")?;
    let etag = operation.extraction.etag.map(|etag| operation.extraction.text(etag));
    if etag.is_some() && etag == etag_of(&body).as_deref() {
        return Ok(Outcome::Updated { document_uuid });
    }
    if let Some(refusal) = references.preflight(session, &operation.extraction).await? {
        return Ok(refusal);
    }
    write::update(session, operation, arrays, references, stored.try_get("id")?, document_uuid).await
}

/// The top-level `_etag` of a stored body, when it is a string.
fn etag_of(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Tagged {
        #[serde(rename = "_etag")]
        etag: Option<serde_json::Value>,
    }
    match serde_json::from_str::<Tagged>(body).ok()?.etag? {
        serde_json::Value::String(etag) => Some(etag),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::etag_of;

    #[test]
    fn only_a_string_is_a_tag() {
        for (body, etag) in [
            (r#"{"_etag": "a"}"#, Some("a")),
            (r#"{"_etag": 1}"#, None),
            (r#"{"_etag": null}"#, None),
            (r#"{"x": {"_etag": "a"}}"#, None),
        ] {
            assert_eq!(etag_of(body).as_deref(), etag, "{body}");
        }
    }
}
