//! Replays cases: each on emptied tables, cut as asked, compared with what was recorded or, where batch order makes
//! operations change their order, with a serial run in that order.

use std::time::Duration;

use fastrand::Rng;
use laneway_core::Executor;
use laneway_pgconfig::Config;
use laneway_postgres::{Isolation, PostgresStore, StoreOptions};
use laneway_postgres_tools::baseline::Baseline;
use laneway_postgres_tools::{Permission, Scratch};

use crate::beside;
use crate::case::{Action, Case};
use crate::compare::{compare, compare_with_recorded};
use crate::content::Content;
use crate::cut::Cut;
use crate::diff::Differences;
use crate::error::ReplayError;
use crate::observed::{Observed, Outcomes};
use crate::orders::orders;
use crate::prepared::{Prepared, prepare};
use crate::run::{BesideResult, Run, Tally};
use crate::schemas::Schemas;
use crate::serial::{Upserts, is_refused_for_strategies};
use crate::service::Service;

/// The most sessions of the service's beside each other.
const SERVICE_SESSIONS: usize = 4;
/// The most orders that are tried before a case differs: nearly always the first is the one.
const ORDERS_MAX: usize = 60;

/// A scratch store and what replays on it.
#[derive(Debug)]
pub struct Replay {
    scratch: Scratch,
    executor: Executor<PostgresStore>,
    /// What the service's own statements go through; opened when a case needs it.
    baseline: Option<Baseline>,
    config: Config,
    /// What serial runs to compare with go through; not the one under test, which may leave steps out.
    reference: Executor<PostgresStore>,
    schemas: Schemas,
}

/// What a replay of one case came to.
#[derive(Debug)]
pub struct Replayed {
    /// What was observed.
    pub observed: Observed,
    /// What differs from what was expected.
    pub differences: Differences,
    /// Whether operations changed their order, or a batch held a cycle of references: the case was compared with a serial
    /// run in batch order, in which a cycle's references count as present.
    pub reordered: bool,
    /// Cycles of references that a batch held whole.
    pub cycles: usize,
    /// Statements of the service's that ran beside a batch.
    pub beside: usize,
    /// Whether it differs from every serial run that was tried in nothing but rows that the service's statements skew, as they
    /// take no locks; that is no difference.
    pub skewed: bool,
    /// What it cost.
    pub tally: Tally,
}

impl Replay {
    /// Opens the store that `config` names for replaying, by transactions isolated so: whatever it holds will be gone.
    ///
    /// # Errors
    /// When the database is not marked as scratch (unless `permission` is given), or cannot be used.
    pub async fn open(
        config: &Config,
        permission: Permission,
        schemas: Schemas,
        isolation: Isolation,
    ) -> Result<Self, ReplayError> {
        Self::open_as(config, config, permission, schemas, isolation).await
    }

    /// As [`Replay::open`], but documents are written by the role of `writer`, another address of the same store.
    ///
    /// # Errors
    /// As [`Replay::open`].
    pub async fn open_as(
        config: &Config,
        writer: &Config,
        permission: Permission,
        schemas: Schemas,
        isolation: Isolation,
    ) -> Result<Self, ReplayError> {
        let scratch = Scratch::open(config, permission).await?;
        // Lanes wait for each other's locks, for long on a busy machine, and nothing here tries again what was set aside.
        let options = StoreOptions { lock_timeout: Duration::from_secs(10), isolation, ..StoreOptions::default() };
        let store = PostgresStore::open(writer, options).await?;
        let executor = || Executor::new(store.clone());
        Ok(Self {
            scratch,
            executor: executor(),
            baseline: None,
            config: config.clone(),
            reference: executor(),
            schemas,
        })
    }

    /// Leaves a step out of every flush from now on (none: out of none), to see which cases notice.
    #[cfg(feature = "faults")]
    pub fn skip(&mut self, point: Option<laneway_core::FaultPoint>) {
        self.executor.skip(point);
    }

    /// Replays a case through Laneway's executor, cut by `cut`.
    ///
    /// # Errors
    /// When the case's schemas or the database cannot be used. A difference is no error.
    pub async fn case(&mut self, case: &Case, cut: Cut) -> Result<Replayed, ReplayError> {
        let steps = prepare(case, &self.schemas.plugins(&case.schemas)?);
        if let Cut::Beside(_) = cut {
            return self.beside(case, &steps, random(case, cut)).await;
        }
        let run = Run { scratch: &self.scratch, executor: &self.executor, steps: &steps, service: None };
        let result = run.cut(cut, random(case, cut)).await?;
        let cycles = result.units.iter().filter(|unit| unit.len() > 1).count();
        let reordered = cycles > 0 || !result.units.iter().flatten().is_sorted();
        let mut differences = result.differences;
        if reordered {
            let serial = Run { executor: &self.reference, ..run }.serial(&result.units).await?;
            compare(case, &serial.outcomes, &serial.content, &result.observed, &mut differences);
        } else {
            compare_with_recorded(case, &result.observed, &mut differences);
        }
        let tally = result.tally;
        Ok(Replayed { observed: result.observed, differences, reordered, cycles, beside: 0, skewed: false, tally })
    }

    /// Replays a case with the service's statements beside Laneway's, and looks for an order in which a serial run of both ends the
    /// same.
    async fn beside(&mut self, case: &Case, steps: &[Prepared], mut random: Rng) -> Result<Replayed, ReplayError> {
        if self.baseline.is_none() {
            self.baseline = Some(Baseline::open(&self.config, SERVICE_SESSIONS).await?);
        }
        let Some(baseline) = &self.baseline else { unreachable!("opened above") };
        let updates = beside::updates(case, steps, &mut random);
        let waves = beside::waves(case, steps, &updates, &mut random);
        let service = Service { baseline, updates };
        let run = Run { scratch: &self.scratch, executor: &self.executor, steps, service: Some(&service) };
        let BesideResult { observed, ran, tally, differences } = run.beside(&waves).await?;
        let beside = waves.iter().filter(|wave| !wave.batches.is_empty()).map(|wave| wave.service.len()).sum();
        let cycles = ran.iter().flat_map(|ran| &ran.units).filter(|unit| unit.len() > 1).count();
        let mut replayed = Replayed { observed, differences, reordered: true, cycles, beside, skewed: false, tally };
        let mut nearest: Option<Differences> = None;
        for units in orders(&ran).take(ORDERS_MAX) {
            let serial = Run { executor: &self.reference, ..run }.serial(&units).await?;
            let mut differences = replayed.differences.clone();
            compare(case, &serial.outcomes, &serial.content, &replayed.observed, &mut differences);
            if nearest.is_none() || differences.are_skew() {
                replayed.skewed = differences.are_skew();
                nearest = Some(differences);
            }
            if nearest.as_ref().is_some_and(Differences::is_empty) {
                replayed.skewed = false;
                return Ok(replayed);
            }
        }
        if !replayed.skewed {
            replayed.differences = nearest.unwrap_or_default();
        }
        Ok(replayed)
    }

    /// Replays a case one operation after another by `upserts`, and compares with the recorded outcomes.
    ///
    /// # Errors
    /// As [`Replay::case`].
    pub async fn serially<U: Upserts>(&mut self, case: &Case, upserts: &U) -> Result<Replayed, ReplayError> {
        let case = if U::AUTHORIZES { case } else { &without_authorization(case) };
        let steps = prepare(case, &self.schemas.plugins(&case.schemas)?);
        self.scratch.empty().await?;
        let mut outcomes = Outcomes::of(&steps);
        for (index, step) in steps.iter().enumerate() {
            match step {
                Prepared::Upsert(operation) => outcomes.settle(index, upserts.upsert(operation).await),
                Prepared::Delete(uuid) => outcomes.deleted(index, self.scratch.delete(*uuid).await?),
                Prepared::Refused(_) => {}
            }
        }
        let observed = outcomes.observed(Content::read(&self.scratch).await?);
        let mut differences = Differences::default();
        compare_with_recorded(case, &observed, &mut differences);
        let tally = Tally::default();
        Ok(Replayed { observed, differences, reordered: false, cycles: 0, beside: 0, skewed: false, tally })
    }
}

/// Random numbers of the case's own: with the seed alone all cases would be cut alike.
fn random(case: &Case, cut: Cut) -> Rng {
    let seed = if let Cut::Random(seed) = cut { seed } else { 0 };
    let name = case.name.bytes().fold(seed, |mixed, byte| mixed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    Rng::with_seed(seed.wrapping_add(name))
}

fn without_authorization(case: &Case) -> Case {
    let mut case = case.clone();
    case.steps.retain(|step| !is_refused_for_strategies(step));
    for step in &mut case.steps {
        if let Action::Upsert(upsert) = &mut step.action {
            upsert.authorization = None;
        }
    }
    case
}
