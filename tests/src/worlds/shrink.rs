//! A world that differs, made smaller: steps are taken out, many at a time first, as long as it still differs.

use laneway_replay::{Case, Step};

use super::side::Side;
use super::{Bench, Finding, Report, world};

/// The most runs that are spent on it.
const RUNS_MAX: usize = 150;

/// A world as small as it was made.
pub struct Shrunk {
    /// What is left of it.
    pub case: Case,
    /// How that differs.
    pub finding: Finding,
    /// How many steps it had.
    pub steps_before: usize,
}

impl<S: Side> Bench<S> {
    /// Runs one world by itself, and makes it smaller; `None`: by itself it does not differ.
    pub async fn shrink(&self, seed: u64) -> Option<Shrunk> {
        let mut case = world(seed);
        let steps_before = case.steps.len();
        let mut finding = self.alone(seed, &case).await?;
        let mut runs = 0;
        let mut size = case.steps.len() / 2;
        while size > 0 && runs < RUNS_MAX {
            let mut at = 0;
            while at < case.steps.len() && runs < RUNS_MAX {
                let mut smaller = case.clone();
                let end = (at + size).min(smaller.steps.len());
                drop::<Vec<Step>>(smaller.steps.drain(at..end).collect());
                runs += 1;
                match self.alone(seed, &smaller).await {
                    Some(still) => (case, finding) = (smaller, still),
                    None => at += size,
                }
            }
            size /= 2;
        }
        Some(Shrunk { case, finding, steps_before })
    }

    async fn alone(&self, seed: u64, case: &Case) -> Option<Finding> {
        let mut report = Report::default();
        self.round(&[(seed, case.clone())], &mut report).await;
        report.findings.pop()
    }
}
