//! One flush's conversation with PostgreSQL: at most two round trips when nothing goes wrong.
//! Knows statements and rows; what is written was decided before.

mod apply;
mod columns;
mod commit;
mod held;
mod locks;
mod pipeline;
mod resolve;

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::Object;
use laneway_core::changes::Changes;
use laneway_core::store::{ResolveRequest, Session, Snapshot, StoreError, StoreErrorKind};
use tokio::time::timeout;

use crate::connection::{Connection, Pooled, silent};
use crate::error::{ends_session, store_error};
use crate::grants::Granted;
use crate::isolation::UNLOCK;
use crate::lock_waits::Holder;
use crate::shared::{Begin, Shared};
use crate::waiting::{self, Backend};
use apply::Applied;
use commit::{Evidence, commit_status};
pub(crate) use locks::lock_word;
use locks::named_locks;
use resolve::{TransactionId, first_error, resolve, resolve_new};

/// A pooled connection during one flush. Dropped with its transaction open, it closes the connection: the server
/// rolls back.
pub struct PostgresSession {
    shared: Arc<Shared>,
    /// `None` once the connection is given up.
    connection: Option<Pooled>,
    /// One of the connections that the server grants; given back with the session.
    _granted: Granted,
    transaction: Option<TransactionId>,
    in_transaction: bool,
    /// The flush as one that others may wait for.
    holder: Option<Holder>,
    round_trips: u64,
    commit_time: Duration,
}

impl PostgresSession {
    pub(crate) fn new(shared: Arc<Shared>, connection: Pooled, granted: Granted) -> Self {
        Self {
            shared,
            connection: Some(connection),
            _granted: granted,
            transaction: None,
            in_transaction: false,
            holder: None,
            round_trips: 0,
            commit_time: Duration::ZERO,
        }
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_deref().ok_or_else(gone)
    }

    /// How a transaction begins.
    fn begin(&mut self) -> Result<Begin, StoreError> {
        let connection = self.connection.as_deref_mut().ok_or_else(gone)?;
        Ok(self.shared.begin(&mut connection.planned))
    }

    /// What ends a transaction of which nothing is to stay.
    fn rollback_batch(&self) -> &'static str {
        self.shared.options.isolation.rollback()
    }

    /// Writes the changes with `end` behind them. A connection that may have kept locks is of no more use to others.
    async fn written(
        &self,
        Connection { client, statements, .. }: &Connection,
        changes: &Changes<'_>,
        end: &'static str,
    ) -> Result<Applied, StoreError> {
        let unlock = self.shared.options.isolation.locks_by_session().then_some(UNLOCK);
        self.answer(apply::apply(client, statements, changes, end, unlock)).await
    }

    /// What the server answers, if it does in time: a server that has fallen silent keeps the network's connection open.
    /// While it takes long, what it waits for is found out.
    async fn answer<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        let within = self.shared.options.answer_timeout;
        let process = self.connection()?.process;
        let backend = Backend { process, transaction: self.transaction.as_ref().map(|id| id.xid) };
        tokio::select! {
            biased;
            answer = timeout(within, answer) => answer.map_err(|_| silent(within)),
            never = waiting::watch(&self.shared.waits, backend) => match never {},
        }
    }

    /// What is read under the locks, in a transaction that is left open: as for new documents first, where they were new of
    /// late.
    async fn resolved(&mut self, request: &ResolveRequest<'_>) -> Result<(Snapshot, TransactionId), StoreError> {
        let mut begin = self.begin()?;
        if let Some(locks) = self.shared.novelty.takes_for_new(request).then(|| named_locks(request)).flatten() {
            self.round_trips += 1;
            if let Some(new) = self.answer(resolve_new(self.connection()?, &begin, request, &locks)).await?? {
                return Ok(new);
            }
            begin = self.begin()?;
            begin.locks = format!("{}; {}", self.rollback_batch(), begin.locks);
        }
        self.round_trips += 1;
        let (snapshot, id) = self.answer(resolve(self.connection()?, &begin, request)).await??;
        self.shared.novelty.found(&snapshot);
        Ok((snapshot, id))
    }

    /// Ends the transaction, and the connection where even that fails.
    async fn abandon(&mut self) {
        if !self.in_transaction {
            return;
        }
        self.round_trips += 1;
        let rolled_back = match self.connection() {
            Ok(Connection { client, .. }) => {
                matches!(self.answer(client.batch_execute(self.rollback_batch())).await, Ok(Ok(())))
            }
            Err(_) => false,
        };
        self.transaction_ended(rolled_back);
    }

    /// Ends the transaction after an error, and the connection where the error says that it is of no more use.
    async fn abandon_after(&mut self, error: &StoreError) {
        match error.kind() {
            StoreErrorKind::Locked => {
                self.shared.waits.ran_out();
                self.abandon().await;
            }
            StoreErrorKind::StaleSession => {
                self.shared.forget_connections();
                self.give_up_connection();
            }
            StoreErrorKind::Connection => self.give_up_connection(),
            _ => self.abandon().await,
        }
    }

    /// Keeps the connection if its transaction is known to be over: the pool would hand an open one to another flush.
    fn transaction_ended(&mut self, is_known: bool) {
        if is_known {
            self.in_transaction = false;
        } else {
            self.give_up_connection();
        }
    }

    fn give_up_connection(&mut self) {
        self.in_transaction = false;
        self.shared.logins.lost();
        // Taken out of the pool, which opens another in its stead; dropping it closes it.
        drop(self.connection.take().map(Object::take));
    }

    /// The connection was lost with COMMIT on its way: finds out on another one whether it took effect.
    async fn settle_doubt(
        &mut self,
        changes: &Changes<'_>,
        error: StoreError,
        patience: Duration,
    ) -> Result<(), StoreError> {
        self.give_up_connection();
        let Some(id) = self.transaction.take() else { return Err(error) };
        tracing::warn!(%error, "the connection was lost during commit; finding out whether it took effect");
        match commit_status(&self.shared, &id, &Evidence::of(changes), patience).await {
            Some(true) => Ok(()),
            Some(false) => Err(error),
            None => Err(error.with_kind(StoreErrorKind::InDoubt)),
        }
    }
}

fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Connection, "the connection was given up")
}

impl Session for PostgresSession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        // Before BEGIN is sent: a session that is dropped while it waits must not go back into the pool.
        self.in_transaction = true;
        // Those of the transaction before.
        self.transaction = None;
        self.holder = None;
        self.answer(self.shared.see_to_statistics(&self.connection()?.client)).await?;
        // Before it asks how long to wait: of two that begin together each knows of the other.
        let holder = self.shared.lock_waits.begin(request.operations.len());
        let resolved = self.resolved(request).await;
        match resolved {
            Ok((snapshot, id)) => {
                self.transaction = Some(id);
                holder.locked();
                self.holder = Some(holder);
                Ok(snapshot)
            }
            Err(error) => {
                self.abandon_after(&error).await;
                Err(error)
            }
        }
    }

    async fn held(&mut self, units: &[ResolveRequest<'_>]) -> Result<Vec<bool>, StoreError> {
        self.in_transaction = true;
        self.round_trips += 3;
        let begin = self.begin()?;
        let asked = self.answer(held::held(self.connection()?, &begin.locks, self.rollback_batch(), units)).await;
        match asked.and_then(|answer| answer) {
            Ok(held) => {
                self.in_transaction = false;
                Ok(held)
            }
            Err(error) => {
                self.abandon_after(&error).await;
                Err(error)
            }
        }
    }

    async fn apply(&mut self, changes: &Changes<'_>, patience: Duration) -> Result<(), StoreError> {
        self.round_trips += 1;
        let applied = self.written(self.connection()?, changes, "COMMIT").await;
        let Applied { statements, end, end_time, is_unlocked } = match applied {
            Ok(applied) => applied,
            Err(error) => return self.settle_doubt(changes, error, patience).await,
        };
        self.commit_time = end_time;
        // COMMIT counts only if everything before it succeeded: of a failed transaction it is a rollback, which
        // succeeds as well.
        let is_over = end.is_ok();
        let session_ended =
            statements.iter().chain([&end]).filter_map(|result| result.as_ref().err()).any(ends_session);
        match first_error(statements).and_then(|_| end.map_err(|error| store_error(&error))) {
            Ok(()) => {
                self.transaction_ended(is_unlocked);
                if let Some(holder) = self.holder.take() {
                    self.shared.lock_waits.committed(&holder);
                }
                self.shared.plans.count(changes);
                Ok(())
            }
            Err(error) if session_ended || error.kind() == StoreErrorKind::Connection => {
                self.settle_doubt(changes, error, patience).await
            }
            Err(error) => {
                // Deferred constraints speak up at COMMIT itself, which then has rolled back as well.
                self.transaction_ended(is_unlocked && (is_over || error.sqlstate().is_some()));
                match error.kind() {
                    StoreErrorKind::StaleSession => self.abandon_after(&error).await,
                    StoreErrorKind::Locked => self.shared.waits.ran_out(),
                    _ => {}
                }
                Err(error)
            }
        }
    }

    async fn probe(&mut self, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.round_trips += 1;
        match self.written(self.connection()?, changes, "ROLLBACK").await {
            Ok(Applied { statements, end, is_unlocked, .. }) => {
                self.transaction_ended(is_unlocked && end.is_ok());
                first_error(statements).map(drop)
            }
            Err(error) => {
                self.give_up_connection();
                Err(error)
            }
        }
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        // Nothing was written, so nothing depends on the snapshot; a broken connection rolls back by itself.
        self.abandon().await;
        Ok(())
    }

    fn round_trips(&self) -> u64 {
        self.round_trips
    }

    fn commit_time(&self) -> Duration {
        self.commit_time
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
