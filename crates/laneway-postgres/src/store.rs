//! A PostgreSQL database as a store: opened, checked, and its connections pooled.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::store::{Store, StoreError};
use laneway_pgconfig::{Config, ConnectError, chain};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::connection::{Manager, Pool, pool_error};
use crate::layout::{Layout, read_catalog};
use crate::session::PostgresSession;
use crate::statistics::Statistics;

/// How a store's connections behave.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The most connections that flushes hold at a time; a few more are opened for maintenance.
    pub connections_max: usize,
    /// How long a flush waits for a lock before it is tried again.
    pub lock_timeout: Duration,
    /// How long one statement of a flush may run.
    pub statement_timeout: Duration,
    /// How long a transaction may stand idle before the server ends it: a vanished process must not hold its locks.
    pub idle_in_transaction_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            connections_max: 8,
            lock_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(60),
            idle_in_transaction_timeout: Duration::from_secs(60),
        }
    }
}

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

/// The object ids of the sequences that new rows draw from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sequences {
    pub(crate) document: u32,
    pub(crate) alias: u32,
    pub(crate) hierarchy: u32,
}

/// What all sessions of a store share.
pub(crate) struct Shared {
    config: Config,
    pool: Pool,
    options: StoreOptions,
    pub(crate) sequences: Sequences,
    pub(crate) statistics: Statistics,
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
        match error.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => OpenErrorKind::Rights { database, cause },
            _ => OpenErrorKind::Database { database, cause },
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
    let config = config.clone().adjusted(|settings| {
        settings.keepalives(true).keepalives_idle(Duration::from_secs(30));
    });
    let pool = Pool::builder(Manager(config)).max_size(options.connections_max).build();
    pool.expect("only a pool with timeouts can lack a runtime")
}

impl Shared {
    /// The batch of statements that begins a flush's transaction. `SET LOCAL`, so that nothing of it outlives the
    /// transaction. `READ COMMITTED`, so that the reading statement's snapshot is taken after the locks were: a
    /// repeatable read's would be as old as the first lock.
    pub(crate) fn begin(&self) -> String {
        let options = &self.options;
        let plans = if self.statistics.are_present() { "force_generic_plan" } else { "auto" };
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL plan_cache_mode = {plans}",
            options.lock_timeout.as_millis(),
            options.statement_timeout.as_millis(),
            options.idle_in_transaction_timeout.as_millis(),
        )
    }

    /// A connection outside the pool, for maintenance and for the status of a commit: flushes may hold all of the
    /// pool's. `None` while the server does not answer.
    pub(crate) async fn connect(&self) -> Option<Client> {
        self.config.connect().await.ok()
    }
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
