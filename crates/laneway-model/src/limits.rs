//! The bounds of a store's runtime, with the names that an operator sees.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::PartitionKey;

/// What is counted: 32 bits number more than any machine holds. None at all would admit nothing, for ever.
const COUNT: RangeInclusive<u64> = 1..=u32::MAX as u64;
/// What is measured in bytes: a tebibyte is more than any machine hands over.
const BYTES: RangeInclusive<u64> = 1..=1 << 40;

/// In milliseconds: longer than a transaction takes to commit, and short enough for a caller whose references are simply wrong.
const REFERENCE_RECHECK: RangeInclusive<u64> = 0..=250;

/// Every queue, batch, wait and retry of one store has its bound here.
#[derive(Clone, PartialEq, Debug)]
pub struct Limits {
    /// How many lanes operations are spread over, 1 to 16. Few make larger batches; 0: as many as make the database write the
    /// most, which is found out while it runs.
    pub lanes: usize,
    /// The most operations a batch carries; a cycle of references may go beyond, and upserts of one identity that are written
    /// as one count as one.
    pub batch_items_max: usize,
    /// The most document bytes a batch carries; a single larger document goes alone.
    pub batch_bytes_max: usize,
    /// How long an idle lane waits for company before it flushes.
    pub linger: Duration,
    /// The most transactions of lanes open at a time.
    pub flushes_concurrent_max: usize,
    /// The most single-path transactions open at a time.
    pub single_concurrent_max: usize,
    /// The most operations accepted and not settled.
    pub store_items_max: usize,
    /// The most bytes accepted and not settled: of documents, and of all that is handed over with them.
    pub store_bytes_max: usize,
    /// The most operations standing in one lane.
    pub lane_items_max: usize,
    /// The most operations standing in line for one identity.
    pub identity_line_max: usize,
    /// The largest document.
    pub document_bytes_max: usize,
    /// How many threads read documents; 0: as many as the machine has cores.
    pub extract_threads: usize,
    /// How often a batch is repeated after a serialization failure, deadlock or timeout before it is halved.
    pub retries_max: u32,
    /// How long operations without a deadline wait for a store that cannot be used before they fail: longer than a
    /// cluster manager takes to fail over.
    pub outage_max: Duration,
    /// How long an operation looks again for references that are not stored before it is refused for them, at most 250 ms:
    /// another server may be about to commit what they name. One whose deadline comes before its next look is refused without it.
    /// Zero: it is refused at once.
    pub reference_recheck: Duration,
    /// The most advisory locks one flush may ask for: the lock table has an end (`max_locks_per_transaction`).
    pub locks_per_flush_max: usize,
    /// An operation whose queue is older than this goes by the single path; `None`: never.
    pub latency_objective: Option<Duration>,
    /// Whether operations are batched at all; without, each takes the single path.
    pub batching: bool,
}

/// A bound outside of its range, or at odds with another.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(transparent)]
pub struct LimitError(#[from] Cause);

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
enum Cause {
    #[error("{name} is {value}, not within {} to {}", range.start(), range.end())]
    Range { name: &'static str, value: u64, range: RangeInclusive<u64> },
    #[error(
        "connections_max is {connections_max}, fewer than the {flushes_max} flushes that may run at a time \
         (flushes_concurrent_max + single_concurrent_max + 1): leave it unset, raise it, or lower those"
    )]
    Connections { connections_max: usize, flushes_max: usize },
}

impl LimitError {
    /// The bound's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Cause::Range { name, .. } => name,
            Cause::Connections { .. } => "connections_max",
        }
    }
}

impl Limits {
    /// How many lanes there are to begin with: those of an operator's choice, or two, of which one writes while the other's
    /// documents come in.
    #[must_use]
    pub fn lanes_first(&self) -> usize {
        if self.lanes > 0 { self.lanes } else { 2 }
    }

    /// How many flushes may run at once, each with a connection of its own: those of lanes, those of the single path, and one
    /// with what another client's lock keeps from being written.
    #[must_use]
    pub fn flushes_max(&self) -> usize {
        self.flushes_concurrent_max.saturating_add(self.single_concurrent_max).saturating_add(1)
    }

    /// Refuses fewer connections than flushes may run at a time: some would wait for a connection where they should wait for
    /// company.
    ///
    /// # Errors
    /// [`LimitError`] names `connections_max`.
    pub fn check_connections(&self, connections_max: usize) -> Result<(), LimitError> {
        let flushes_max = self.flushes_max();
        if connections_max >= flushes_max {
            return Ok(());
        }
        Err(LimitError(Cause::Connections { connections_max, flushes_max }))
    }

    /// Refuses a bound with which nothing could run, or that no machine can mean.
    ///
    /// # Errors
    /// [`LimitError`] names the first.
    pub fn check(&self) -> Result<(), LimitError> {
        let ranges = [
            ("lanes", self.lanes, 0..=PartitionKey::COUNT as u64),
            ("batch_items_max", self.batch_items_max, COUNT),
            ("batch_bytes_max", self.batch_bytes_max, BYTES),
            ("flushes_concurrent_max", self.flushes_concurrent_max, COUNT),
            ("single_concurrent_max", self.single_concurrent_max, COUNT),
            ("store_items_max", self.store_items_max, COUNT),
            ("store_bytes_max", self.store_bytes_max, BYTES),
            ("lane_items_max", self.lane_items_max, COUNT),
            ("identity_line_max", self.identity_line_max, COUNT),
            ("document_bytes_max", self.document_bytes_max, BYTES),
            ("extract_threads", self.extract_threads, 0..=256),
            ("retries_max", self.retries_max as usize, 0..=1_000),
            ("locks_per_flush_max", self.locks_per_flush_max, COUNT),
            ("reference_recheck_ms", self.reference_recheck.as_millis() as usize, REFERENCE_RECHECK),
        ];
        let outside = ranges.into_iter().find(|(_, value, range)| !range.contains(&(*value as u64)));
        let error = outside.map(|(name, value, range)| LimitError(Cause::Range { name, value: value as u64, range }));
        error.map_or(Ok(()), Err)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lanes: 0,
            batch_items_max: 128,
            batch_bytes_max: 4 << 20,
            linger: Duration::ZERO,
            flushes_concurrent_max: PartitionKey::COUNT,
            single_concurrent_max: 4,
            store_items_max: 16_384,
            store_bytes_max: 256 << 20,
            lane_items_max: 8_192,
            identity_line_max: 1_024,
            document_bytes_max: 16 << 20,
            extract_threads: 0,
            retries_max: 3,
            outage_max: Duration::from_secs(90),
            reference_recheck: Duration::ZERO,
            locks_per_flush_max: 512,
            latency_objective: None,
            batching: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_that_admits_nothing_is_refused_by_name() {
        assert_eq!(Limits::default().check(), Ok(()));
        type Field = fn(&mut Limits) -> &mut usize;
        let cases: [(&str, Field); 10] = [
            ("batch_items_max", |limits| &mut limits.batch_items_max),
            ("batch_bytes_max", |limits| &mut limits.batch_bytes_max),
            ("flushes_concurrent_max", |limits| &mut limits.flushes_concurrent_max),
            ("single_concurrent_max", |limits| &mut limits.single_concurrent_max),
            ("store_items_max", |limits| &mut limits.store_items_max),
            ("store_bytes_max", |limits| &mut limits.store_bytes_max),
            ("lane_items_max", |limits| &mut limits.lane_items_max),
            ("identity_line_max", |limits| &mut limits.identity_line_max),
            ("document_bytes_max", |limits| &mut limits.document_bytes_max),
            ("locks_per_flush_max", |limits| &mut limits.locks_per_flush_max),
        ];
        for (name, field) in cases {
            let mut limits = Limits::default();
            *field(&mut limits) = 0;
            let error = limits.check().unwrap_err();
            assert_eq!(error.name(), name);
            assert!(error.to_string().starts_with(&format!("{name} is 0, not within 1 to ")), "{error}");
        }
        let error = Limits { lanes: 17, ..Limits::default() }.check().unwrap_err();
        assert_eq!(error.to_string(), "lanes is 17, not within 0 to 16");
        let recheck = |millis| Limits { reference_recheck: Duration::from_millis(millis), ..Limits::default() };
        assert_eq!(recheck(250).check(), Ok(()));
        let error = recheck(251).check().unwrap_err();
        assert_eq!(error.to_string(), "reference_recheck_ms is 251, not within 0 to 250");
    }

    #[test]
    fn fewer_connections_than_flushes_are_refused_by_name() {
        let limits = Limits { flushes_concurrent_max: 6, single_concurrent_max: 2, ..Limits::default() };
        assert_eq!(limits.check_connections(9), Ok(()));
        let error = limits.check_connections(8).unwrap_err();
        assert_eq!(error.name(), "connections_max");
        assert!(error.to_string().starts_with("connections_max is 8, fewer than the 9 flushes"), "{error}");
        let without_bound = Limits { flushes_concurrent_max: usize::MAX, ..limits };
        assert!(without_bound.check_connections(usize::MAX).is_ok());
    }
}
