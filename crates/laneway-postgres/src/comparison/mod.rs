//! The comparison: one upsert as the DMS itself writes it, statement by statement, on a connection and in a transaction
//! of its own. It exists to be measured against. It takes no locks beyond the document's row, waits for nothing, and
//! does not authorize: Laneway's own single path is something else.

mod array;
mod references;
mod session;
mod statement;
mod write;

use laneway_model::{DocumentUuid, Operation, Outcome, SqlState};

use crate::config::{Config, ConnectError, chain};
use crate::layout::{Layout, read_catalog};
use array::JsonText;
use references::References;
use session::{Session, Sessions};
use statement::FIND;

/// The function that `deploy` brings for the comparison's references.
pub(crate) const REFERENCES_FUNCTION: &str = "laneway_comparison_references";

/// The DMS's own way of writing, one operation at a time on each of its connections.
#[derive(Debug)]
pub struct Comparison {
    sessions: Sessions,
}

/// A database that the comparison cannot run on.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// The database cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The catalog cannot be read.
    #[error("cannot read the catalog: {}", chain(.0))]
    Catalog(#[source] tokio_postgres::Error),
    /// The store is not one of today, or lacks what the comparison calls.
    #[error("the comparison needs a store with {0}; run laneway deploy first")]
    Store(String),
}

impl Comparison {
    /// For the store that `config` names, with at most `connections` connections.
    ///
    /// # Errors
    /// When the database cannot be reached, or has not been deployed.
    pub async fn open(config: &Config, connections: usize) -> Result<Self, ComparisonError> {
        let sessions = Sessions::new(config.clone(), connections);
        let session = sessions.take().await?;
        let catalog = read_catalog(session.client()).await.map_err(ComparisonError::Catalog)?;
        if let Layout::Empty | Layout::Older | Layout::Unknown { .. } = Layout::of(&catalog) {
            return Err(ComparisonError::Store("the tables of today".to_owned()));
        }
        if !catalog.functions.iter().any(|name| name == REFERENCES_FUNCTION) {
            return Err(ComparisonError::Store(format!("function dms.{REFERENCES_FUNCTION}")));
        }
        sessions.put_back(session);
        Ok(Self { sessions })
    }

    /// Writes one operation; waits for a connection where none is free.
    pub async fn upsert(&self, operation: &Operation) -> Outcome {
        if operation.authorization.is_some() {
            return failed(None, "the comparison does not authorize");
        }
        let mut session = match self.sessions.take().await {
            Ok(session) => session,
            Err(error) => return failed(error.sqlstate(), error.to_string()),
        };
        let outcome = transaction(&mut session, operation).await;
        self.sessions.put_back(session);
        outcome
    }
}

/// Runs the operation in a transaction, which is committed when the document is stored. A session whose transaction
/// could not be ended is closed, and not used again.
async fn transaction(session: &mut Session<'_>, operation: &Operation) -> Outcome {
    let outcome = match session.begin().await {
        Ok(()) => upsert(session, operation).await,
        Err(error) => Err(Failure::of(&error)),
    };
    let ended = match outcome {
        Ok(outcome) if outcome.is_stored() => match session.commit().await {
            Ok(()) => return outcome,
            // Deferred foreign keys speak up here. The transaction is over.
            Err(error) => return Failure::of(&error).outcome(),
        },
        Ok(outcome) => outcome,
        Err(failure) => failure.outcome(),
    };
    session.roll_back().await;
    ended
}

/// A statement's failure, told apart by what it means for the operation.
enum Failure {
    /// Another document holds the identity or the document's id.
    Conflict(Outcome),
    Database {
        sqlstate: Option<String>,
        message: String,
    },
}

impl Failure {
    fn of(error: &tokio_postgres::Error) -> Self {
        let sqlstate = error.code().map(|code| code.code().to_owned());
        // The primary message only: DETAIL may carry values of documents.
        let message = error.as_db_error().map_or_else(|| chain(error), |error| error.message().to_owned());
        Self::Database { sqlstate, message }
    }

    /// What the failure of a statement of an insert means: any unique key that it violates is the document's identity.
    fn of_insert(error: &tokio_postgres::Error, operation: &Operation) -> Self {
        if error.code() == Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION) {
            return Self::Conflict(Outcome::identity_conflict(&operation.extraction));
        }
        Self::of(error)
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Conflict(outcome) => outcome,
            Self::Database { sqlstate: Some(code), .. } if code == "40001" || code == "40P01" => {
                Outcome::WriteConflict { sqlstate: SqlState::new(&code) }
            }
            Self::Database { sqlstate, message } => failed(sqlstate.as_deref(), message),
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::of(&error)
    }
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
    let document_uuid = DocumentUuid(stored.try_get("documentuuid")?);
    let body: JsonText = stored.try_get("edfidoc")?;
    let etag = operation.extraction.etag.map(|etag| operation.extraction.text(etag));
    if etag.is_some() && etag == body.etag().as_deref() {
        return Ok(Outcome::Updated { document_uuid });
    }
    if let Some(refusal) = references.preflight(session, &operation.extraction).await? {
        return Ok(refusal);
    }
    write::update(session, operation, &arrays, &references, stored.try_get("id")?, document_uuid).await
}

fn failed(sqlstate: Option<&str>, message: impl Into<String>) -> Outcome {
    Outcome::Failed { sqlstate: sqlstate.and_then(SqlState::new), message: message.into() }
}
