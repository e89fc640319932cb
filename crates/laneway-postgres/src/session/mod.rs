//! One flush's conversation with PostgreSQL: at most two round trips when nothing goes wrong.
//! Knows statements and rows; what is written was decided before.

mod apply;
mod commit;
mod locks;
mod resolve;

use std::sync::Arc;

use deadpool_postgres::Object;
use laneway_core::changes::Changes;
use laneway_core::store::{ErrorClass, ResolveRequest, Session, Snapshot, StoreError};
use tokio_postgres::Client;

use crate::error::{other, store_error};
use crate::statement::Statements;
use crate::store::Shared;
use commit::Evidence;
use resolve::TransactionName;

/// A pooled connection during one flush. Dropped with its transaction open, it closes the connection: the server
/// rolls back.
pub struct PostgresSession {
    shared: Arc<Shared>,
    /// `None` once the connection is given up.
    connection: Option<Object>,
    statements: Statements,
    transaction: Option<TransactionName>,
    in_transaction: bool,
    round_trips: u64,
}

impl PostgresSession {
    pub(crate) fn new(shared: Arc<Shared>, connection: Object, statements: Statements) -> Self {
        Self {
            shared,
            connection: Some(connection),
            statements,
            transaction: None,
            in_transaction: false,
            round_trips: 0,
        }
    }

    fn client(&self) -> Result<&Client, StoreError> {
        let object =
            self.connection.as_ref().ok_or_else(|| other(ErrorClass::Connection, "the connection was given up"))?;
        Ok(object)
    }

    /// Ends the transaction after an error, and the connection where even that fails.
    async fn abandon(&mut self) {
        if !self.in_transaction {
            return;
        }
        self.round_trips += 1;
        let rolled_back = match self.client() {
            Ok(client) => client.batch_execute("ROLLBACK").await.is_ok(),
            Err(_) => false,
        };
        if rolled_back {
            self.in_transaction = false;
        } else {
            self.give_up_connection();
        }
    }

    fn give_up_connection(&mut self) {
        self.in_transaction = false;
        if let Some(object) = self.connection.take() {
            drop(Object::take(object));
        }
    }
}

impl Session for PostgresSession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        self.in_transaction = true;
        self.round_trips += 1;
        let begin = self.shared.begin();
        let resolved = resolve::resolve(self.client()?, &self.statements, self.shared.sequences, &begin, request).await;
        match resolved {
            Ok((snapshot, name)) => {
                self.transaction = Some(name);
                Ok(snapshot)
            }
            Err(error) => {
                self.abandon().await;
                Err(error)
            }
        }
    }

    async fn apply(&mut self, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.round_trips += 1;
        let mut results = apply::apply(self.client()?, &self.statements, changes, "COMMIT").await;
        let commit = results.pop().unwrap_or(Ok(()));
        // COMMIT of an aborted transaction looks like a success: what came before it decides.
        if let Err(error) = resolve::first_error(results) {
            if error.class != ErrorClass::Connection {
                // The failed statement made COMMIT a rollback.
                self.in_transaction = false;
                return Err(error);
            }
            return self.settle_doubt(changes, error).await;
        }
        match commit {
            Ok(()) => {
                self.in_transaction = false;
                self.shared.count_inserted(changes.inserts.len());
                Ok(())
            }
            Err(error) => {
                let error = store_error(&error);
                if error.class == ErrorClass::Connection {
                    return self.settle_doubt(changes, error).await;
                }
                self.in_transaction = false;
                Err(error)
            }
        }
    }

    async fn probe(&mut self, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.round_trips += 1;
        let mut results = apply::apply(self.client()?, &self.statements, changes, "ROLLBACK").await;
        let rollback = results.pop().unwrap_or(Ok(()));
        match rollback {
            Ok(()) => self.in_transaction = false,
            Err(_) => self.give_up_connection(),
        }
        resolve::first_error(results).map(drop)
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        // Nothing was written, so nothing depends on the snapshot; a broken connection rolls back by itself.
        self.abandon().await;
        Ok(())
    }

    fn round_trips(&self) -> u64 {
        self.round_trips
    }
}

impl PostgresSession {
    /// The connection was lost with COMMIT on its way: asks on another one.
    async fn settle_doubt(&mut self, changes: &Changes<'_>, error: StoreError) -> Result<(), StoreError> {
        self.give_up_connection();
        let Some(name) = self.transaction.take() else { return Err(error) };
        tracing::warn!(%error, "the connection was lost during commit; asking whether it took place");
        match commit::took_place(&self.shared, &name, &Evidence::of(changes)).await {
            Some(true) => Ok(()),
            Some(false) => Err(error),
            None => Err(StoreError { class: ErrorClass::InDoubt, ..error }),
        }
    }
}

impl Drop for PostgresSession {
    fn drop(&mut self) {
        if self.in_transaction {
            self.give_up_connection();
        }
    }
}

impl std::fmt::Debug for PostgresSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresSession").field("in_transaction", &self.in_transaction).finish_non_exhaustive()
    }
}
