//! Failures of a store, scripted: what the executor makes of each kind.

use std::sync::Mutex;

use laneway_model::{OutcomeKind, SqlState};
use tokio::sync::mpsc;

use super::*;
use crate::flush::FlushReason;
use crate::snapshot::{NewIds, ResolveRequest};
use crate::tests::operations::operation;

/// A store without documents, which fails with these kinds, one a transaction, before it takes anything.
struct Failing(Arc<Mutex<VecDeque<StoreErrorKind>>>);

struct FailingSession(Option<StoreErrorKind>);

impl Store for Failing {
    type Session = FailingSession;

    async fn session(&self) -> Result<FailingSession, StoreError> {
        Ok(FailingSession(self.0.lock().unwrap().pop_front()))
    }
}

impl Session for FailingSession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        if let Some(kind) = self.0 {
            return Err(StoreError::new(kind, "on purpose").with_sqlstate(SqlState::new("23505")));
        }
        let documents = request.operations.iter().map(|_| Found::Nothing(NewIds::default())).collect();
        Ok(Snapshot { documents, ..Snapshot::default() })
    }

    async fn apply(&mut self, _: &Changes<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn probe(&mut self, _: &Changes<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn round_trips(&self) -> u64 {
        0
    }
}

/// The outcomes of a batch of `count` in a store that fails so, and in how many transactions.
async fn outcomes(count: u64, failures: &[StoreErrorKind]) -> (Vec<OutcomeKind>, u64) {
    let failures = Arc::new(Mutex::new(failures.iter().copied().collect()));
    let batch = Batch {
        lane: 0,
        reason: FlushReason::Idle,
        mode: Mode::Batched,
        limits: FlushLimits { retries_max: 1, locks_max: 64 },
        operations: (0..count).map(|number| operation(number, &number.to_string()).build()).collect(),
    };
    let (report, mut reports) = mpsc::unbounded_channel();
    let stats = Executor::new(Failing(failures)).run(batch, report).await;
    let mut outcomes = Vec::new();
    while let Some(group) = reports.recv().await {
        outcomes.extend(group.into_iter().map(|flushed| match flushed.settlement {
            Settlement::Settled(outcome) => outcome.kind(),
            Settlement::Missing { .. } => panic!("no references"),
        }));
    }
    (outcomes, stats.transactions)
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_failure_has_its_outcome() {
    use StoreErrorKind::{Connection, Data, InDoubt, LostRace, OutOfLocks, Resource, Retry, UniqueViolation};
    for (kind, times, outcome) in [
        (Retry, 2, OutcomeKind::WriteConflict),
        (OutOfLocks, 1, OutcomeKind::WriteConflict),
        (UniqueViolation, 9, OutcomeKind::IdentityConflict),
        (LostRace, 9, OutcomeKind::Failed),
        (Connection, 7, OutcomeKind::Failed),
        (Resource, 1, OutcomeKind::Failed),
        (Data, 1, OutcomeKind::Failed),
        (InDoubt, 1, OutcomeKind::InDoubt),
    ] {
        assert_eq!(outcomes(1, &vec![kind; times]).await, (vec![outcome], times as u64), "{kind:?}");
        let recovered = outcomes(1, &vec![kind; times - 1]).await;
        assert_eq!(recovered, (vec![OutcomeKind::Inserted], times as u64), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_database_refuses_is_halved_until_the_offender_stands_alone() {
    let (outcomes, transactions) = outcomes(4, &[StoreErrorKind::Data; 3]).await;
    assert_eq!(outcomes, [OutcomeKind::Failed, OutcomeKind::Inserted, OutcomeKind::Inserted, OutcomeKind::Inserted]);
    assert_eq!(transactions, 5, "four, two, the first one; the second one, the last two");
}
