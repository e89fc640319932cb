//! Failures of a store, scripted: what the executor makes of each kind.

use std::sync::Mutex;

use laneway_model::{Operation, OutcomeKind, ReferentialId, SqlState};
use tokio::sync::mpsc;

use super::*;
use crate::flush::FlushReason;
use crate::snapshot::{NewIds, ResolveRequest};
use crate::tests::operations::{id, operation};

/// How long the store may be unusable in these tests.
const OUTAGE_MAX: Duration = Duration::from_secs(90);

/// A store without documents, which fails with these kinds before it takes anything.
#[derive(Clone, Default)]
struct Failing(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    /// What keeps it from giving a session, one a request.
    sessions: VecDeque<StoreErrorKind>,
    /// What ends transactions, one each.
    transactions: VecDeque<StoreErrorKind>,
    /// The identities that are locked.
    held: Vec<ReferentialId>,
    /// When sessions were asked for.
    asked: Vec<Instant>,
}

struct FailingSession(Failing);

fn error(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, "on purpose").with_sqlstate(SqlState::new("23505"))
}

impl Store for Failing {
    type Session = FailingSession;

    async fn session(&self) -> Result<FailingSession, StoreError> {
        let mut script = self.0.lock().unwrap();
        script.asked.push(Instant::now());
        match script.sessions.pop_front() {
            Some(kind) => Err(error(kind)),
            None => Ok(FailingSession(self.clone())),
        }
    }
}

impl Session for FailingSession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        if let Some(kind) = self.0.0.lock().unwrap().transactions.pop_front() {
            return Err(error(kind));
        }
        let documents = request.operations.iter().map(|_| Found::Nothing(NewIds::default())).collect();
        Ok(Snapshot { documents, ..Snapshot::default() })
    }

    async fn held(&mut self, units: &[ResolveRequest<'_>]) -> Result<Vec<bool>, StoreError> {
        let held = &self.0.0.lock().unwrap().held;
        let is_held = |operation: &&Operation| held.contains(&operation.extraction.referential_id);
        Ok(units.iter().map(|unit| unit.operations.iter().any(is_held)).collect())
    }

    async fn apply(&mut self, _: &Changes<'_>, _: Duration) -> Result<(), StoreError> {
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

fn failing(sessions: &[StoreErrorKind], transactions: &[StoreErrorKind]) -> Failing {
    let (sessions, transactions) = (sessions.iter().copied().collect(), transactions.iter().copied().collect());
    Failing(Arc::new(Mutex::new(Script { sessions, transactions, ..Script::default() })))
}

fn batch(count: u64, time_left: Option<Duration>) -> Batch {
    let operations = (0..count).map(|number| operation(number, &number.to_string()).build());
    Batch {
        lane: 0,
        reason: FlushReason::Idle,
        mode: Mode::Batched,
        limits: FlushLimits { retries_max: 1, locks_max: 64, outage_max: OUTAGE_MAX },
        operations: operations.map(|accepted| crate::Accepted { time_left, ..accepted }).collect(),
    }
}

/// The outcomes of a batch, and in how many transactions.
async fn run(executor: &Executor<Failing>, batch: Batch) -> (Vec<OutcomeKind>, u64) {
    let (report, mut reports) = mpsc::unbounded_channel();
    let stats = executor.run(batch, report).await;
    let mut outcomes = Vec::new();
    while let Some(group) = reports.recv().await {
        outcomes.extend(group.into_iter().map(|flushed| match flushed.settlement {
            Settlement::Settled(outcome) => outcome.kind(),
            Settlement::Locked { refusal } => refusal.kind(),
            Settlement::Missing { .. } => panic!("no references"),
        }));
    }
    (outcomes, stats.transactions)
}

async fn outcomes(count: u64, failures: &[StoreErrorKind]) -> (Vec<OutcomeKind>, u64) {
    run(&Executor::new(failing(&[], failures)), batch(count, None)).await
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_failure_has_its_outcome() {
    for kind in StoreErrorKind::ALL {
        // How often it is met before it decides; `None`: until the outage has lasted too long.
        let (times, outcome) = match kind {
            StoreErrorKind::Transient => (Some(2), OutcomeKind::WriteConflict),
            StoreErrorKind::StaleSession => (Some(2), OutcomeKind::Failed),
            // The dispatcher tries it again.
            StoreErrorKind::Locked => (Some(1), OutcomeKind::WriteConflict),
            StoreErrorKind::OutOfLocks => (Some(1), OutcomeKind::WriteConflict),
            StoreErrorKind::UniqueViolation => (Some(9), OutcomeKind::IdentityConflict),
            StoreErrorKind::LostRace => (Some(9), OutcomeKind::Failed),
            StoreErrorKind::Connection | StoreErrorKind::Unavailable | StoreErrorKind::LoginRefused => {
                (None, OutcomeKind::Failed)
            }
            StoreErrorKind::Permanent | StoreErrorKind::Document => (Some(1), OutcomeKind::Failed),
            StoreErrorKind::InDoubt => (Some(1), OutcomeKind::InDoubt),
        };
        let Some(times) = times else {
            let started = Instant::now();
            assert_eq!(outcomes(1, &[kind; 10_000]).await.0, [outcome], "{kind:?}");
            assert!(started.elapsed() >= OUTAGE_MAX, "{kind:?}: {:?}", started.elapsed());
            assert_eq!(outcomes(1, &[kind; 50]).await.0, [OutcomeKind::Inserted], "{kind:?}");
            continue;
        };
        assert_eq!(outcomes(1, &vec![kind; times]).await, (vec![outcome], times as u64), "{kind:?}");
        let recovered = outcomes(1, &vec![kind; times - 1]).await;
        assert_eq!(recovered, (vec![OutcomeKind::Inserted], times as u64), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_database_refuses_is_halved_until_the_offender_stands_alone() {
    let (outcomes, transactions) = outcomes(4, &[StoreErrorKind::Document; 3]).await;
    assert_eq!(outcomes, [OutcomeKind::Failed, OutcomeKind::Inserted, OutcomeKind::Inserted, OutcomeKind::Inserted]);
    assert_eq!(transactions, 5, "four, two, the first one; the second one, the last two");
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_is_not_halved() {
    assert_eq!(outcomes(4, &[StoreErrorKind::Permanent]).await, (vec![OutcomeKind::Failed; 4], 1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_keeps_losing_its_connection_goes_on_in_halves() {
    let failures = [StoreErrorKind::Connection; LOSSES_MAX as usize + 1];
    assert_eq!(outcomes(4, &failures).await, (vec![OutcomeKind::Inserted; 4], failures.len() as u64 + 2));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_out() {
    for kind in [StoreErrorKind::Connection, StoreErrorKind::Unavailable, StoreErrorKind::LoginRefused] {
        let executor = Executor::new(failing(&[kind; 12], &[]));
        assert_eq!(run(&executor, batch(4, None)).await, (vec![OutcomeKind::Inserted; 4], 1), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_lasts_ends_in_failures_after_its_bound() {
    let executor = Executor::new(failing(&[StoreErrorKind::Unavailable; 10_000], &[]));
    let started = Instant::now();
    assert_eq!(run(&executor, batch(2, None)).await.0, [OutcomeKind::Failed; 2]);
    assert_eq!(started.elapsed().as_secs(), OUTAGE_MAX.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_in_an_outage_is_reported_at_once() {
    let executor = Executor::new(failing(&[StoreErrorKind::Unavailable; 10_000], &[]));
    let started = Instant::now();
    assert_eq!(run(&executor, batch(2, Some(Duration::from_secs(5)))).await.0, [OutcomeKind::Deadline; 2]);
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

/// What becomes of three operations while the second is locked, and in how many transactions.
async fn with_the_second_locked(batch: Batch, failures: &[StoreErrorKind]) -> (Vec<(u64, OutcomeKind)>, u64, u64) {
    let store = failing(&[], failures);
    store.0.lock().unwrap().held.push(id("1"));
    let (report, mut reports) = mpsc::unbounded_channel();
    let stats = Executor::new(store).run(batch, report).await;
    let mut settled = Vec::new();
    while let Some(group) = reports.recv().await {
        let kind = |settlement| match settlement {
            Settlement::Settled(outcome) => outcome.kind(),
            Settlement::Locked { refusal } => refusal.kind(),
            Settlement::Missing { .. } => panic!("no references"),
        };
        settled.extend(group.into_iter().map(|flushed| (flushed.id.0, kind(flushed.settlement))));
    }
    (settled, stats.transactions, stats.retries)
}

const ONE_LOCKED: [(u64, OutcomeKind); 3] =
    [(1, OutcomeKind::WriteConflict), (0, OutcomeKind::Inserted), (2, OutcomeKind::Inserted)];

#[tokio::test(start_paused = true)]
async fn what_is_locked_is_reported_and_the_rest_of_its_batch_written() {
    let (settled, transactions, retries) = with_the_second_locked(batch(3, None), &[StoreErrorKind::Locked]).await;
    assert_eq!((&settled[..], transactions, retries), (&ONE_LOCKED[..], 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_what_was_locked_does_not_wait_for_what_still_is() {
    let batch = Batch { reason: FlushReason::Locked, ..batch(3, None) };
    let (settled, transactions, _) = with_the_second_locked(batch, &[]).await;
    assert_eq!((&settled[..], transactions), (&ONE_LOCKED[..], 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_locked_though_nothing_is_found_to_hold_it_is_found_in_halves() {
    // All four twice, the first two, the first one: it stands alone.
    let (outcomes, transactions) = outcomes(4, &[StoreErrorKind::Locked; 4]).await;
    let expected = [OutcomeKind::WriteConflict, OutcomeKind::Inserted, OutcomeKind::Inserted, OutcomeKind::Inserted];
    assert_eq!((&outcomes[..], transactions), (&expected[..], 6));
}

#[tokio::test(start_paused = true)]
async fn a_cycle_is_locked_as_a_whole() {
    let one = operation(0, "0").refers_to("1").build();
    let other = operation(1, "1").refers_to("0").build();
    let operations = vec![one, other, operation(2, "2").build()];
    let batch = Batch { operations, ..batch(0, None) };
    let (settled, ..) = with_the_second_locked(batch, &[StoreErrorKind::Locked]).await;
    let locked = OutcomeKind::WriteConflict;
    assert_eq!(settled, [(0, locked), (1, locked), (2, OutcomeKind::Inserted)]);
}
