//! Counts what becomes of documents.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use laneway_model::OutcomeKind;

use super::latency::Latencies;
use super::split::Split;
use super::summary::Summary;

/// What an engine knows of its own work.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(crate) struct Effort {
    /// Transactions repeated.
    pub(crate) retries: u64,
    /// Documents in a transaction, on average.
    pub(crate) batch_mean: f64,
    /// Times that the engine waited for the database; `None`: it does not count them.
    pub(crate) round_trips: Option<u64>,
    /// Where documents' time went; `None`: the engine does not know.
    pub(crate) split: Option<Split>,
}

/// Counts from the first document on.
pub(crate) struct Tally {
    documents: u64,
    kinds: BTreeMap<OutcomeKind, u64>,
    /// What was refused, and then stored in a later version; not in `kinds`.
    superseded: BTreeMap<OutcomeKind, u64>,
    unreadable: u64,
    latencies: Latencies,
    resubmitted: u64,
    rounds: Option<u32>,
    started: Instant,
    last: Instant,
}

impl Tally {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            documents: 0,
            kinds: BTreeMap::new(),
            superseded: BTreeMap::new(),
            unreadable: 0,
            latencies: Latencies::new(),
            resubmitted: 0,
            rounds: None,
            started: now,
            last: now,
        }
    }

    /// Notes how long a document took.
    pub(crate) fn latency(&mut self, latency: Duration) {
        self.latencies.record(latency);
    }

    /// Notes another round, of so many documents that are submitted again.
    pub(crate) fn round(&mut self, resubmitted: usize) {
        self.rounds = Some(self.rounds.unwrap_or(0) + 1);
        self.resubmitted += resubmitted as u64;
    }

    /// Counts a document that was settled.
    pub(crate) fn settled(&mut self, kind: OutcomeKind) {
        self.documents += 1;
        *self.kinds.entry(kind).or_default() += 1;
        self.last = Instant::now();
    }

    /// Counts a line that is no document.
    pub(crate) fn unreadable(&mut self) {
        self.unreadable += 1;
        self.settled(OutcomeKind::InvalidDocument);
    }

    /// Counts as superseded a document that was refused so, and was either counted or to be submitted again.
    pub(crate) fn supersede(&mut self, kind: OutcomeKind, is_counted: bool) {
        *self.superseded.entry(kind).or_default() += 1;
        match self.kinds.get_mut(&kind) {
            Some(count) if is_counted => *count -= 1,
            _ => self.documents += 1,
        }
    }

    fn superseded(&self) -> u64 {
        self.superseded.values().sum()
    }

    /// Documents counted up to now.
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    /// Those that are not stored.
    pub(crate) fn failed(&self) -> u64 {
        self.documents - self.of(OutcomeKind::Inserted) - self.of(OutcomeKind::Updated) - self.superseded()
    }

    /// Since the first document.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn of(&self, kind: OutcomeKind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }

    /// The result, with how many documents a later version has superseded, and whether there may be more.
    pub(crate) fn summary(&self, effort: Effort, (superseded, superseded_at_least): (u64, bool)) -> Summary {
        let elapsed = self.last - self.started;
        let stored = [OutcomeKind::Inserted, OutcomeKind::Updated];
        let failures = self.kinds.iter().filter(|(kind, count)| !stored.contains(kind) && **count > 0);
        let mut outcomes = self.kinds.clone();
        self.superseded.iter().for_each(|(kind, count)| *outcomes.entry(*kind).or_default() += count);
        let per_document = |count: u64| if self.documents == 0 { 0.0 } else { count as f64 / self.documents as f64 };
        Summary {
            documents: self.documents,
            inserted: self.of(OutcomeKind::Inserted),
            updated: self.of(OutcomeKind::Updated),
            failed: self.failed(),
            failures: failures.map(|(kind, count)| (kind.as_str(), *count)).collect(),
            superseded,
            superseded_at_least,
            superseded_unstored: self.superseded(),
            outcomes: outcomes
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| (kind.as_str(), count))
                .collect(),
            unreadable: self.unreadable,
            resubmitted: self.resubmitted,
            rounds: self.rounds,
            retries: effort.retries,
            docs_per_second: if elapsed.is_zero() { 0.0 } else { self.documents as f64 / elapsed.as_secs_f64() },
            latency_ms: self.latencies.percentiles(),
            batch_mean: effort.batch_mean,
            round_trips_per_document: effort.round_trips.map(per_document),
            split_ms: effort.split,
            elapsed,
        }
    }
}
