//! One run of a case's steps through the executor, on emptied tables.

use std::sync::Arc;
use std::time::Instant;

use fastrand::Rng;
use futures_util::future::join_all;
use laneway_core::order::BatchOrder;
use laneway_core::{Executor, FlushStats, Mode};
use laneway_model::{Operation, Outcome};
use laneway_postgres::PostgresStore;
use laneway_postgres_tools::Scratch;

use crate::beside::Wave;
use crate::content::Content;
use crate::cut::Cut;
use crate::cycle::{self, Apart, Failed};
use crate::diff::{Difference, Differences};
use crate::error::ReplayError;
use crate::flush::{Settled, flush};
use crate::observed::{Observed, Outcomes};
use crate::orders::Ran;
use crate::plan::plan;
use crate::prepared::Prepared;
use crate::service::{Answer, Service};
use crate::span::{Part, parts};

/// What a run needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) scratch: &'a Scratch,
    pub(crate) executor: &'a Executor<PostgresStore>,
    pub(crate) steps: &'a [Prepared],
    /// Who takes what is not Laneway's; `None`: plain deletes alone are not.
    pub(crate) service: Option<&'a Service<'a>>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct RunResult {
    pub(crate) observed: Observed,
    /// The steps in the order in which they took effect; the members of a cycle of references, which count on each
    /// other, together.
    pub(crate) units: Vec<Vec<usize>>,
    pub(crate) tally: Tally,
    /// Where the executor's order was not the batch order.
    pub(crate) differences: Differences,
}

/// What a run cost.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Batches handed to the executor.
    pub batches: u64,
    /// Transactions begun.
    pub transactions: u64,
    /// Transactions repeated after a failure.
    pub retries: u64,
    /// Operations that went by the single path although batched.
    pub singles: u64,
}

/// What a run with the service's statements beside Laneway's came to.
#[derive(Debug)]
pub(crate) struct BesideResult {
    pub(crate) observed: Observed,
    pub(crate) ran: Vec<Ran>,
    pub(crate) tally: Tally,
    /// Where the executor's order was not the batch order.
    pub(crate) differences: Differences,
}

/// How a statement of the service's ended; no answer where the step is Laneway's.
struct Answered {
    step: usize,
    answer: Option<Answer>,
    at: Instant,
}

impl Run<'_> {
    /// Runs the steps, the spans between deletes cut by `cut` and, at random, by `random`.
    pub(crate) async fn cut(self, cut: Cut, mut random: Rng) -> Result<RunResult, ReplayError> {
        self.scratch.empty().await?;
        let mode = if cut == Cut::Single { Mode::Single } else { Mode::Batched };
        let mut outcomes = Outcomes::of(self.steps);
        let (mut units, mut tally, mut differences) = (Vec::new(), Tally::default(), Differences::default());
        for part in parts(self.steps) {
            let span = match part {
                Part::Upserts(span) => span,
                Part::Delete(step) => {
                    self.delete(step, &mut outcomes).await?;
                    units.push(vec![step]);
                    continue;
                }
            };
            for wave in plan(&self.operations(&span), cut, &mut random) {
                let batches: Vec<Vec<usize>> =
                    wave.iter().map(|batch| batch.iter().map(|index| span[*index]).collect()).collect();
                let (settled, stats) = self.wave(&batches, mode).await;
                stats.iter().for_each(|stats| tally.add(stats));
                differences.0.extend(batches.iter().filter_map(|batch| self.wrong_order(batch, &settled)));
                units.extend(self.units(&batches, &settled));
                settled.into_iter().for_each(|settled| outcomes.take(settled));
            }
        }
        let observed = outcomes.observed(Content::read(self.scratch).await?);
        Ok(RunResult { observed, units, tally, differences })
    }

    /// Runs waves, each with its batches and the service's statements beside each other.
    pub(crate) async fn beside(self, waves: &[Wave]) -> Result<BesideResult, ReplayError> {
        self.scratch.empty().await?;
        let mut outcomes = Outcomes::of(self.steps);
        let (mut ran, mut tally, mut differences) = (Vec::new(), Tally::default(), Differences::default());
        for Wave { batches, service } in waves {
            let theirs = join_all(service.iter().map(|step| self.by_service(*step)));
            let ((settled, stats), mut answers) = tokio::join!(self.wave(batches, Mode::Batched), theirs);
            stats.iter().for_each(|stats| tally.add(stats));
            differences.0.extend(batches.iter().filter_map(|batch| self.wrong_order(batch, &settled)));
            answers.sort_by_key(|answer| answer.at);
            let units = self.units(batches, &settled);
            let reported =
                |unit: &Vec<usize>| settled.iter().find(|settled| settled.step == unit[0]).map(|first| first.at);
            let place = |at: Instant| units.iter().filter(|unit| reported(unit).is_some_and(|unit| unit < at)).count();
            let service = answers.iter().map(|answer| (answer.step, place(answer.at))).collect();
            ran.push(Ran { units, service });
            settled.into_iter().for_each(|settled| outcomes.take(settled));
            for Answered { step, answer, .. } in answers {
                answer.into_iter().for_each(|answer| outcomes.answered(step, answer));
            }
        }
        let observed = outcomes.observed(Content::read(self.scratch).await?);
        Ok(BesideResult { observed, ran, tally, differences })
    }

    /// Runs a step by the service's own statement, if it is not Laneway's.
    async fn by_service(self, step: usize) -> Answered {
        let answer = match self.service {
            Some(service) => service.run(self.steps, step).await,
            None => None,
        };
        Answered { step, answer, at: Instant::now() }
    }

    /// Runs `units` one after another by the single path; of a cycle, whose references count as present, too.
    pub(crate) async fn serial(self, units: &[Vec<usize>]) -> Result<Observed, ReplayError> {
        let mut failed = Failed::new();
        loop {
            // A member that fails brings nothing to its cycle: the run begins anew without it.
            match self.serial_without(units, &failed).await? {
                Ok(observed) => return Ok(observed),
                Err((step, outcome)) => drop(failed.insert(step, outcome)),
            }
        }
    }

    /// One serial run, or the first further member of a cycle that fails, with its outcome.
    async fn serial_without(
        self,
        units: &[Vec<usize>],
        failed: &Failed,
    ) -> Result<Result<Observed, (usize, Outcome)>, ReplayError> {
        self.scratch.empty().await?;
        let mut outcomes = Outcomes::of(self.steps);
        for unit in units {
            if let [step] = unit[..]
                && let Some(answer) = self.by_service(step).await.answer
            {
                outcomes.answered(step, answer);
                continue;
            }
            match unit[..] {
                [step] if matches!(self.steps[step], Prepared::Delete(_)) => self.delete(step, &mut outcomes).await?,
                [_] => self.batch(unit, Mode::Single).await.0.into_iter().for_each(|settled| outcomes.take(settled)),
                _ => {
                    if let Some(failure) = self.cycle(unit, failed, &mut outcomes).await? {
                        return Ok(Err(failure));
                    }
                }
            }
        }
        Ok(Ok(outcomes.observed(Content::read(self.scratch).await?)))
    }

    /// Runs the members of a cycle one after another, and then adds what they refer to among each other. The first
    /// one that fails, with its outcome.
    async fn cycle(
        self,
        unit: &[usize],
        failed: &Failed,
        outcomes: &mut Outcomes,
    ) -> Result<Option<(usize, Outcome)>, ReplayError> {
        let unrepeated = cycle::unrepeated(&self.operations(unit));
        let counted =
            unit.iter().zip(unrepeated).filter(|(step, unrepeated)| *unrepeated && !failed.contains_key(step));
        let members = self.operations(&counted.map(|(step, _)| *step).collect::<Vec<_>>());
        let mut references = Vec::new();
        for step in unit {
            if let Some(outcome) = failed.get(step) {
                outcomes.settle(*step, outcome.clone());
                continue;
            }
            let Some(operation) = self.operation(*step) else { continue };
            let Apart { operation, inside } = cycle::apart(&operation, &members);
            let (id, trace_id) = (operation.extraction.referential_id, operation.trace_id.clone());
            for settled in flush(self.executor, [(*step, operation)], Mode::Single).await.0 {
                if !settled.outcome.is_stored() {
                    return Ok(Some((settled.step, settled.outcome)));
                }
                outcomes.take(settled);
            }
            references.push((id, trace_id, inside));
        }
        for (id, trace_id, inside) in references {
            self.scratch.refer(id, &trace_id, &inside).await?;
        }
        Ok(None)
    }

    async fn delete(self, step: usize, outcomes: &mut Outcomes) -> Result<(), ReplayError> {
        if let Prepared::Delete(uuid) = &self.steps[step] {
            outcomes.deleted(step, self.scratch.delete(*uuid).await?);
        }
        Ok(())
    }

    /// Runs batches beside each other; what became of their operations, in the order in which they took effect.
    async fn wave(self, batches: &[Vec<usize>], mode: Mode) -> (Vec<Settled>, Vec<FlushStats>) {
        let result = join_all(batches.iter().map(|batch| self.batch(batch, mode))).await;
        let (settled, stats): (Vec<_>, Vec<_>) = result.into_iter().unzip();
        let mut settled: Vec<Settled> = settled.into_iter().flatten().collect();
        settled.sort_by_key(|settled| (settled.info.sequence, settled.info.position));
        (settled, stats)
    }

    async fn batch(self, steps: &[usize], mode: Mode) -> (Vec<Settled>, FlushStats) {
        flush(self.executor, steps.iter().filter_map(|step| Some((*step, self.operation(*step)?))), mode).await
    }

    fn operation(self, step: usize) -> Option<Arc<Operation>> {
        let Prepared::Upsert(operation) = &self.steps[step] else { return None };
        Some(Arc::clone(operation))
    }

    fn operations(&self, steps: &[usize]) -> Vec<&Operation> {
        let operation = |step: &usize| match &self.steps[*step] {
            Prepared::Upsert(operation) => Some(&**operation),
            _ => None,
        };
        steps.iter().filter_map(operation).collect()
    }

    /// The batch order of a batch's steps.
    fn order(self, batch: &[usize]) -> Vec<Vec<usize>> {
        let order = BatchOrder::of(&self.operations(batch));
        order.units.iter().map(|unit| unit.iter().map(|index| batch[*index]).collect()).collect()
    }

    /// The steps that took effect, by unit of their batch.
    fn units(self, batches: &[Vec<usize>], settled: &[Settled]) -> Vec<Vec<usize>> {
        let units: Vec<Vec<usize>> = batches.iter().flat_map(|batch| self.order(batch)).collect();
        let unit_of = |step: usize| units.iter().position(|unit| unit.contains(&step));
        settled
            .chunk_by(|one, other| unit_of(one.step) == unit_of(other.step))
            .map(|unit| unit.iter().map(|settled| settled.step).collect())
            .collect()
    }

    /// Whether the executor reported another order than batch order, or not each operation once.
    fn wrong_order(self, batch: &[usize], settled: &[Settled]) -> Option<Difference> {
        let number = |step: usize| step + 1;
        let expected: Vec<usize> = self.order(batch).into_iter().flatten().map(number).collect();
        let observed: Vec<usize> =
            settled.iter().map(|settled| settled.step).filter(|step| batch.contains(step)).map(number).collect();
        (expected != observed).then_some(Difference::Order { expected, observed })
    }
}

impl Outcomes {
    fn take(&mut self, settled: Settled) {
        self.settle(settled.step, settled.outcome);
    }
}

impl Tally {
    fn add(&mut self, stats: &FlushStats) {
        self.batches += 1;
        self.transactions += stats.transactions;
        self.retries += stats.retries;
        self.singles += stats.singles;
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.batches += other.batches;
        self.transactions += other.transactions;
        self.retries += other.retries;
        self.singles += other.singles;
    }
}
