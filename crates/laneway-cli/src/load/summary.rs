//! What a load came to: one object for programs, a few lines for people.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::latency::Percentiles;
use super::split::Split;

/// The result of a load. The field names are what `--json` prints.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Summary {
    /// Lines that were submitted or refused.
    pub(crate) documents: u64,
    /// Documents that are new.
    pub(crate) inserted: u64,
    /// Documents that were there.
    pub(crate) updated: u64,
    /// The others.
    pub(crate) failed: u64,
    /// How many failed of what, by outcome.
    pub(crate) failures: BTreeMap<&'static str, u64>,
    /// Documents of whose record a later version is stored. Those that were stored before are among the inserted and updated
    /// ones, the others neither among these nor among the failed ones.
    pub(crate) superseded: u64,
    /// Whether there may have been more: not all records can be remembered.
    #[serde(skip)]
    pub(crate) superseded_at_least: bool,
    /// Those of them that were never stored.
    #[serde(skip)]
    pub(crate) superseded_unstored: u64,
    /// How many documents ended how, those that were superseded later included.
    #[serde(skip)]
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    /// Lines that are no documents.
    #[serde(skip)]
    pub(crate) unreadable: u64,
    /// Documents submitted again after a refusal.
    pub(crate) resubmitted: u64,
    /// How often the whole set, or what was left of it, was submitted; only where that may be more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rounds: Option<u32>,
    /// Transactions repeated inside Laneway.
    pub(crate) retries: u64,
    /// Documents settled a second.
    pub(crate) docs_per_second: f64,
    /// From submission to outcome, in milliseconds.
    pub(crate) latency_ms: Percentiles,
    /// Documents in a transaction, on average.
    pub(crate) batch_mean: f64,
    /// Times that Laneway waited for the database, for each document.
    pub(crate) round_trips_per_document: Option<f64>,
    /// Where documents' time went.
    #[serde(skip)]
    pub(crate) split_ms: Option<Split>,
    /// From the first document to the last outcome.
    #[serde(skip)]
    pub(crate) elapsed: Duration,
}

impl Summary {
    /// As an object; it prints on one line.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "documents    {} = {} inserted + {} updated + {} failed",
            grouped(self.documents),
            grouped(self.inserted),
            grouped(self.updated),
            grouped(self.failed)
        )?;
        if self.superseded_unstored > 0 {
            write!(f, " + {} superseded", grouped(self.superseded_unstored))?;
        }
        writeln!(f)?;
        for (outcome, count) in &self.failures {
            writeln!(f, "             {} {outcome}", grouped(*count))?;
        }
        if self.superseded > 0 {
            let least = if self.superseded_at_least { "at least " } else { "" };
            writeln!(
                f,
                "superseded   {least}{} by a later version of the same record; {} of them never stored",
                grouped(self.superseded),
                grouped(self.superseded_unstored)
            )?;
        }
        writeln!(
            f,
            "rate         {} documents per second, {:.1} s in all",
            grouped(self.docs_per_second.round() as u64),
            self.elapsed.as_secs_f64()
        )?;
        let Percentiles { p50, p95, p99 } = self.latency_ms;
        writeln!(f, "latency      p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms from submission to outcome")?;
        write!(f, "batches      {:.1} documents per transaction", self.batch_mean)?;
        if let Some(round_trips) = self.round_trips_per_document {
            write!(f, ", {round_trips:.2} round trips per document")?;
        }
        write!(f, ", retries: {}", grouped(self.retries))?;
        if let Some(rounds) = self.rounds {
            write!(f, "\nrounds       {rounds}, {} documents submitted again", grouped(self.resubmitted))?;
        }
        Ok(())
    }
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn summary() -> Summary {
        Summary {
            documents: 22_797,
            inserted: 22_000,
            updated: 795,
            failed: 2,
            failures: [("invalid_references", 2)].into(),
            superseded: 0,
            superseded_at_least: false,
            superseded_unstored: 0,
            outcomes: BTreeMap::new(),
            unreadable: 0,
            resubmitted: 0,
            rounds: None,
            retries: 1,
            docs_per_second: 6_543.2,
            latency_ms: Percentiles { p50: 9.04, p95: 20.0, p99: 31.25 },
            batch_mean: 41.26,
            round_trips_per_document: Some(0.0512),
            split_ms: None,
            elapsed: Duration::from_millis(3_484),
        }
    }

    #[test]
    fn the_object_has_the_promised_fields() {
        expect![[r#"{"documents":22797,"inserted":22000,"updated":795,"failed":2,"failures":{"invalid_references":2},"superseded":0,"resubmitted":0,"retries":1,"docs_per_second":6543.2,"latency_ms":{"p50":9.04,"p95":20.0,"p99":31.25},"batch_mean":41.26,"round_trips_per_document":0.0512}"#]].assert_eq(&summary().json().to_string());
    }

    #[test]
    fn a_summary_is_five_lines() {
        expect![[r#"
            documents    22,797 = 22,000 inserted + 795 updated + 2 failed
                         2 invalid_references
            rate         6,543 documents per second, 3.5 s in all
            latency      p50 9.0 ms, p95 20.0 ms, p99 31.2 ms from submission to outcome
            batches      41.3 documents per transaction, 0.05 round trips per document, retries: 1"#]]
        .assert_eq(&summary().to_string());
    }

    #[test]
    fn superseded_documents_are_reported_where_there_are_any() {
        let summary = Summary { documents: 22_800, superseded: 1_005, superseded_unstored: 3, ..summary() };
        let text = summary.to_string();
        assert!(
            text.starts_with("documents    22,800 = 22,000 inserted + 795 updated + 2 failed + 3 superseded\n"),
            "{text}"
        );
        assert!(
            text.contains("\nsuperseded   1,005 by a later version of the same record; 3 of them never stored\n"),
            "{text}"
        );
        let text = Summary { superseded_at_least: true, ..summary }.to_string();
        assert!(text.contains("superseded   at least 1,005 by"), "{text}");
    }

    #[test]
    fn thousands_are_separated_by_commas() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
