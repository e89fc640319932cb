//! How a canary is judged: its bounds, what came of it, and whether the set may be published. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

/// Kinds of differences that are counted apart; further ones are counted together.
const KINDS_MAX: usize = 32;

/// How a set is tried.
#[derive(Clone, PartialEq, Debug)]
pub struct CanarySettings {
    /// One of so many documents is tried.
    pub sample_every: NonZeroU32,
    /// So many documents have to be compared before the set is published.
    pub documents_min: u64,
    /// The share of documents that may differ, from 0 to 1.
    pub difference_share_max: f64,
    /// When too few documents have come within this time, the set is dropped.
    pub time_max: Duration,
}

impl Default for CanarySettings {
    fn default() -> Self {
        Self {
            sample_every: NonZeroU32::MIN,
            documents_min: 1_000,
            difference_share_max: 0.0,
            time_max: Duration::from_secs(300),
        }
    }
}

/// What has come of a canary so far.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CanaryReport {
    /// Documents about which both were asked.
    pub compared: u64,
    /// Those that the new set answers otherwise, or fails on.
    pub differing: u64,
    /// Those that were sampled while the canary was busy, and skipped.
    pub skipped: u64,
    /// How often which resource differed in what, as in `ed-fi/students: identity`.
    pub differences: BTreeMap<String, u64>,
}

/// A set that was tried and is not published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CanaryRefusal {
    pub(super) kind: CanaryRefusalKind,
    pub(super) report: CanaryReport,
}

/// Why a set that was tried is not published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CanaryRefusalKind {
    /// Its answers differ too often.
    Differs,
    /// Too few documents came.
    TooFew,
    /// The canary was called off.
    CalledOff,
}

impl CanaryRefusal {
    /// Why.
    #[must_use]
    pub fn kind(&self) -> CanaryRefusalKind {
        self.kind
    }

    /// What came of the canary.
    #[must_use]
    pub fn report(&self) -> &CanaryReport {
        &self.report
    }
}

impl fmt::Display for CanaryRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CanaryReport { compared, differing, .. } = self.report;
        match self.kind {
            CanaryRefusalKind::Differs => {
                write!(f, "{differing} of {compared} documents come out differently: {}", self.report.examples())
            }
            CanaryRefusalKind::TooFew => write!(f, "only {compared} documents were compared in the time of the canary"),
            CanaryRefusalKind::CalledOff => write!(f, "the canary was called off after {compared} documents"),
        }
    }
}

impl std::error::Error for CanaryRefusal {}

impl CanaryReport {
    pub(super) fn add(&mut self, resource: &str, difference: Option<String>) {
        self.compared += 1;
        if let Some(what) = difference {
            self.differing += 1;
            let kind = format!("{resource}: {what}");
            let kind = if self.differences.len() < KINDS_MAX || self.differences.contains_key(&kind) {
                kind
            } else {
                "others".to_owned()
            };
            *self.differences.entry(kind).or_default() += 1;
        }
    }

    fn examples(&self) -> String {
        let examples: Vec<String> =
            self.differences.iter().take(3).map(|(kind, count)| format!("{kind} ({count})")).collect();
        examples.join(", ")
    }

    /// Whether the set may be published, as far as is known.
    pub(super) fn verdict(&self, settings: &CanarySettings) -> Option<bool> {
        // Precise far beyond any number of documents that is ever compared.
        let allowed = settings.difference_share_max * self.compared.max(settings.documents_min) as f64;
        if self.differing as f64 > allowed {
            return Some(false);
        }
        (self.compared >= settings.documents_min).then_some(true)
    }
}
