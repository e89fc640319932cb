//! What a series of worlds came to. Counts only.

use std::fmt;
use std::time::Duration;

use crate::world::Played;

/// The sums over worlds.
#[derive(Clone, Default, Debug)]
pub struct Tally {
    /// How many worlds.
    pub worlds: u64,
    /// How many operations were accepted.
    pub operations: u64,
    /// How long they took, by the wall clock.
    pub elapsed: Duration,
    /// What went wrong on purpose, with how often.
    pub faults: Vec<(&'static str, u64)>,
}

impl Tally {
    /// Adds a world.
    pub fn add(&mut self, played: &Played) {
        self.worlds += 1;
        self.operations += played.accepted;
        for (name, count) in &played.faults {
            match self.faults.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += count,
                None => self.faults.push((name, *count)),
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.operations as f64 / (self.elapsed.as_secs_f64() / 60.0);
        writeln!(f, "{} operations in {} worlds, {rate:.0} a minute", self.operations, self.worlds)?;
        let mut faults = self.faults.clone();
        faults.sort_unstable();
        writeln!(f, "\n| what happened | how often |\n|---|---|")?;
        faults.iter().try_for_each(|(name, count)| writeln!(f, "| {name} | {count} |"))
    }
}
