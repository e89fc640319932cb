//! The connections that flushes use: opened with the session's settings and statements, kept in a pool.

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use laneway_core::store::{StoreError, StoreErrorKind};
use laneway_pgconfig::{Config, ConnectError, chain};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error};

use crate::error::{connect_error, store_error};
use crate::statement::Statements;

/// Connections without a flush, and how many there may be.
pub(crate) type Pool = managed::Pool<Manager>;
/// A connection that goes back into its pool when dropped.
pub(crate) type Pooled = managed::Object<Manager>;

/// An open connection with everything that a flush prepares once.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
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
#[derive(Debug)]
pub(crate) struct Manager(pub(crate) Config);

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = OpenFailure;

    async fn create(&self) -> Result<Connection, OpenFailure> {
        let (client, task) = self.0.connect_with_task().await?;
        client.batch_execute(include_str!("../queries/flush/session.sql")).await?;
        Ok(Connection { statements: Statements::prepare(&client).await?, client, task })
    }

    // Without a round trip: a connection that broke unnoticed fails the flush's first statement, which is repeated on
    // another.
    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<OpenFailure> {
        if connection.client.is_closed() { Err(RecycleError::message("the connection is closed")) } else { Ok(()) }
    }
}

/// Why a connection could not be opened for flushes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenFailure {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{}", chain(.0))]
    Statement(#[from] Error),
}

/// Why the pool had no connection to give.
pub(crate) fn pool_error(error: &managed::PoolError<OpenFailure>) -> StoreError {
    match error {
        managed::PoolError::Backend(OpenFailure::Statement(error)) => store_error(error),
        managed::PoolError::Backend(OpenFailure::Connect(error)) => connect_error(error),
        error => StoreError::new(StoreErrorKind::Connection, chain(error)),
    }
}
