//! A store that may be emptied: for sequences of operations that begin on empty tables, and for reading what they
//! left. Refuses a database that is not marked as scratch.

use laneway_model::{DocumentUuid, ReferentialId};
use laneway_pgconfig::Config;
use laneway_postgres::sqlstate::is_permission_denied;
use laneway_postgres::{Layout, Release, read_catalog};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use crate::content::canonical_store;
use crate::deletion::Deletion;
use crate::error::QueryError;

/// Parts of names that throw-away databases have: those of the tests and the demo, and any that is called scratch.
const NAMES: [&str; 3] = ["laneway_test", "laneway_demo", "scratch"];
/// The word that a database's comment marks it with.
const COMMENT: &str = "scratch";
/// The advisory lock ("replay" in ASCII) of the session that empties a store: two would empty each other's cases.
const LOCK: i64 = 0x7265_706c_6179;
/// A small store is read by nested loops; nothing here is worth compiling. A statement that runs for a minute, on
/// tables of some hundred rows, hangs.
const SESSION: &str = "SET jit = off; SET enable_seqscan = off; SET statement_timeout = '60s'";

/// Whether a database that is not marked may be emptied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permission {
    /// Only one whose name or comment marks it as scratch.
    OnlyIfMarked,
    /// Any: the caller has been given permission.
    Given,
}

/// A scratch store that cannot be used (any more).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ScratchError(#[from] Cause);

/// Why a scratch store cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ScratchErrorKind {
    /// The database cannot be reached, or refused.
    Query,
    /// It may be used once it is marked, or permission is given.
    NotMarked,
    /// It holds no document store.
    NoStore,
    /// Another process is using it.
    Taken,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Query(QueryError),
    #[error(
        "{target} is not marked as scratch, and its tables would be emptied. Nothing was changed; name another, or mark it: \
         COMMENT ON DATABASE … IS 'scratch'"
    )]
    NotMarked { target: String },
    #[error("{target} holds no document store; build one with `laneway deploy`")]
    NoStore { target: String },
    #[error("another replay is running on {target}; wait, or name another database")]
    Taken { target: String },
}

impl ScratchError {
    /// Why.
    #[must_use]
    pub fn kind(&self) -> ScratchErrorKind {
        match self.0 {
            Cause::Query(_) => ScratchErrorKind::Query,
            Cause::NotMarked { .. } => ScratchErrorKind::NotMarked,
            Cause::NoStore { .. } => ScratchErrorKind::NoStore,
            Cause::Taken { .. } => ScratchErrorKind::Taken,
        }
    }
}

/// A document as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredRow {
    /// Its id.
    pub uuid: DocumentUuid,
    /// The whole body as the server prints it.
    pub body: String,
    /// The trace id of the last write.
    pub trace_id: String,
    /// The partition that it is in.
    pub partition_key: i16,
    /// Whether it was written again after its insert.
    pub touched: bool,
}

/// A store that may be emptied, and a connection to it.
pub struct Scratch {
    config: Config,
    client: Client,
    empty: String,
    content: Statement,
    documents: Statement,
    delete: Statement,
    refer: Statement,
}

impl Scratch {
    /// Connects to the store that `config` names, once it is sure that it may be emptied.
    ///
    /// # Errors
    /// When the database is not marked and `permission` is not given, holds no store, is being used the same way by
    /// another session, or cannot be reached.
    pub async fn open(config: &Config, permission: Permission) -> Result<Self, ScratchError> {
        let client = config.connect().await.map_err(QueryError::from)?;
        let target = || config.to_string();
        let refused = |doing| QueryError::of(doing, config);
        if permission == Permission::OnlyIfMarked && !is_marked(&client).await.map_err(refused("reading its name"))? {
            return Err(Cause::NotMarked { target: target() }.into());
        }
        let catalog = read_catalog(&client).await.map_err(refused("reading the catalog"))?;
        let Layout::Document(release) = Layout::of(&catalog) else {
            return Err(Cause::NoStore { target: target() }.into());
        };
        let lock = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await;
        if !lock.and_then(|row| row.try_get::<_, bool>(0)).map_err(refused("taking a lock"))? {
            return Err(Cause::Taken { target: target() }.into());
        }
        client.batch_execute(SESSION).await.map_err(refused("setting up a session"))?;
        let empty = emptying(&client).await.map_err(refused("trying a setting"))?;
        let prepare = async |text: &str| client.prepare(text).await.map_err(refused("preparing a statement"));
        Ok(Self {
            content: prepare(&canonical_store(release)).await?,
            documents: prepare(include_str!("../queries/scratch/documents.sql")).await?,
            delete: prepare(include_str!("../queries/scratch/delete.sql")).await?,
            refer: prepare(refer(release)).await?,
            config: config.clone(),
            client,
            empty,
        })
    }

    /// Empties every table of the store.
    ///
    /// # Errors
    /// When the database refuses, or the connection is gone.
    pub async fn empty(&self) -> Result<(), ScratchError> {
        let emptied = self.client.batch_execute(&self.empty).await;
        Ok(emptied.map_err(self.refused("emptying the tables"))?)
    }

    /// Deletes a document as a plain DELETE does, committed.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn delete(&self, uuid: DocumentUuid) -> Result<Deletion, ScratchError> {
        let deleted = self.client.execute(&self.delete, &[&uuid.partition().get(), &uuid.0]).await;
        Ok(Deletion::of(deleted).map_err(self.refused("deleting a document"))?)
    }

    /// Adds references of the document with the identity `from`, last written under `trace_id`, to `targets`, which
    /// must be stored; none that it has already.
    ///
    /// # Errors
    /// When the database refuses, or the connection is gone.
    pub async fn refer(
        &self,
        from: ReferentialId,
        trace_id: &str,
        targets: &[ReferentialId],
    ) -> Result<(), ScratchError> {
        let targets: Vec<Uuid> = targets.iter().map(|target| target.0).collect();
        let added = self.client.execute(&self.refer, &[&from.0, &trace_id, &targets]).await;
        added.map_err(self.refused("adding references"))?;
        Ok(())
    }

    /// The store's content in canonical lines: (table, line), sorted.
    ///
    /// # Errors
    /// When the database refuses, or the connection is gone.
    pub async fn lines(&self) -> Result<Vec<(String, String)>, ScratchError> {
        let refused = self.refused("reading the content");
        let rows = self.client.query(&self.content, &[]).await.map_err(refused)?;
        rows.iter().map(|row| Ok((row.try_get(0).map_err(refused)?, row.try_get(1).map_err(refused)?))).collect()
    }

    /// The stored documents, whole, by id.
    ///
    /// # Errors
    /// When the database refuses, or the connection is gone.
    pub async fn documents(&self) -> Result<Vec<StoredRow>, ScratchError> {
        let refused = self.refused("reading the documents");
        let rows = self.client.query(&self.documents, &[]).await.map_err(refused)?;
        let read = |row: &tokio_postgres::Row| -> Result<StoredRow, tokio_postgres::Error> {
            Ok(StoredRow {
                uuid: DocumentUuid(row.try_get("uuid")?),
                body: row.try_get("body")?,
                trace_id: row.try_get("trace_id")?,
                partition_key: row.try_get("partition_key")?,
                touched: row.try_get("touched")?,
            })
        };
        rows.iter().map(|row| Ok(read(row).map_err(refused)?)).collect()
    }

    fn refused(&self, doing: &'static str) -> impl Fn(tokio_postgres::Error) -> QueryError + Copy + '_ {
        QueryError::of(doing, &self.config)
    }
}

impl From<QueryError> for ScratchError {
    fn from(error: QueryError) -> Self {
        Cause::Query(error).into()
    }
}

fn refer(release: Release) -> &'static str {
    match release {
        Release::V0_6 => include_str!("../queries/scratch/dms-0.6/refer.sql"),
        Release::V0_7 => include_str!("../queries/scratch/dms-0.7/refer.sql"),
    }
}

async fn is_marked(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let row = client.query_one(include_str!("../queries/scratch/marked.sql"), &[]).await?;
    let (name, comment): (String, String) = (row.try_get("name")?, row.try_get("comment")?);
    Ok(NAMES.iter().any(|part| name.contains(part)) || comment.to_lowercase().contains(COMMENT))
}

/// The statements that empty the tables: without triggers and checks where the role may switch them off.
async fn emptying(client: &Client) -> Result<String, tokio_postgres::Error> {
    const OFF: &str = "SET LOCAL session_replication_role = replica";
    let statements = include_str!("../queries/scratch/empty.sql");
    match client.batch_execute(&format!("BEGIN; {OFF}; ROLLBACK")).await {
        Ok(()) => Ok(format!("BEGIN; {OFF}; {statements} COMMIT")),
        Err(error) if is_permission_denied(&error) => {
            client.batch_execute("ROLLBACK").await?;
            Ok(format!("BEGIN; {statements} COMMIT"))
        }
        Err(error) => Err(error),
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scratch({})", self.config)
    }
}
