//! A PostgreSQL database as a store: opened, checked, and its connections pooled.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, ManagerConfig, Pool, PoolError, RecyclingMethod};
use laneway_core::store::{ErrorClass, Store, StoreError};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::config::{Config, ConnectError, chain};
use crate::error::{other, store_error};
use crate::layout::{Layout, read_catalog};
use crate::session::PostgresSession;
use crate::statement::Statements;
use crate::statistics::{self, Statistics};

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
    this: std::sync::Weak<Shared>,
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
        let database = |error: &(dyn std::error::Error + 'static)| unusable(config, error);
        let catalog = read_catalog(&client).await.map_err(|error| database(&error))?;
        if let Some(found) = what_is_wrong(&Layout::of(&catalog)) {
            return Err(OpenErrorKind::Layout { database: config.to_string(), found }.into());
        }
        let sequences = sequences(&client, config).await?;
        let statistics = Statistics::of(&client).await.map_err(|error| database(&error))?;
        let pool = pool(config, &options).map_err(|error| database(&error))?;
        let shared = Arc::new_cyclic(|this| Shared {
            config: config.clone(),
            pool,
            options,
            sequences,
            statistics,
            this: this.clone(),
        });
        Ok(Self { shared })
    }
}

/// What stood in the way of the first statements: a missing right, which the operator can mend, or something else.
fn unusable(config: &Config, error: &(dyn std::error::Error + 'static)) -> OpenErrorKind {
    let (database, cause) = (config.to_string(), chain(error));
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let is_right = |error: &tokio_postgres::Error| error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    if causes.any(|error| error.downcast_ref().is_some_and(is_right)) {
        OpenErrorKind::Rights { database, cause }
    } else {
        OpenErrorKind::Database { database, cause }
    }
}

/// Why a store of this layout is not written to; `None`: it is.
fn what_is_wrong(layout: &Layout) -> Option<String> {
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
    let database = |error: tokio_postgres::Error| unusable(config, &error);
    let rows = client.query(include_str!("../queries/flush/sequences.sql"), &[]).await.map_err(database)?;
    let mut oids = [0; 3];
    for (row, oid) in rows.iter().zip(&mut oids) {
        if !row.try_get::<_, bool>("usable").map_err(database)? {
            let (role, sequence) = (row.try_get("role").map_err(database)?, row.try_get("name").map_err(database)?);
            return Err(OpenErrorKind::Sequence { role, sequence }.into());
        }
        *oid = row.try_get("oid").map_err(database)?;
    }
    let [document, alias, hierarchy] = oids;
    Ok(Sequences { document, alias, hierarchy })
}

fn pool(config: &Config, options: &StoreOptions) -> Result<Pool, deadpool_postgres::BuildError> {
    let manager = config.manager(ManagerConfig { recycling_method: RecyclingMethod::Fast }, |settings| {
        settings.keepalives(true).keepalives_idle(Duration::from_secs(30));
    });
    Pool::builder(manager)
        .max_size(options.connections_max)
        .post_create(Hook::async_fn(|client, _| {
            Box::pin(async move {
                client.batch_execute(include_str!("../queries/flush/session.sql")).await.map_err(HookError::Backend)?;
                Statements::of(client).await.map_err(HookError::Backend).map(drop)
            })
        }))
        .build()
}

impl Shared {
    /// What begins a flush's transaction.
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

    /// A connection outside the pool, for questions and maintenance; `None` while the server does not answer.
    pub(crate) async fn connect(&self) -> Option<Client> {
        self.config.connect().await.ok()
    }

    /// Takes note of inserted documents.
    pub(crate) fn count_inserted(&self, documents: usize) {
        if let Some(this) = self.this.upgrade() {
            statistics::count_inserted(&this, documents);
        }
    }
}

impl Store for PostgresStore {
    type Session = PostgresSession;

    async fn session(&self) -> Result<PostgresSession, StoreError> {
        let object = self.shared.pool.get().await.map_err(|error| pool_error(&error))?;
        let statements = Statements::of(&object).await.map_err(|error| store_error(&error))?;
        Ok(PostgresSession::new(Arc::clone(&self.shared), object, statements))
    }
}

fn pool_error(error: &PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => store_error(error),
        error => other(ErrorClass::Connection, chain(error)),
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.shared.config)
    }
}
