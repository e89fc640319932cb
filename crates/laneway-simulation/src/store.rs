//! The simulated database behind the seam that the executor knows: sessions, the time that calls take, and what becomes of those
//! that do not go well.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::changes::Changes;
use laneway_core::store::{ResolveRequest, Session, Snapshot, Store, StoreError, StoreErrorKind};
use laneway_model::{LimitError, Limits, SqlState};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

use crate::database::{Refused, Transaction};
use crate::documents::Flaw;
use crate::state::{Shared, State};
use crate::trouble::{Call, Fault};

/// How long a transaction waits for a lock before it is reported as locked.
const LOCK_WAIT: Duration = Duration::from_millis(100);
/// No one gives up a call before it has lasted so long.
const PATIENCE_MIN: Duration = Duration::from_millis(50);

/// The store.
#[derive(Debug)]
pub(crate) struct SimulatedStore {
    state: Shared,
    connections_max: usize,
    /// While limits change, more flushes than that may run for a moment: they wait for a connection.
    connections: Arc<Semaphore>,
}

/// One connection with its transaction.
#[derive(Debug)]
pub(crate) struct SimulatedSession {
    state: Shared,
    number: u64,
    read_at: u64,
    /// What is on its way to the server with its COMMIT.
    committing: Option<Transaction>,
    calls: u64,
    _connection: OwnedSemaphorePermit,
}

impl SimulatedStore {
    pub(crate) fn new(state: Shared, connections_max: usize) -> Self {
        Self { state, connections_max, connections: Arc::new(Semaphore::new(connections_max)) }
    }
}

impl Store for SimulatedStore {
    type Session = SimulatedSession;

    async fn session(&self) -> Result<SimulatedSession, StoreError> {
        if self.connections.available_permits() == 0 {
            // Who waits may give up.
            self.state.lock().ledger.met(StoreErrorKind::Unavailable);
        }
        let connection = Arc::clone(&self.connections).acquire_owned().await;
        let connection = connection.map_err(|_| StoreError::new(StoreErrorKind::Unavailable, "the pool is closed"))?;
        begin(&self.state, Call::Session).await?;
        let number = self.state.lock().session_opened();
        let state = self.state.clone();
        Ok(SimulatedSession { state, number, read_at: 0, committing: None, calls: 0, _connection: connection })
    }

    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        limits.check_connections(self.connections_max)
    }
}

/// Lets a call take its time; an error: what it ends with.
async fn begin(state: &Shared, call: Call) -> Result<(), StoreError> {
    let (pause, fault) = state.lock().call(call);
    if call == Call::Session && (pause > PATIENCE_MIN || fault == Some(Fault::Silent)) {
        // What asks for the connection may give up before it has an answer.
        state.lock().ledger.met(StoreErrorKind::Unavailable);
    }
    sleep(pause).await;
    match fault {
        None => Ok(()),
        Some(Fault::Fails(kind)) => Err(state.lock().failed(kind, "on purpose")),
        Some(Fault::Silent | Fault::LosesCommit { .. }) => {
            let silence = state.lock().trouble.silence();
            sleep(silence).await;
            Err(state.lock().failed(StoreErrorKind::Connection, "no answer"))
        }
    }
}

impl SimulatedSession {
    /// Waits for what other clients have locked.
    async fn wait_for_locks(&self, request: &ResolveRequest<'_>) -> Result<(), StoreError> {
        let give_up = Instant::now() + LOCK_WAIT;
        loop {
            let operations = request.operations.iter().copied();
            let locked_until = self.state.lock().database.locked_until(operations, false, Instant::now());
            match locked_until {
                None => return Ok(()),
                Some(until) if until < give_up => sleep_until(until).await,
                Some(_) => {
                    sleep_until(give_up).await;
                    return Err(self.state.lock().failed(StoreErrorKind::Locked, "locked by another client"));
                }
            }
        }
    }

    /// The COMMIT arrives.
    fn arrive(&mut self) -> Result<(), StoreError> {
        let Some(mut transaction) = self.committing.take() else { return Ok(()) };
        let mut state = self.state.lock();
        let result = state.commit(&mut transaction);
        state.database.release(self.number);
        result
    }

    async fn lose_commit(&mut self, took_effect: bool, found_out: bool, patience: Duration) -> Result<(), StoreError> {
        let pause = self.state.lock().trouble.pause();
        sleep(pause).await;
        self.state.lock().commit_was_lost(self.committing.iter().flat_map(Transaction::identities), found_out);
        let result = if took_effect { self.arrive() } else { Ok(()) };
        self.committing = None;
        if !found_out {
            sleep(patience / 4).await;
            return Err(self.state.lock().failed(StoreErrorKind::InDoubt, "nothing is known about the commit"));
        }
        if took_effect {
            return result;
        }
        Err(self.state.lock().failed(StoreErrorKind::Connection, "lost at commit, which had no effect"))
    }
}

impl Session for SimulatedSession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        self.calls += 1;
        begin(&self.state, Call::Resolve).await?;
        self.wait_for_locks(request).await?;
        let (read_at, snapshot) = self.state.lock().read(request, self.number);
        self.read_at = read_at;
        Ok(snapshot)
    }

    async fn held(&mut self, units: &[ResolveRequest<'_>]) -> Result<Vec<bool>, StoreError> {
        self.calls += 1;
        begin(&self.state, Call::Held).await?;
        let (state, now) = (self.state.lock(), Instant::now());
        let is_held = |unit: &ResolveRequest<'_>| {
            state.database.locked_until(unit.operations.iter().copied(), true, now).is_some()
        };
        Ok(units.iter().map(is_held).collect())
    }

    async fn apply(&mut self, changes: &Changes<'_>, patience: Duration) -> Result<(), StoreError> {
        self.calls += 1;
        let (pause, fault) = {
            let mut state = self.state.lock();
            let serial_of = |operation: &laneway_model::Operation| operation.trace_id.parse().ok();
            let transaction = Transaction::of(changes, self.read_at, serial_of);
            if let Some(serial) = state.flawed(&transaction) {
                let error = state.failed(StoreErrorKind::Document, &format!("refuses {serial}"));
                return Err(error.with_sqlstate(SqlState::new("22P05")));
            }
            self.committing = Some(transaction);
            state.call(Call::Apply)
        };
        sleep(pause).await;
        match fault {
            None => {}
            Some(Fault::LosesCommit { took_effect, found_out }) => {
                return self.lose_commit(took_effect, found_out, patience).await;
            }
            Some(Fault::Fails(StoreErrorKind::InDoubt)) => return self.lose_commit(false, false, patience).await,
            Some(Fault::Fails(kind)) => {
                self.committing = None;
                return Err(self.state.lock().failed(kind, "on purpose"));
            }
            Some(Fault::Silent) => {
                let silence = self.state.lock().trouble.silence();
                sleep(silence).await;
                let took_effect = self.state.lock().trouble.coin();
                return self.lose_commit(took_effect, true, patience).await;
            }
        }
        self.arrive()?;
        let answer = self.state.lock().trouble.pause();
        sleep(answer).await;
        Ok(())
    }

    async fn probe(&mut self, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.calls += 1;
        begin(&self.state, Call::Apply).await?;
        let mut state = self.state.lock();
        let mut serials = changes.inserts.iter().filter_map(|write| write.operation.trace_id.parse().ok());
        let flawed = serials.find(|serial| state.flaw(*serial) != Flaw::None);
        flawed.map_or(Ok(()), |serial| Err(state.failed(StoreErrorKind::Document, &format!("refuses {serial}"))))
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        self.calls += 1;
        begin(&self.state, Call::Rollback).await
    }

    fn round_trips(&self) -> u64 {
        self.calls
    }
}

/// What is on its way to the server when a session is given up arrives, or does not.
impl Drop for SimulatedSession {
    fn drop(&mut self) {
        if let Some(transaction) = &self.committing {
            let arrives = {
                let mut state = self.state.lock();
                state.commit_was_lost(transaction.identities(), false);
                state.trouble.coin()
            };
            if arrives {
                // Whether it was committed no one is there to hear.
                let _ = self.arrive();
            }
        }
        self.state.lock().session_closed(self.number);
    }
}

impl State {
    /// What a refusal of the database is for the executor.
    fn commit(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let step = self.next_step();
        match self.database.commit(transaction, step) {
            Ok(written) => {
                self.committed(written, step);
                Ok(())
            }
            Err(Refused { kind, message, is_wrong }) => {
                if is_wrong {
                    self.ledger.violated(format!("a flush wrote what did not follow from what it read: {message}"));
                }
                Err(self.failed(kind, &message))
            }
        }
    }
}
