//! What documents cost: how long a flush is expected to take, learnt for each resource from how long flushes took. Knows no
//! lanes, and has no clock.

use std::time::Duration;

use super::arrivals::NameId;

/// How much a batch may be expected to take of the database's time. Whoever comes while a lane flushes waits for the end:
/// where each document sets off a trigger that takes milliseconds, a batch is full before it is long.
const FLUSH_TIME_MAX: Duration = Duration::from_millis(250);
/// How many times a flush's fixed part its documents may take at the least: a database that is far away or slow must not be
/// met with small batches, of which the fixed part would be most.
const FIXED_PARTS_MIN: f64 = 4.0;
/// How far one flush moves what was learnt, of the way to what it took.
const STEP: f64 = 0.3;

/// What was learnt, in microseconds.
#[derive(Default, Debug)]
pub(super) struct Costs {
    /// Of a document, by its resource's number.
    documents: Vec<f64>,
    /// Of a flush, whatever it carries.
    fixed: f64,
}

/// How many documents of each resource a flush carries.
#[derive(Clone, Default, Debug)]
pub(super) struct Load(Vec<(NameId, u32)>);

impl Load {
    /// Takes note of a document.
    pub(super) fn add(&mut self, resource: NameId) {
        // A batch is of few resources, most of them in a row.
        match self.0.iter_mut().rev().find(|(name, _)| *name == resource) {
            Some((_, count)) => *count += 1,
            None => self.0.push((resource, 1)),
        }
    }
}

impl Costs {
    /// How long the documents of a flush may take, in microseconds as [`Self::document`]'s.
    pub(super) fn flush_max(&self) -> f64 {
        (FLUSH_TIME_MAX.as_secs_f64() * 1e6).max(self.fixed * FIXED_PARTS_MIN)
    }

    /// How long a document of that resource is expected to take; 0 before any was written.
    pub(super) fn document(&self, resource: NameId) -> f64 {
        self.documents.get(resource.index()).copied().unwrap_or_default()
    }

    /// Takes note of how long a flush took to write. Not of how long it waited for locks: small batches wait as long as large ones, so
    /// that each document would seem to cost more the fewer there are, and batches would stay small.
    pub(super) fn learn(&mut self, load: &Load, writing: Duration) {
        let expected =
            self.fixed + load.0.iter().map(|(name, count)| self.document(*name) * f64::from(*count)).sum::<f64>();
        // One that waited for something else than its documents must not make each look expensive for long: it counts as twice
        // what was expected, and where that is little as a full flush.
        let missed = (writing.as_secs_f64() * 1e6 - expected).min(expected.max(FLUSH_TIME_MAX.as_secs_f64() * 1e6));
        // Normalized least mean squares: each part moves by its share in the flush.
        let norm = 1.0 + load.0.iter().map(|(_, count)| f64::from(*count).powi(2)).sum::<f64>();
        self.fixed = (self.fixed + STEP * missed / norm).max(0.0);
        for (name, count) in &load.0 {
            let at = name.index();
            if at >= self.documents.len() {
                self.documents.resize(at + 1, 0.0);
            }
            self.documents[at] = (self.documents[at] + STEP * missed * f64::from(*count) / norm).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: NameId = NameId::of(0);
    const DEAR: NameId = NameId::of(1);

    fn load(cheap: u32, dear: u32) -> Load {
        let mut load = Load::default();
        (0..cheap).for_each(|_| load.add(CHEAP));
        (0..dear).for_each(|_| load.add(DEAR));
        load
    }

    /// Flushes of both kinds, in mixtures, of a database that takes 2 ms and 0.2 or 4 ms a document.
    fn learnt() -> Costs {
        let mut costs = Costs::default();
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..500 {
            let (cheap, dear) = (random.u32(0..64), random.u32(0..32));
            costs.learn(
                &load(cheap, dear),
                Duration::from_micros(2_000 + 200 * u64::from(cheap) + 4_000 * u64::from(dear)),
            );
        }
        costs
    }

    #[test]
    fn what_each_resource_costs_is_learnt_from_mixtures() {
        let costs = learnt();
        assert!((costs.document(CHEAP) / 200.0 - 1.0).abs() < 0.2, "{costs:?}");
        assert!((costs.document(DEAR) / 4_000.0 - 1.0).abs() < 0.1, "{costs:?}");
        assert!(costs.fixed < 4_000.0, "{costs:?}");
    }

    #[test]
    fn a_flush_that_waited_counts_as_twice_what_was_expected() {
        let mut costs = learnt();
        let before = costs.document(DEAR);
        costs.learn(&load(0, 128), Duration::from_secs(60));
        assert!(costs.document(DEAR) < before * 1.4, "{costs:?}");
    }

    #[test]
    fn a_database_that_is_far_away_is_not_met_with_small_batches() {
        let mut costs = Costs::default();
        // Half a second to and fro, and a millisecond a document.
        (0..200).for_each(|_| costs.learn(&load(1, 0), Duration::from_millis(501)));
        (0..200).for_each(|_| costs.learn(&load(128, 0), Duration::from_millis(628)));
        assert!(costs.flush_max() / costs.document(CHEAP) > 128.0, "{costs:?}");
    }
}
