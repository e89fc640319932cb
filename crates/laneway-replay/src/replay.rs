//! Replays cases: each on emptied tables, cut as told, compared with what was recorded or, where batch order makes
//! operations change places, with a serial run in that order.

use fastrand::Rng;
use laneway_core::Executor;
use laneway_pgconfig::Config;
use laneway_postgres::{PostgresStore, StoreOptions};
use laneway_postgres_tools::{Permission, Scratch};

use crate::answer::Answer;
use crate::case::{Case, Deed};
use crate::content::Content;
use crate::cut::Cut;
use crate::diff::{Difference, Differences};
use crate::error::ReplayError;
use crate::prepared::{Prepared, prepare};
use crate::run::{Run, Tally};
use crate::schemas::Schemas;
use crate::seen::{Answers, Seen};
use crate::serial::{Upserts, is_refused_for_strategies};

/// The most characters of a document that a difference shows.
const SHOWN_MAX: usize = 200;

/// A scratch store and what replays on it.
#[derive(Debug)]
pub struct Replay {
    scratch: Scratch,
    executor: Executor<PostgresStore>,
    /// What serial runs to compare with go through; not the one under test, which may leave steps out.
    reference: Executor<PostgresStore>,
    schemas: Schemas,
}

/// What a replay of one case came to.
#[derive(Debug)]
pub struct Replayed {
    /// What was seen.
    pub seen: Seen,
    /// What differs from what was expected.
    pub differences: Differences,
    /// Whether operations changed places, or a batch held a cycle of references: the case was compared with a serial
    /// run in batch order, in which a cycle's references count as present.
    pub reordered: bool,
    /// Cycles of references that a batch held whole.
    pub cycles: usize,
    /// What it cost.
    pub tally: Tally,
}

impl Replay {
    /// Opens the store that `config` names for replaying: whatever it holds will be gone.
    ///
    /// # Errors
    /// When the database is not marked as scratch (unless `permission` is given), or cannot be used.
    pub async fn open(config: &Config, permission: Permission, schemas: Schemas) -> Result<Self, ReplayError> {
        let scratch = Scratch::open(config, permission).await?;
        let store = PostgresStore::open(config, StoreOptions::default()).await?;
        let executor = || Executor::new(store.clone());
        Ok(Self { scratch, executor: executor(), reference: executor(), schemas })
    }

    /// Leaves a step out of every flush from now on (none: out of none), to see which cases notice.
    #[cfg(feature = "faults")]
    pub fn skip(&mut self, point: Option<laneway_core::FaultPoint>) {
        self.executor.skip(point);
    }

    /// Replays a case through Laneway's executor, cut as `cut` says.
    ///
    /// # Errors
    /// When the case's schemas or the database cannot be used. A difference is no error.
    pub async fn case(&mut self, case: &Case, cut: Cut) -> Result<Replayed, ReplayError> {
        let steps = prepare(case, &self.schemas.plugins(&case.schemas)?);
        let run = Run { scratch: &self.scratch, executor: &self.executor, steps: &steps };
        let ran = run.cut(cut, random(case, cut)).await?;
        let cycles = ran.units.iter().filter(|unit| unit.len() > 1).count();
        let reordered = cycles > 0 || !ran.units.iter().flatten().is_sorted();
        let mut differences = ran.differences;
        if reordered {
            let serial = Run { executor: &self.reference, ..run }.serial(&ran.units).await?;
            compare(case, &serial.answers, &serial.content, &ran.seen, &mut differences);
        } else {
            compare_with_recorded(case, &ran.seen, &mut differences);
        }
        Ok(Replayed { seen: ran.seen, differences, reordered, cycles, tally: ran.tally })
    }

    /// Replays a case one operation after another by `upserts`, and compares with the recorded answers.
    ///
    /// # Errors
    /// As [`Replay::case`].
    pub async fn serially<U: Upserts>(&mut self, case: &Case, upserts: &U) -> Result<Replayed, ReplayError> {
        let case = if U::AUTHORIZES { case } else { &without_authorization(case) };
        let steps = prepare(case, &self.schemas.plugins(&case.schemas)?);
        self.scratch.empty().await?;
        let mut answers = Answers::of(&steps);
        for (place, step) in steps.iter().enumerate() {
            match step {
                Prepared::Upsert(operation) => answers.settle(place, upserts.upsert(operation).await),
                Prepared::Delete(uuid) => answers.deleted(place, self.scratch.delete(*uuid).await?),
                Prepared::Refused(_) => {}
            }
        }
        let seen = answers.seen(Content::read(&self.scratch).await?);
        let mut differences = Differences::default();
        compare_with_recorded(case, &seen, &mut differences);
        Ok(Replayed { seen, differences, reordered: false, cycles: 0, tally: Tally::default() })
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
        if let Deed::Upsert(upsert) = &mut step.deed {
            upsert.authorization = None;
        }
    }
    case
}

fn compare_with_recorded(case: &Case, seen: &Seen, differences: &mut Differences) {
    let answers: Vec<_> = case.steps.iter().map(|step| step.outcome.clone()).collect();
    compare(case, &answers, &Content::expected(case), seen, differences);
}

fn compare(case: &Case, answers: &[Option<Answer>], content: &Content, seen: &Seen, differences: &mut Differences) {
    for (place, expected) in answers.iter().enumerate() {
        let answer = &seen.answers[place];
        let agrees = match (expected, answer) {
            (Some(expected), Some(seen)) => expected.allows(seen),
            (expected, seen) => expected == seen,
        };
        if !agrees {
            differences.0.push(Difference::Answer {
                step: place + 1,
                deed: describe(&case.steps[place].deed),
                expected: expected.clone(),
                seen: answer.clone(),
                said: seen.said[place].clone(),
            });
        }
    }
    differences.add_content(content, &seen.content);
}

fn describe(deed: &Deed) -> String {
    match deed {
        Deed::Delete(uuid) => format!("delete {uuid}"),
        Deed::Upsert(upsert) => {
            let document = upsert.document();
            let shown: String = document.chars().take(SHOWN_MAX).collect();
            let more = if shown.len() < document.len() { "…" } else { "" };
            format!("upsert {}/{} {shown}{more}", upsert.project, upsert.endpoint)
        }
    }
}
