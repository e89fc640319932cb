//! The executor: takes a batch through resolve, decide and apply, and through whatever goes wrong on the way.
//! Control flow only: what is decided is pure (`decide`), how it is written is the store's.

mod lines;
mod locked;
mod outage;
mod segment;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use laneway_model::{DocumentUuid, LimitError, Limits, Outcome};
use tokio::time::Instant;

use crate::changes::{Changes, DocumentArrays, DocumentWrite};
use crate::decide::{Decided, Decision, decide};
use crate::failpoints::{FaultPoint, skips};
use crate::flush::{
    Batch, Flush, FlushInfo, FlushLimits, FlushReason, FlushStats, Flushed, Mode, PhaseTimes, Report, Settlement,
};
use crate::plan_resolve::plan_resolve;
use crate::planned_operation::PlannedOperation;
use crate::snapshot::{DocumentKey, Found, Snapshot};
use crate::store::{Session, Store, StoreError, StoreErrorKind};
use crate::wait::Wait;
use lines::Lines;
use outage::Outage;
use segment::{Segment, segments};

/// How often a batch is resolved again because another transaction was faster. Each time at least one other transaction
/// got through, so that this bound is reached only by a store that keeps refusing for a reason not foreseen.
const RACES_MAX: u32 = 8;
/// After so many lost connections in a row a batch goes on in halves: a document may be what ends them.
const LOSSES_MAX: u32 = 4;
/// The first pause before a retry; each further one doubles. Long enough for the other transaction to finish.
const PAUSE_FIRST: Duration = Duration::from_millis(5);
/// The longest pause before a retry.
const PAUSE_MAX: Duration = Duration::from_millis(640);

/// Writes batches to a store.
#[derive(Debug)]
pub struct Executor<S> {
    store: Arc<S>,
    /// The order of resolve's reads: what the next gets, from 1. Shared by all flushes, so an atomic.
    sequence: AtomicU64,
    outage: Outage,
    /// Whether the failure that nothing but an operator ends was reported: each flush meets it again. `Relaxed`: it
    /// stands for nothing else in memory.
    permanent: AtomicBool,
    /// The step that a test skips.
    #[cfg(feature = "faults")]
    skipped: Option<FaultPoint>,
}

impl<S: Store> Executor<S> {
    /// An executor over `store`.
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            sequence: AtomicU64::new(1),
            outage: Outage::new(),
            permanent: AtomicBool::new(false),
            #[cfg(feature = "faults")]
            skipped: None,
        }
    }

    /// Skips a step in every flush from now on.
    #[cfg(feature = "faults")]
    pub fn skip(&mut self, step: Option<FaultPoint>) {
        self.skipped = step;
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }
}

impl<S: Store> Flush for Executor<S> {
    async fn run(&self, batch: Batch, report: Report) -> FlushStats {
        let stats = FlushStats::default();
        let lines = Lines::of(&batch.operations);
        let run =
            Run { executor: self, limits: batch.limits, report, stats, started: Instant::now(), lines }.batch(batch);
        #[cfg(feature = "faults")]
        let run = crate::failpoints::SKIPPED.scope(self.skipped, run);
        run.await
    }

    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        self.store.set_limits(limits)
    }

    fn wait(&self) -> Option<Wait> {
        // What the store knows first: a lock may be what keeps connections from being opened.
        self.store.wait().or_else(|| self.outage.wait())
    }
}

/// One batch on its way.
struct Run<'e, S> {
    executor: &'e Executor<S>,
    limits: FlushLimits,
    report: Report,
    stats: FlushStats,
    started: Instant,
    lines: Lines,
}

/// What one transaction came to.
struct Done {
    decisions: Vec<Decision>,
    sequence: u64,
    /// Whether the connection was lost at commit, and what would have been stored is in doubt.
    in_doubt: bool,
}

impl<S: Store> Run<'_, S> {
    async fn batch(mut self, batch: Batch) -> FlushStats {
        let mut queue = segments(batch.operations, batch.mode, batch.limits.locks_max);
        let counts_singles = batch.mode == Mode::Batched && queue.len() > 1;
        if batch.reason == FlushReason::Locked {
            queue = self.ask_first(queue).await;
        }
        while let Some(segment) = queue.pop_front() {
            let Some(segment) = self.keep_in_line(segment) else { continue };
            let Some(mut segment) = self.give_up_expired(segment) else { continue };
            segment.tries.attempts += 1;
            self.stats.transactions += 1;
            self.stats.singles += u64::from(counts_singles && segment.members.len() == 1);
            let begun = Instant::now();
            match self.attempt(&segment, begun).await {
                Ok(done) => {
                    let rest = segment.split_off(done.decisions.len());
                    self.settle(segment, done);
                    // In front: what follows in batch order may refer to it.
                    if let Some(rest) = rest {
                        queue.push_front(rest);
                    }
                }
                Err(error) => self.recover(segment, error, begun, &mut queue).await,
            }
        }
        self.stats.elapsed = self.started.elapsed();
        self.stats
    }

    /// Reports the members as in line still that were to be written together with others and were not; the rest, if any.
    fn keep_in_line(&mut self, segment: Segment) -> Option<Segment> {
        let (in_line, rest) = self.lines.split(segment);
        if let Some(in_line) = in_line {
            self.settle_all(in_line, &Settlement::InLine);
        }
        rest
    }

    /// Reports the members whose deadline has passed, of which nothing is written; the others, if any.
    fn give_up_expired(&mut self, segment: Segment) -> Option<Segment> {
        let past = self.started.elapsed();
        let (expired, rest) = segment.partition(|member| member.accepted.time_left.is_some_and(|left| left <= past));
        if let Some(expired) = expired {
            self.settle_all(expired, &Settlement::Settled(Outcome::Deadline));
        }
        rest
    }

    /// One transaction about a prefix of the segment.
    async fn attempt(&mut self, segment: &Segment, begun: Instant) -> Result<Done, StoreError> {
        let mut session = self.session(segment, begun).await?;
        let result = self.converse(&mut session, segment).await;
        self.stats.round_trips += session.round_trips();
        if result.is_ok() {
            self.executor.permanent.store(false, Ordering::Relaxed);
        }
        result
    }

    /// A session for the segment, as soon as one can be had in the time that its members have.
    async fn session(&self, segment: &Segment, begun: Instant) -> Result<S::Session, StoreError> {
        let left = segment.members.iter().filter_map(|member| member.accepted.time_left).min();
        let patience = segment.tries.unusable_since.unwrap_or(begun) + self.limits.outage_max;
        let until = left.map_or(patience, |left| patience.min(self.started + left));
        self.executor.outage.session(&*self.executor.store, until).await
    }

    async fn converse(&mut self, session: &mut S::Session, segment: &Segment) -> Result<Done, StoreError> {
        let request = plan_resolve(&segment.members, segment.tries.races > 0);
        let begun = Instant::now();
        let snapshot = session.resolve(&request).await?;
        let resolve = begun.elapsed();
        // Relaxed: flushes that exclude each other are ordered by their locks, which the later one has only now.
        let sequence = self.executor.sequence.fetch_add(1, Ordering::Relaxed);
        let Decided { decisions, changes } = decide(&segment.members, &segment.units, &snapshot);
        if let Some(refusal) = &segment.refusal {
            session.rollback().await?;
            self.stats.phases.add(PhaseTimes { resolve, ..PhaseTimes::default() }, segment.members.len());
            let refused = |decision: Decision| match decision {
                Decision::Insert(_) | Decision::Update(_) => Decision::Refused(Outcome::clone(refusal)),
                decision => decision,
            };
            return Ok(Done { decisions: decisions.into_iter().map(refused).collect(), sequence, in_doubt: false });
        }
        if changes.is_empty() {
            let refusal = refused_by_database(session, &segment.members, &decisions, &snapshot).await;
            if refusal.is_none() {
                session.rollback().await?;
            }
            self.stats.phases.add(PhaseTimes { resolve, ..PhaseTimes::default() }, segment.members.len());
            let decisions = refusal.map_or(decisions, |refusal| vec![refusal]);
            return Ok(Done { decisions, sequence, in_doubt: false });
        }
        let applying = Instant::now();
        match session.apply(&changes, self.limits.outage_max).await {
            Ok(()) => {
                let commit = session.commit_time();
                self.stats.writing += applying.elapsed();
                let apply = applying.elapsed().saturating_sub(commit);
                self.stats.phases.add(PhaseTimes { resolve, apply, commit }, decisions.len());
                Ok(Done { decisions, sequence, in_doubt: false })
            }
            Err(error) if error.kind() == StoreErrorKind::InDoubt => Ok(Done { decisions, sequence, in_doubt: true }),
            Err(error) => Err(error),
        }
    }

    /// Reports the members that a transaction settled.
    fn settle(&mut self, segment: Segment, done: Done) {
        self.lines.reported(&segment.members);
        let batch_size = done.decisions.len() as u32;
        let attempts = segment.tries.attempts;
        let written = done.decisions.iter().filter_map(Decision::written);
        let in_doubt: Vec<DocumentUuid> = written.filter(|_| done.in_doubt).map(|(_, uuid)| uuid).collect();
        let group =
            segment.members.into_iter().zip(done.decisions).enumerate().map(|(position, (member, decision))| {
                let settlement = match decision {
                    Decision::Insert(_) | Decision::Update(_) if done.in_doubt => Settlement::Settled(Outcome::InDoubt),
                    // Equal to what one before it wrote.
                    Decision::Unchanged(uuid) if in_doubt.contains(&uuid) => Settlement::Settled(Outcome::InDoubt),
                    Decision::InLine => Settlement::InLine,
                    Decision::Missing { ids, refusal } => Settlement::Missing { ids, refusal },
                    decision => Settlement::Settled(decision.outcome().unwrap_or(Outcome::InDoubt)),
                };
                let info = FlushInfo { sequence: done.sequence, position: position as u32, batch_size, attempts };
                Flushed { id: member.accepted.id, settlement, info }
            });
        // Fails when the dispatcher is gone, which has completed everything then.
        let _ = self.report.send(group.collect());
    }

    /// Reports the same for all members, of which nothing was written.
    fn settle_all(&mut self, segment: Segment, settlement: &Settlement) {
        self.lines.reported(&segment.members);
        // Relaxed: nothing was written, so that no other flush has to be before or behind it.
        let sequence = self.executor.sequence.fetch_add(1, Ordering::Relaxed);
        let batch_size = segment.members.len() as u32;
        let attempts = segment.tries.attempts;
        let flushed = |(position, member): (usize, PlannedOperation)| {
            let info = FlushInfo { sequence, position: position as u32, batch_size, attempts };
            Flushed { id: member.accepted.id, settlement: settlement.clone(), info }
        };
        let _ = self.report.send(segment.members.into_iter().enumerate().map(flushed).collect());
    }

    /// What is done about an attempt that failed, and had begun then: [`StoreErrorKind`] describes it.
    async fn recover(
        &mut self,
        mut segment: Segment,
        error: StoreError,
        begun: Instant,
        queue: &mut VecDeque<Segment>,
    ) {
        let kind = error.kind();
        tracing::debug!(kind = kind.as_str(), %error, operations = segment.members.len(), "a flush failed");
        let tries = &mut segment.tries;
        let pause = match kind {
            StoreErrorKind::Transient | StoreErrorKind::StaleSession => {
                tries.retries += 1;
                (tries.retries <= self.limits.retries_max).then(|| pause(tries.retries))
            }
            StoreErrorKind::LostRace | StoreErrorKind::UniqueViolation => {
                tries.races += 1;
                let pause = if tries.races > 2 { pause(tries.races - 2) } else { Duration::ZERO };
                (tries.races <= RACES_MAX).then_some(pause)
            }
            StoreErrorKind::Connection | StoreErrorKind::Unavailable | StoreErrorKind::LoginRefused => {
                if tries.unusable_since.get_or_insert(begun).elapsed() >= self.limits.outage_max {
                    return self.settle_all(segment, &Settlement::Settled(failed(&error)));
                }
                tries.losses += 1;
                let suspects_member =
                    kind == StoreErrorKind::Connection && tries.losses > LOSSES_MAX && !segment.is_unit();
                (!suspects_member).then(|| pause(segment.tries.losses))
            }
            StoreErrorKind::OutOfLocks | StoreErrorKind::Document => None,
            StoreErrorKind::Locked => return self.set_aside(segment, &error, queue).await,
            StoreErrorKind::Permanent => {
                if !self.executor.permanent.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "nothing can be written until the database's operator changes something");
                }
                return self.settle_all(segment, &Settlement::Settled(failed(&error)));
            }
            StoreErrorKind::InDoubt => return self.settle_all(segment, &Settlement::Settled(Outcome::InDoubt)),
        };
        if let Some(pause) = pause {
            self.stats.retries += 1;
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            queue.push_front(segment);
            return;
        }
        match segment.halves() {
            Ok([first, second]) => {
                self.stats.retries += 1;
                queue.push_front(second);
                queue.push_front(first);
            }
            // Of a cycle, those that are refused by the rules keep that outcome. By all of the rules: a DocumentUuid that is taken
            // is asked for behind a lost race only.
            Err(mut segment)
                if kind == StoreErrorKind::Document && segment.members.len() > 1 && segment.tries.races == 0 =>
            {
                segment.tries.races = 1;
                queue.push_front(segment);
            }
            // Then it is decided once more, and not written.
            Err(mut segment)
                if kind == StoreErrorKind::Document && segment.members.len() > 1 && segment.refusal.is_none() =>
            {
                segment.refusal = Some(Box::new(failed(&error)));
                queue.push_front(segment);
            }
            Err(segment) => {
                let outcome = final_outcome(&segment, &error);
                self.settle_all(segment, &Settlement::Settled(outcome));
            }
        }
    }
}

/// A document that PostgreSQL may refuse is refused before an identity conflict is: the `Document` row is written
/// before the aliases. Ends the session's transaction when it returns a decision.
async fn refused_by_database(
    session: &mut impl Session,
    members: &[PlannedOperation],
    decisions: &[Decision],
    snapshot: &Snapshot,
) -> Option<Decision> {
    let [conflict @ Decision::Refused(Outcome::IdentityConflict { .. })] = decisions else { return None };
    let [member] = members else { return None };
    let Found::Nothing(ids) = &snapshot.documents[&member.operation().extraction.referential_id] else { return None };
    if !member.isolated || skips(FaultPoint::ProbeBeforeConflict) {
        return None;
    }
    let operation = member.operation();
    let uuid = operation.document_uuid;
    let key = DocumentKey { partition: uuid.partition().get(), id: ids.document };
    let write = DocumentWrite { operation, key, uuid, arrays: DocumentArrays::default(), is_replaced: false };
    let error = session.probe(&Changes { inserts: vec![write], ..Changes::default() }).await.err()?;
    let refused = error.kind() == StoreErrorKind::Document;
    Some(if refused { Decision::Refused(failed(&error)) } else { conflict.clone() })
}

/// The outcome of what failed alone.
fn final_outcome(segment: &Segment, error: &StoreError) -> Outcome {
    match (error.kind(), &*segment.members) {
        (StoreErrorKind::Transient | StoreErrorKind::OutOfLocks, _) => {
            Outcome::WriteConflict { sqlstate: error.sqlstate() }
        }
        (StoreErrorKind::LostRace, _) if error.sqlstate().is_none() => Outcome::WriteConflict { sqlstate: None },
        // A unique violation anywhere in an insert is a conflict of identities, foreseen or not.
        (StoreErrorKind::UniqueViolation, [member, ..]) => Outcome::identity_conflict(&member.operation().extraction),
        _ => failed(error),
    }
}

fn failed(error: &StoreError) -> Outcome {
    Outcome::Failed { sqlstate: error.sqlstate(), message: error.message().to_owned() }
}

/// Doubles from [`PAUSE_FIRST`], with jitter so that two that met do not meet again.
fn pause(nth: u32) -> Duration {
    let longest = PAUSE_FIRST.saturating_mul(1 << nth.saturating_sub(1).min(16)).min(PAUSE_MAX);
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests;
