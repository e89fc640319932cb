//! The connections that flushes use: opened with the session's settings and statements, kept in a pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use laneway_core::store::{StoreError, StoreErrorKind};
use laneway_pgconfig::chain;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};

use crate::error::statement_error;
use crate::layout::Release;
use crate::logins::Logins;
use crate::options::StoreOptions;
use crate::plans::Generation;
use crate::statement::{Statements, WalPosition};
use crate::timeline::Timeline;
use crate::waiting::{Backend, Waits, watch};

/// Connections without a flush, and how many there may be.
pub(crate) type Pool = managed::Pool<Manager>;
/// A connection that goes back into its pool when dropped.
pub(crate) type Pooled = managed::Object<Manager>;

/// The object ids of the sequences that new rows draw from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sequences {
    pub(crate) document: u32,
    pub(crate) alias: u32,
    pub(crate) hierarchy: u32,
}

/// An open connection with everything that a flush prepares once.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    /// Read by each connection: a store that is deployed anew has other ones.
    pub(crate) sequences: Sequences,
    /// The server's process; of no meaning behind a pooler that changes servers.
    pub(crate) process: i32,
    /// Of which generation the server's plans of the statements are; `None`: there are none yet.
    pub(crate) planned: Option<Generation>,
    epoch: u64,
    task: JoinHandle<()>,
}

impl Drop for Connection {
    /// Closes the connection at once. Otherwise its task would first wait for answers, and one that is dropped in the
    /// middle of a flush would keep its locks for as long.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens connections, and returns to use those that are not broken.
pub(crate) struct Manager {
    pub(crate) logins: Arc<Logins>,
    pub(crate) wal_position: WalPosition,
    pub(crate) timeline: Timeline,
    pub(crate) waits: Arc<Waits>,
    pub(crate) release: Release,
    pub(crate) options: StoreOptions,
    /// Counts up when what connections hold has become stale; older ones are not used again. `Relaxed`: a flush that
    /// still gets a stale one fails, and counts up itself.
    pub(crate) epoch: Arc<AtomicU64>,
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = StoreError;

    async fn create(&self) -> Result<Connection, StoreError> {
        // How long the server may take to open and prepare one.
        let within = self.options.answer_timeout;
        timeout(within, self.open()).await.unwrap_or_else(|_| Err(silent(within)))
    }

    // Without a round trip: a connection that broke unnoticed fails the flush's first statement, which is repeated on
    // another.
    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<StoreError> {
        if connection.client.is_closed() {
            self.logins.lost();
            Err(RecycleError::message("the connection is closed"))
        } else if connection.epoch != self.epoch.load(Ordering::Relaxed) {
            Err(RecycleError::message("the connection is stale"))
        } else {
            Ok(())
        }
    }
}

impl Manager {
    async fn open(&self) -> Result<Connection, StoreError> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        let (client, task) = self.logins.connect_with_task().await?;
        let prepared = self.prepare(&client).await;
        if prepared.is_err() {
            // Else its task would wait for answers to what is no longer wanted.
            task.abort();
        }
        let (statements, sequences, process) = prepared?;
        Ok(Connection { client, statements, sequences, process, planned: None, epoch, task })
    }

    async fn prepare(&self, client: &Client) -> Result<(Statements, Sequences, i32), StoreError> {
        let prepare = async {
            client.batch_execute(&self.options.prologue()).await?;
            let process = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get(0)?;
            // Tables that another session has locked keep it waiting from here on.
            let prepare = self.prepare_statements(client);
            let backend = Backend { process, transaction: None };
            let (statements, sequences) = tokio::select! {
                biased;
                prepared = prepare => prepared?,
                never = watch(&self.waits, backend) => match never {},
            };
            Ok((statements, sequences, process))
        };
        prepare.await.map_err(|error: Error| {
            let error = statement_error(&error);
            if is_lock_timeout(&error) {
                self.waits.ran_out();
            }
            error
        })
    }

    async fn prepare_statements(&self, client: &Client) -> Result<(Statements, Sequences), Error> {
        let sequences = Sequences::read(client).await?;
        let Self { wal_position, release, options, .. } = self;
        let statements = Statements::prepare(client, *wal_position, *release, options.isolation).await?;
        self.timeline.look(client).await?;
        client.batch_execute("COMMIT").await?;
        Ok((statements, sequences))
    }
}

impl Sequences {
    /// In the order in which statements take them.
    pub(crate) fn parameters(self) -> [Box<dyn ToSql + Sync + Send>; 3] {
        [Box::new(self.document), Box::new(self.alias), Box::new(self.hierarchy)]
    }

    /// As a new connection finds them.
    async fn read(client: &Client) -> Result<Self, Error> {
        let row = client.query_one(include_str!("../queries/flush/sequences.sql"), &[]).await?;
        Ok(Self {
            document: row.try_get("document")?,
            alias: row.try_get("alias")?,
            hierarchy: row.try_get("hierarchy")?,
        })
    }
}

/// Whether a lock of another session's kept the server from answering in time, and nothing else.
pub(crate) fn is_lock_timeout(error: &StoreError) -> bool {
    error.sqlstate().is_some_and(|code| code.as_str() == "55P03")
}

/// The server did not answer in time.
pub(crate) fn silent(after: Duration) -> StoreError {
    let message = format!("the server has not answered within {} s", after.as_secs_f32());
    StoreError::new(StoreErrorKind::Connection, message)
}

/// Why the pool had no connection to give.
pub(crate) fn pool_error(error: managed::PoolError<StoreError>) -> StoreError {
    match error {
        managed::PoolError::Backend(error) => error,
        error => StoreError::new(StoreErrorKind::Connection, chain(&error)),
    }
}
