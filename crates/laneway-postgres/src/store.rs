//! A PostgreSQL database as a store: opened, checked, and its connections pooled.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::store::{Store, StoreError};
use laneway_pgconfig::{Config, ConnectError, chain};
use tokio_postgres::Client;

use crate::connection::{Manager, Pool, pool_error};
use crate::layout::{Layout, read_catalog};
use crate::session::PostgresSession;
use crate::shared::{Sequences, Shared, StoreOptions};
use crate::sqlstate::is_permission_denied;
use crate::statistics::Statistics;

/// A store that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OpenError(#[from] OpenErrorKind);

#[derive(Debug, thiserror::Error)]
enum OpenErrorKind {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{database} holds no store that can be written to: {found}")]
    Layout { database: String, found: String },
    #[error("role {role} may not draw from {sequence}: GRANT USAGE ON SEQUENCE {sequence} TO {role}")]
    Sequence { role: String, sequence: String },
    #[error(
        "the role lacks rights in {database}: {cause}; grant it SELECT, INSERT and UPDATE on the tables of schema dms, \
         USAGE on the schema and its sequences"
    )]
    Rights { database: String, cause: String },
    #[error("{database} cannot be used: {cause}")]
    Database { database: String, cause: String },
}

/// A PostgreSQL database.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

impl PostgresStore {
    /// Connects, recognises the layout, checks the rights.
    ///
    /// # Errors
    /// When the database cannot be reached, holds something else, or the role lacks a right.
    pub async fn open(config: &Config, options: StoreOptions) -> Result<Self, OpenError> {
        let client = config.connect().await.map_err(OpenErrorKind::Connect)?;
        let catalog = read_catalog(&client).await.map_err(unusable(config))?;
        if let Some(found) = obstacle(&Layout::of(&catalog)) {
            return Err(OpenErrorKind::Layout { database: config.to_string(), found }.into());
        }
        let sequences = sequences(&client, config).await?;
        let statistics = Statistics::of(&client).await.map_err(unusable(config))?;
        let pool = pool(config, &options);
        Ok(Self { shared: Arc::new(Shared { config: config.clone(), pool, options, sequences, statistics }) })
    }
}

/// Why the first statements failed: a missing right, which the operator can grant, or something else.
fn unusable(config: &Config) -> impl Fn(tokio_postgres::Error) -> OpenErrorKind + Copy + '_ {
    |error| {
        let (database, cause) = (config.to_string(), chain(&error));
        if is_permission_denied(&error) {
            OpenErrorKind::Rights { database, cause }
        } else {
            OpenErrorKind::Database { database, cause }
        }
    }
}

/// Why a store of this layout is not written to; `None`: it is.
fn obstacle(layout: &Layout) -> Option<String> {
    match layout {
        Layout::Current => None,
        Layout::Empty => Some("schema dms is not there; build it with `laneway deploy`".to_owned()),
        Layout::Older => Some(
            "the tables are those of before 2025-11 (hash partitions, references without alias ids), which are not \
             supported yet; let the DMS upgrade it"
                .to_owned(),
        ),
        Layout::Unknown { found } => Some(format!("schema dms holds {found}")),
    }
}

async fn sequences(client: &Client, config: &Config) -> Result<Sequences, OpenError> {
    let database = unusable(config);
    let row = client.query_one(include_str!("../queries/flush/sequences.sql"), &[]).await.map_err(database)?;
    if let Some(sequence) = row.try_get("unusable").map_err(database)? {
        let role = row.try_get("role").map_err(database)?;
        return Err(OpenErrorKind::Sequence { role, sequence }.into());
    }
    let oid = |column| row.try_get(column).map_err(database);
    Ok(Sequences { document: oid("document")?, alias: oid("alias")?, hierarchy: oid("hierarchy")? })
}

/// Opens nothing yet: the first flush opens the first connection.
fn pool(config: &Config, options: &StoreOptions) -> Pool {
    let pool = Pool::builder(Manager(config.clone())).max_size(options.connections_max).build();
    pool.expect("only a pool with timeouts can lack a runtime")
}

impl Store for PostgresStore {
    type Session = PostgresSession;

    async fn session(&self) -> Result<PostgresSession, StoreError> {
        let connection = self.shared.pool.get().await.map_err(|error| pool_error(&error))?;
        Ok(PostgresSession::new(Arc::clone(&self.shared), connection))
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.shared.config)
    }
}
