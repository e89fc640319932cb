//! The baseline's connections: as many as it may open, each with what it has prepared.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use laneway_pgconfig::Config;
use laneway_postgres::Release;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::error::{BaselineError, Cause};
use super::statement::Statement;

/// The use of a statement on a connection from which on it is prepared, as the DMS's driver does.
const PREPARED_FROM_USE: u32 = 3;

/// A pool whose connections remember how often each statement was used.
#[derive(Debug)]
pub(super) struct Sessions {
    config: Config,
    release: Release,
    /// Held for a push or a pop, never across an await.
    idle: Mutex<Vec<(Client, Uses)>>,
    permits: Semaphore,
}

type Uses = HashMap<&'static str, Use>;

/// How far a statement is on a connection.
#[derive(Debug)]
enum Use {
    Times(u32),
    Prepared(tokio_postgres::Statement),
}

impl Sessions {
    pub(super) fn new(config: Config, release: Release, connections: usize) -> Self {
        Self { config, release, idle: Mutex::default(), permits: Semaphore::new(connections.max(1)) }
    }

    /// A connection, once there is one; opened when none is idle.
    pub(super) async fn take(&self) -> Result<Session<'_>, BaselineError> {
        let permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (client, uses) = match idle {
            Some(idle) => idle,
            None => (self.open().await?, Uses::new()),
        };
        Ok(Session { client, uses, ended: true, _permit: permit })
    }

    async fn open(&self) -> Result<Client, BaselineError> {
        let client = self.config.connect().await.map_err(Cause::Connect)?;
        let function = match self.release {
            Release::V0_6 => include_str!("../../queries/baseline/dms-0.6/references_function.sql"),
            Release::V0_7 => include_str!("../../queries/baseline/dms-0.7/references_function.sql"),
        };
        client.batch_execute(function).await.map_err(Cause::Session)?;
        Ok(client)
    }

    /// Takes a session back; one that is broken or still in a transaction is closed.
    pub(super) fn put_back(&self, session: Session<'_>) {
        if session.ended && !session.client.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((session.client, session.uses));
        }
    }
}

/// One connection in use. Dropped instead of put back, it closes, and the server rolls back.
#[derive(Debug)]
pub(super) struct Session<'a> {
    client: Client,
    uses: Uses,
    ended: bool,
    _permit: SemaphorePermit<'a>,
}

impl Session<'_> {
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        self.ended = false;
        self.client.batch_execute("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED").await
    }

    pub(super) async fn savepoint(&mut self) -> Result<(), Error> {
        self.client.batch_execute("SAVEPOINT operation").await
    }

    /// Takes back what came after the savepoint.
    pub(super) async fn back_to_savepoint(&mut self) -> Result<(), Error> {
        self.client.batch_execute("ROLLBACK TO SAVEPOINT operation").await
    }

    pub(super) async fn commit(&mut self) -> Result<(), Error> {
        let committed = self.client.batch_execute("COMMIT").await;
        // A COMMIT that the server refuses has rolled back.
        self.ended = committed.as_ref().map_or_else(|error| error.as_db_error().is_some(), |()| true);
        committed
    }

    pub(super) async fn roll_back(&mut self) {
        self.ended = self.client.batch_execute("ROLLBACK").await.is_ok();
    }

    /// Runs a statement: unnamed for its first uses on this connection, prepared after them.
    pub(super) async fn rows(
        &mut self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let known = self.uses.entry(statement.text).or_insert(Use::Times(0));
        if let Use::Times(times) = known {
            *times += 1;
            if *times < PREPARED_FROM_USE {
                let typed: Vec<(&(dyn ToSql + Sync), Type)> =
                    parameters.iter().copied().zip(statement.types.iter().cloned()).collect();
                return self.client.query_typed(statement.text, &typed).await;
            }
            *known = Use::Prepared(self.client.prepare_typed(statement.text, statement.types).await?);
        }
        let Use::Prepared(prepared) = known else { unreachable!("prepared above") };
        self.client.query(prepared, parameters).await
    }
}
