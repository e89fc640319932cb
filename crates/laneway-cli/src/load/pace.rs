//! When documents are submitted: as soon as a caller is free, or at times that are fixed beforehand.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// When the next document is submitted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Pace {
    /// When fewer than so many are unsettled: so many callers, each of which waits for its outcome.
    Callers(NonZeroUsize),
    /// So many a second, however many are unsettled: callers that know nothing of each other. A document's time counts from when
    /// it was due: what is submitted late because those before it took long has waited all the same.
    PerSecond(f64),
}

/// A pace under way.
#[derive(Debug)]
pub(super) struct Schedule {
    pace: Pace,
    /// When the first document of this round was asked for.
    begun: Option<Instant>,
    submitted: u32,
}

impl Schedule {
    /// Its first document is due when it is asked for first.
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, begun: None, submitted: 0 }
    }

    /// Begins another round.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.pace);
    }

    /// Whether as many are unsettled as there are callers.
    pub(super) fn is_full(&self, unsettled: usize) -> bool {
        matches!(self.pace, Pace::Callers(callers) if unsettled >= callers.get())
    }

    /// When the next one is due; `None`: as soon as a caller is free.
    pub(super) fn due(&self) -> Option<Instant> {
        match (self.pace, self.begun) {
            (Pace::PerSecond(rate), Some(begun)) => {
                Some(begun + Duration::from_secs_f64(f64::from(self.submitted) / rate))
            }
            _ => None,
        }
    }

    /// The time from which the next document's latency counts, if it is to be submitted now.
    pub(super) fn next(&mut self, unsettled: usize, now: Instant) -> Option<Instant> {
        self.begun.get_or_insert(now);
        let from = match self.due() {
            None => (!self.is_full(unsettled)).then_some(now),
            Some(due) => (due <= now).then_some(due),
        };
        self.submitted += u32::from(from.is_some());
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_wait_for_their_outcomes() {
        let mut schedule = Schedule::new(Pace::Callers(NonZeroUsize::new(2).unwrap()));
        let now = Instant::now();
        assert_eq!([0, 1, 2].map(|unsettled| schedule.next(unsettled, now)), [Some(now), Some(now), None]);
        assert_eq!((schedule.due(), schedule.is_full(1), schedule.is_full(2)), (None, false, true));
    }

    #[test]
    fn what_is_late_counts_from_when_it_was_due() {
        let mut schedule = Schedule::new(Pace::PerSecond(100.0));
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        assert_eq!((schedule.next(0, begun), schedule.next(0, at(5))), (Some(begun), None));
        // However many are unsettled: the two that were due meanwhile go at once, each with its own time.
        let late: Vec<_> = std::iter::from_fn(|| schedule.next(1_000, at(25))).collect();
        assert_eq!(late, [at(10), at(20)]);
        assert_eq!((schedule.due(), schedule.is_full(1_000)), (Some(at(30)), false));
        schedule.restart();
        assert_eq!(schedule.next(0, at(500)), Some(at(500)));
    }
}
