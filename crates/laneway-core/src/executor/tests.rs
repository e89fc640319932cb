//! Failures of a store, scripted: what the executor makes of each kind.

use std::sync::Mutex;

use laneway_model::{Operation, OutcomeKind, ReferentialId, SqlState};
use tokio::sync::mpsc;

use super::*;
use crate::flush::FlushReason;
use crate::snapshot::{NewIds, ResolveRequest, StoredAlias, StoredDocument};
use crate::tests::operations::{id, operation};

/// How long the store may be unusable in these tests.
const OUTAGE_MAX: Duration = Duration::from_secs(90);

/// The document under the identities that are stored.
const STORED: DocumentKey = DocumentKey { partition: 0, id: 1 };

/// A store, by default without documents, which fails with these kinds before it takes anything.
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
    /// The identities under which a document is stored.
    stored: Vec<ReferentialId>,
    /// The ids that other documents have.
    uuids: Vec<DocumentUuid>,
    /// What becomes of commits, one each.
    commits: VecDeque<StoreErrorKind>,
    /// How long it takes to give a session.
    session_takes: Duration,
    /// When sessions were asked for.
    asked: Vec<Instant>,
}

struct FailingSession(Failing);

fn stored() -> Found {
    let (uuid, securable) = (DocumentUuid(uuid::Uuid::nil()), std::collections::BTreeMap::new());
    Found::Stored(StoredDocument { key: STORED, uuid, etag: None, securable, association: None })
}

fn error(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, "on purpose").with_sqlstate(SqlState::new("23505"))
}

impl Store for Failing {
    type Session = FailingSession;

    async fn session(&self) -> Result<FailingSession, StoreError> {
        let (failure, takes) = {
            let mut script = self.0.lock().unwrap();
            script.asked.push(Instant::now());
            (script.sessions.pop_front(), script.session_takes)
        };
        if !takes.is_zero() {
            tokio::time::timeout(takes, std::future::pending::<()>()).await.unwrap_err();
        }
        match failure {
            Some(kind) => Err(error(kind)),
            None => Ok(FailingSession(self.clone())),
        }
    }
}

impl Session for FailingSession {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        let mut script = self.0.0.lock().unwrap();
        if let Some(kind) = script.transactions.pop_front() {
            return Err(error(kind));
        }
        let found = |operation: &&Operation| {
            let id = operation.extraction.referential_id;
            let found = if script.stored.contains(&id) { stored() } else { Found::Nothing(NewIds::default()) };
            (id, found)
        };
        let documents = request.operations.iter().map(found).collect();
        let aliases = script.stored.iter().map(|id| (*id, StoredAlias { id: 1, document: STORED })).collect();
        let uuids_taken = request.uuids.iter().filter(|uuid| script.uuids.contains(uuid)).copied().collect();
        Ok(Snapshot { documents, aliases, uuids_taken, ..Snapshot::default() })
    }

    async fn held(&mut self, units: &[ResolveRequest<'_>]) -> Result<Vec<bool>, StoreError> {
        let held = &self.0.0.lock().unwrap().held;
        let is_held = |operation: &&Operation| held.contains(&operation.extraction.referential_id);
        Ok(units.iter().map(|unit| unit.operations.iter().any(is_held)).collect())
    }

    async fn apply(&mut self, _: &Changes<'_>, _: Duration) -> Result<(), StoreError> {
        self.0.0.lock().unwrap().commits.pop_front().map_or(Ok(()), |kind| Err(error(kind)))
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
            Settlement::Missing { .. } | Settlement::InLine => panic!("no references"),
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

/// The pauses between the repetitions are longer than an outage may last.
#[tokio::test(start_paused = true)]
async fn what_was_repeated_for_long_may_still_wait_for_a_session() {
    let store = failing(&[], &[StoreErrorKind::Transient; 6]);
    store.0.lock().unwrap().session_takes = Duration::from_millis(10);
    let limits = FlushLimits { retries_max: 6, locks_max: 64, outage_max: Duration::from_millis(50) };
    let batch = Batch { limits, ..batch(1, None) };
    assert_eq!(run(&Executor::new(store), batch).await, (vec![OutcomeKind::Inserted], 7));
}

/// Each of them has gone before the longest pause between two attempts is over.
#[tokio::test(start_paused = true)]
async fn an_outage_ends_for_callers_of_little_patience() {
    let executor = Executor::new(failing(&[StoreErrorKind::Unavailable; 12], &[]));
    let mut outcomes = Vec::new();
    for _ in 0..100 {
        outcomes.extend(run(&executor, batch(1, Some(Duration::from_millis(100)))).await.0);
    }
    let stored = outcomes.iter().position(|outcome| *outcome == OutcomeKind::Inserted);
    // Five pauses that double from the first one on, and seven of the longest.
    assert!(stored.is_some_and(|calls| calls < 50), "{stored:?}");
    assert!(outcomes[50..].iter().all(|outcome| *outcome == OutcomeKind::Inserted), "{outcomes:?}");
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
            Settlement::Missing { .. } | Settlement::InLine => panic!("no references"),
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

/// What is reported of a batch of these, in order: of each the number and the outcome; `None`: it is in line still.
async fn report(store: Failing, operations: Vec<crate::Accepted>) -> (Vec<(u64, Option<OutcomeKind>)>, u64) {
    let (report, mut reports) = mpsc::unbounded_channel();
    let stats = Executor::new(store).run(Batch { operations, ..batch(0, None) }, report).await;
    let mut reported = Vec::new();
    while let Some(group) = reports.recv().await {
        let kind = |settlement| match settlement {
            Settlement::Settled(outcome) | Settlement::Locked { refusal: outcome } => Some(outcome.kind()),
            Settlement::Missing { refusal, .. } => Some(refusal.kind()),
            Settlement::InLine => None,
        };
        reported.extend(group.into_iter().map(|flushed| (flushed.id.0, kind(flushed.settlement))));
    }
    (reported, stats.transactions)
}

/// The first of an identity, and those in line behind it.
fn line(
    numbers: std::ops::Range<u64>,
    build: impl Fn(u64) -> crate::tests::operations::Builder,
) -> Vec<crate::Accepted> {
    let first = numbers.start;
    numbers.map(|number| crate::Accepted { in_line: number > first, ..build(number).build() }).collect()
}

const INSERTED: Option<OutcomeKind> = Some(OutcomeKind::Inserted);
const UPDATED: Option<OutcomeKind> = Some(OutcomeKind::Updated);
const FAILED: Option<OutcomeKind> = Some(OutcomeKind::Failed);
const MISSING: Option<OutcomeKind> = Some(OutcomeKind::InvalidReferences);

#[tokio::test(start_paused = true)]
async fn a_run_goes_through_one_transaction() {
    let operations = line(0..4, |number| operation(number, "a"));
    let expected = vec![(0, INSERTED), (1, UPDATED), (2, UPDATED), (3, UPDATED)];
    assert_eq!(report(failing(&[], &[]), operations).await, (expected, 1));
}

#[tokio::test(start_paused = true)]
async fn what_leaves_traces_is_written_one_by_one_or_stays_in_line() {
    let organization = |number| operation(number, "a").organization(1, 0);
    let in_line = line(0..3, organization);
    let apart: Vec<_> =
        in_line.iter().cloned().map(|accepted| crate::Accepted { in_line: false, ..accepted }).collect();
    assert_eq!(report(failing(&[], &[]), in_line).await, (vec![(0, INSERTED), (1, None), (2, None)], 1));
    assert_eq!(report(failing(&[], &[]), apart).await.1, 3);
}

#[tokio::test(start_paused = true)]
async fn of_a_run_that_falls_apart_the_rest_stays_in_line() {
    let operations = line(0..4, |number| operation(number, "a"));
    let expected = vec![(0, INSERTED), (1, UPDATED), (2, None), (3, None)];
    assert_eq!(report(failing(&[], &[StoreErrorKind::Document]), operations).await, (expected, 2));
}

#[tokio::test(start_paused = true)]
async fn none_in_line_overtakes_one_that_misses_references() {
    let operations = line(0..4, |number| {
        let builder = operation(number, "a");
        if number == 1 { builder.refers_to("nowhere") } else { builder }
    });
    let (reported, transactions) = report(failing(&[], &[]), operations).await;
    assert_eq!((reported, transactions), (vec![(0, INSERTED), (1, MISSING), (2, None), (3, None)], 1));
}

#[tokio::test(start_paused = true)]
async fn none_in_line_overtakes_one_that_is_locked() {
    let mut operations = line(0..3, |number| operation(number, "1"));
    operations.push(operation(3, "2").build());
    let store = failing(&[], &[StoreErrorKind::Locked]);
    store.0.lock().unwrap().held.push(id("1"));
    let (mut reported, _) = report(store, operations).await;
    reported.sort_unstable();
    let locked = Some(OutcomeKind::WriteConflict);
    assert_eq!(reported, [(0, locked), (1, None), (2, None), (3, INSERTED)]);
}

#[tokio::test(start_paused = true)]
async fn what_equals_a_document_whose_commit_is_in_doubt_is_in_doubt() {
    let store = || {
        let store = failing(&[], &[]);
        store.0.lock().unwrap().commits.push_back(StoreErrorKind::InDoubt);
        store
    };
    let operations = line(0..2, |number| operation(number, "a").etag("1"));
    assert_eq!(report(store(), operations).await.0, [(0, Some(OutcomeKind::InDoubt)), (1, Some(OutcomeKind::InDoubt))]);
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_without_one_whose_deadline_has_passed() {
    let mut operations = line(0..3, |number| operation(number, "a"));
    operations[0].time_left = Some(Duration::ZERO);
    let expected = vec![(0, Some(OutcomeKind::Deadline)), (1, INSERTED), (2, UPDATED)];
    assert_eq!(report(failing(&[], &[]), operations).await, (expected, 1));
}

/// The first is stored, so that those that refer to it do not fail with it.
#[tokio::test(start_paused = true)]
async fn what_the_rules_refuse_in_a_cycle_is_not_reported_as_refused_by_the_database() {
    let store = failing(&[], &[]);
    store.0.lock().unwrap().stored.push(id("0"));
    store.0.lock().unwrap().commits.extend([StoreErrorKind::Document; 2]);
    let operations = vec![
        operation(0, "0").refers_to("1").refers_to("nowhere").build(),
        operation(1, "1").refers_to("2").build(),
        operation(2, "2").refers_to("0").build(),
    ];
    let expected = vec![(0, MISSING), (1, FAILED), (2, FAILED)];
    assert_eq!(report(store, operations).await, (expected, 3));
}

#[tokio::test(start_paused = true)]
async fn what_repeats_the_identities_of_a_cycle_makes_none_of_its_own() {
    let operations = vec![
        operation(0, "a").refers_to("b").refers_to("nowhere").build(),
        operation(1, "b").refers_to("a").build(),
        operation(2, "a").refers_to("b").build(),
        operation(3, "b").refers_to("a").build(),
    ];
    let expected = vec![(0, MISSING), (1, MISSING), (2, MISSING), (3, MISSING)];
    assert_eq!(report(failing(&[], &[]), operations).await, (expected, 2));
}

/// The database refuses the second; but the first, which has the id of another document, brings nothing that it could refer to.
#[tokio::test(start_paused = true)]
async fn what_conflicts_in_a_cycle_does_so_before_the_database_refuses_another_member() {
    let operations = vec![operation(0, "a").refers_to("b").build(), operation(1, "b").refers_to("a").build()];
    let store = failing(&[], &[]);
    store.0.lock().unwrap().uuids.push(operations[0].operation.document_uuid);
    store.0.lock().unwrap().commits.push_back(StoreErrorKind::Document);
    let conflict = Some(OutcomeKind::IdentityConflict);
    assert_eq!(report(store, operations).await, (vec![(0, conflict), (1, MISSING)], 2));
}
