//! Whether a plugin is asked: a circuit breaker. After too many failures in a row a plugin is quarantined; after a pause
//! one document tries it again, and a success ends the quarantine. Reads no clock.

use std::collections::VecDeque;
use std::hash::Hasher as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHasher;

use crate::PluginSettings;

/// Documents that are remembered as having failed; enough for those that one caller repeats in turn.
const DOCUMENTS_MAX: usize = 64;

/// How a plugin has done of late. With each publish all start anew.
#[derive(Default)]
pub(crate) struct Health {
    /// A copy of `Streak::failures`, written under its lock, for workers to read without one. Relaxed: it orders
    /// nothing, and a worker that reads an old value asks a plugin once more or once less.
    failures: AtomicU32,
    /// Locked only by documents that fail, that follow a failure, or that come during a quarantine.
    streak: Mutex<Streak>,
}

/// Failures without a success between them.
#[derive(Default)]
struct Streak {
    failures: u32,
    /// Hashes of the documents that failed, the latest last. Equal hashes of different documents do no harm: the next
    /// document tries the plugin instead.
    documents: VecDeque<u64>,
    /// Until when no document tries the plugin again; `None` outside of a quarantine, and if that time never comes.
    retry_at: Option<Instant>,
    pause: Duration,
}

/// What came of a failure.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    /// Failures in a row so far.
    pub(crate) failures: u32,
    /// For how long the plugin is quarantined, if it was not until now.
    pub(crate) quarantined_for: Option<Duration>,
}

impl Health {
    /// Whether the plugin is quarantined.
    pub(crate) fn is_quarantined(&self, settings: &PluginSettings) -> bool {
        self.failures.load(Ordering::Relaxed) >= settings.failures_in_a_row_max
    }

    /// Lets a document try a quarantined plugin, or refuses it with the number of failures in a row; `false` when the
    /// quarantine is over. One that failed before may try only where no other has come for the longest pause: it would
    /// show again that it fails, and keep the others waiting.
    pub(crate) fn retry(&self, settings: &PluginSettings, document: &str, now: Instant) -> Result<bool, u32> {
        let mut streak = self.streak();
        // Over since the worker looked.
        if streak.failures < settings.failures_in_a_row_max {
            return Ok(false);
        }
        let failed_before = streak.documents.contains(&hash(document));
        let delay = if failed_before { settings.retry_pause_max } else { Duration::ZERO };
        if streak.retry_at.and_then(|at| at.checked_add(delay)).is_none_or(|at| now < at) {
            return Err(streak.failures);
        }
        // Before the outcome is known: until then others are refused, and if it never comes another is let through.
        let pause = streak.pause.saturating_mul(2).min(settings.retry_pause_max);
        streak.pause(now, pause);
        Ok(true)
    }

    /// A document was answered; whether that ends a quarantine. A call that began before the quarantine counts too: it
    /// shows as well that the plugin works.
    pub(crate) fn succeeded(&self, settings: &PluginSettings) -> bool {
        // Writes only after failures, so that workers do not contend for the cache line.
        if self.failures.load(Ordering::Relaxed) == 0 {
            return false;
        }
        self.reset() >= settings.failures_in_a_row_max
    }

    /// The plugin starts anew; the number of failures in a row that it had.
    pub(crate) fn reset(&self) -> u32 {
        let mut streak = self.streak();
        self.failures.store(0, Ordering::Relaxed);
        std::mem::take(&mut *streak).failures
    }

    /// A document failed.
    pub(crate) fn failed(&self, settings: &PluginSettings, document: &str, now: Instant) -> Failure {
        let hash = hash(document);
        let mut streak = self.streak();
        let was_asked = streak.failures < settings.failures_in_a_row_max;
        streak.failures = streak.failures.saturating_add(1);
        self.failures.store(streak.failures, Ordering::Relaxed);
        if streak.documents.len() == DOCUMENTS_MAX {
            streak.documents.pop_front();
        }
        streak.documents.push_back(hash);
        let is_quarantined_now = was_asked && streak.failures >= settings.failures_in_a_row_max;
        if is_quarantined_now {
            streak.pause(now, settings.retry_pause);
        }
        Failure { failures: streak.failures, quarantined_for: is_quarantined_now.then_some(settings.retry_pause) }
    }

    fn streak(&self) -> MutexGuard<'_, Streak> {
        // Nothing under this lock panics half-way through a change.
        self.streak.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streak {
    fn pause(&mut self, now: Instant, pause: Duration) {
        self.pause = pause;
        self.retry_at = now.checked_add(pause);
    }
}

fn hash(document: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(document.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn settings(failures_in_a_row_max: u32) -> PluginSettings {
        let (retry_pause, retry_pause_max) = (SECOND, 4 * SECOND);
        PluginSettings { failures_in_a_row_max, retry_pause, retry_pause_max, ..PluginSettings::default() }
    }

    /// A plugin that is out since `now` for two documents, and its settings.
    fn quarantined(now: Instant) -> (Health, PluginSettings) {
        let (health, settings) = (Health::default(), settings(2));
        assert_eq!(health.failed(&settings, "bad 1", now), Failure { failures: 1, quarantined_for: None });
        assert!(!health.is_quarantined(&settings));
        assert_eq!(health.failed(&settings, "bad 2", now), Failure { failures: 2, quarantined_for: Some(SECOND) });
        assert!(health.is_quarantined(&settings));
        (health, settings)
    }

    #[test]
    fn a_success_ends_the_row_of_failures() {
        let (health, settings, now) = (Health::default(), settings(2), Instant::now());
        for _ in 0..3 {
            health.failed(&settings, "bad", now);
            assert!(!health.succeeded(&settings), "it was never quarantined");
        }
        assert!(!health.is_quarantined(&settings));
    }

    #[test]
    fn one_document_tries_again_after_each_pause_which_doubles_to_its_bound() {
        let mut now = Instant::now();
        let ((health, settings), mut failures) = (quarantined(now), 2);
        for pause in [1, 2, 4, 4, 4] {
            let due = now + pause * SECOND;
            assert_eq!(health.retry(&settings, "good", due - Duration::from_millis(1)), Err(failures));
            assert_eq!(health.retry(&settings, "good", due), Ok(true));
            assert_eq!(health.retry(&settings, "good", due), Err(failures), "one document only");
            failures += 1;
            let failure = health.failed(&settings, &format!("bad {failures}"), due);
            assert_eq!(failure, Failure { failures, quarantined_for: None });
            now = due;
        }
        assert!(health.succeeded(&settings), "it was quarantined");
        assert!(!health.is_quarantined(&settings));
        assert_eq!(health.retry(&settings, "good", now), Ok(false), "a worker that looked before the success goes on");
    }

    #[test]
    fn documents_that_failed_try_again_only_where_no_other_comes() {
        let now = Instant::now();
        let ((health, settings), due) = (quarantined(now), now + SECOND);
        for document in ["bad 1", "bad 2", "bad 1"] {
            assert_eq!(health.retry(&settings, document, due), Err(2));
        }
        assert_eq!(health.retry(&settings, "good", due), Ok(true), "they did not use up the retry");
        let due = due + 2 * SECOND;
        assert_eq!(health.retry(&settings, "bad 1", due + 3 * SECOND), Err(2));
        assert_eq!(health.retry(&settings, "bad 1", due + 4 * SECOND), Ok(true));
    }

    #[test]
    fn a_retry_without_an_outcome_is_followed_by_another() {
        let now = Instant::now();
        let (health, settings) = quarantined(now);
        assert_eq!(health.retry(&settings, "lost", now + SECOND), Ok(true));
        assert_eq!(health.retry(&settings, "good", now + 2 * SECOND), Err(2));
        assert_eq!(health.retry(&settings, "good", now + 3 * SECOND), Ok(true));
    }

    #[test]
    fn calls_that_fail_during_the_quarantine_do_not_lengthen_the_pause() {
        let now = Instant::now();
        let (health, settings) = quarantined(now);
        for _ in 0..DOCUMENTS_MAX + 1 {
            assert_eq!(health.failed(&settings, "late", now).quarantined_for, None);
        }
        assert_eq!(health.retry(&settings, "good", now + SECOND), Ok(true));
    }

    #[test]
    fn a_pause_without_end_quarantines_a_plugin_until_a_reset() {
        let (health, now) = (Health::default(), Instant::now());
        let settings = PluginSettings { retry_pause: Duration::MAX, ..settings(1) };
        health.failed(&settings, "bad", now);
        assert_eq!(health.retry(&settings, "good", now + 1_000_000 * SECOND), Err(1));
        assert_eq!(health.reset(), 1);
        assert!(!health.is_quarantined(&settings));
    }
}
