//! A PostgreSQL database as a store: opened, checked, and its connections pooled.

use std::sync::Arc;

use laneway_core::Wait;
use laneway_core::store::{Store, StoreError, StoreErrorKind};
use laneway_model::{LimitError, Limits};
use laneway_pgconfig::{Config, ConnectError, chain};

use crate::connection::{Manager, Pool, is_lock_timeout, pool_error};
use crate::grants::Grants;
use crate::key_statistics::KeyStatistics;
use crate::layout::{Layout, Release, read_catalog};
use crate::lock_waits::LockWaits;
use crate::logins::Logins;
use crate::novelty::Novelty;
use crate::options::{StoreOptions, Timeouts};
use crate::plans::Plans;
use crate::pooler::{self, Between};
use crate::rights::{self, Shortfall};
use crate::session::PostgresSession;
use crate::shared::Shared;
use crate::statement::WalPosition;
use crate::timeline::Timeline;
use crate::waiting::Waits;

/// A store that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OpenError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{database} holds no store that can be written to: {found}")]
    Layout { database: String, found: String },
    #[error("{database} cannot be written to: {shortfall} (`laneway grants` prints all that are needed)")]
    Rights { database: String, shortfall: Shortfall },
    #[error(
        "{database} is reached through a pooler that gives each transaction another connection, and leaves prepared \
         statements behind{refusal}: {}",
        pooler::REMEDY
    )]
    Pooler { database: String, refusal: String },
    #[error(
        "{database} is reached through a pooler that gives each transaction another connection, and the locks of the isolation \
         repeatable-read stay with a connection: {}",
        pooler::REMEDY_FOR_SESSIONS
    )]
    SessionsShared { database: String },
    #[error("{database} cannot be used: {cause}")]
    Database { database: String, cause: String },
}

/// A PostgreSQL database.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

impl PostgresStore {
    /// Connects, recognises the layout, checks the rights and, on a second connection, what a pooler before the server
    /// lets through.
    ///
    /// # Errors
    /// When the database cannot be reached, holds something else, or the role lacks a right; when a pooler is between that does
    /// not keep prepared statements.
    pub async fn open(config: &Config, options: StoreOptions) -> Result<Self, OpenError> {
        let client = config.connect().await.map_err(Cause::Connect)?;
        // First: what follows prepares statements itself.
        let needs_session = options.isolation.locks_by_session();
        match pooler::between(config, &client, needs_session).await.map_err(unusable(config))? {
            Between::Pooler { refusal } => {
                return Err(Cause::Pooler { database: config.to_string(), refusal }.into());
            }
            Between::KeepsStatements if needs_session => {
                return Err(Cause::SessionsShared { database: config.to_string() }.into());
            }
            Between::KeepsStatements | Between::Nothing => {}
        }
        client.batch_execute(&options.prologue()).await.map_err(unusable(config))?;
        let catalog = read_catalog(&client).await.map_err(unusable(config))?;
        let release = Layout::of(&catalog).release();
        let release = release.map_err(|found| Cause::Layout { database: config.to_string(), found })?;
        let shortfall = rights::check::shortfall(&client, options.isolation).await.map_err(unusable(config))?;
        if let Some(shortfall) = shortfall {
            return Err(Cause::Rights { database: config.to_string(), shortfall }.into());
        }
        let plans = Plans::of(&client).await.map_err(unusable(config))?;
        let timeouts = Timeouts::of(&client).await.map_err(unusable(config))?;
        // Last: where it is withheld, the transaction ends with it.
        let wal_position = WalPosition::of(&client).await;
        if wal_position == WalPosition::Withheld {
            tracing::info!("the server withholds its WAL position: a lost commit is settled by the data alone");
        }
        // Unset: grown when a runtime says how many flushes it allows.
        let connections_max = options.connections_max.unwrap_or_else(|| Limits::default().flushes_max());
        let timeline = Timeline::of(&client).await;
        let (logins, epoch, grants) = (Logins::of(config), Arc::default(), Grants::new(connections_max));
        let lock_waits = LockWaits::default();
        let waits = Waits::of(&logins);
        let manager = Manager {
            logins: Arc::clone(&logins),
            waits: Arc::clone(&waits),
            wal_position,
            timeline,
            release,
            options: options.clone(),
            epoch: Arc::clone(&epoch),
        };
        // Opens nothing yet: the first flush opens the first connection.
        let pool = Pool::builder(manager).max_size(grants.wanted()).build();
        let pool = pool.expect("only a pool with timeouts can lack a runtime");
        Ok(Self {
            shared: Arc::new(Shared {
                logins,
                pool,
                grants,
                epoch,
                options,
                novelty: Novelty::default(),
                plans,
                key_statistics: KeyStatistics::default(),
                waits,
                timeouts,
                lock_waits,
            }),
        })
    }

    /// What the database's tables are, in words for a log.
    #[must_use]
    pub fn layout(&self) -> &'static str {
        self.release().in_words()
    }

    /// The release of the service whose tables the database has.
    #[must_use]
    pub fn release(&self) -> Release {
        self.shared.pool.manager().release
    }
}

/// Why the first statements failed.
fn unusable(config: &Config) -> impl Fn(tokio_postgres::Error) -> Cause + Copy + '_ {
    |error| Cause::Database { database: config.to_string(), cause: chain(&error) }
}

/// Whether the server, or a pooler before it, has no connection left to give: what a server that starts or a refused login
/// says of one connection, it would say of all.
fn is_limit(error: &StoreError) -> bool {
    let is_wait = error.kind() == StoreErrorKind::Unavailable;
    // 53300 by PostgreSQL, 08P01 by PgBouncer.
    is_wait && error.sqlstate().is_some_and(|code| code.as_str().starts_with("53") || code.as_str() == "08P01")
}

impl Store for PostgresStore {
    type Session = PostgresSession;

    async fn session(&self) -> Result<PostgresSession, StoreError> {
        let shared = &self.shared;
        loop {
            let granted = shared.grants.acquire().await;
            let error = match shared.pool.get().await {
                Ok(connection) => return Ok(PostgresSession::new(Arc::clone(shared), connection, granted.used())),
                Err(error) => pool_error(error),
            };
            if !is_lock_timeout(&error) {
                shared.waits.forget();
            }
            // With those connections that there are it goes on, slower.
            if !is_limit(&error) || !shared.grants.refused(granted) {
                return Err(error);
            }
        }
    }

    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        let Shared { options, grants, pool, .. } = &*self.shared;
        match options.connections_max {
            Some(connections_max) => limits.check_connections(connections_max),
            None => {
                // Never less: the runtime asks for no more sessions than its limits allow.
                grants.want(limits.flushes_max(), |wanted| pool.resize(wanted));
                Ok(())
            }
        }
    }

    fn wait(&self) -> Option<Wait> {
        self.shared.waits.current()
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.shared.logins.config())
    }
}
