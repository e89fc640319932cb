//! What differs between what was expected and what was observed, as people read a diff.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::content::Content;
use crate::step_outcome::StepOutcome;

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// A step ended otherwise.
    Outcome {
        /// The step, from 1.
        step: usize,
        /// What it does, in a few words.
        action: String,
        /// What was expected; `None`: success of a delete.
        expected: Option<StepOutcome>,
        /// What was observed.
        observed: Option<StepOutcome>,
        /// The message of what was observed, which is not compared.
        message: Option<String>,
    },
    /// A table holds other lines.
    Table {
        /// Its name.
        table: String,
        /// Expected and not there.
        missing: Vec<String>,
        /// There and not expected.
        further: Vec<String>,
    },
    /// Operations took effect in another order than batch order.
    Order {
        /// The steps of one batch, from 1, in batch order.
        expected: Vec<usize>,
        /// In the order that the executor reported.
        observed: Vec<usize>,
    },
}

/// All differences of one case.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Differences(pub Vec<Difference>);

/// The tables, by their names in canonical lines, that hold what triggers and writers derive from persons' associations and from
/// organizations' parents: what writers without locks skew (write skew of the service's own).
const DERIVED: &[&str] = &[
    "document authorization arrays",
    "document staff arrays",
    "hierarchy terms lookup",
    "student school association authorization",
    "student responsibility authorization",
    "staff authorization",
    "contact authorization",
];

impl Differences {
    /// Whether all of them are in rows that writers without locks skew.
    pub(crate) fn are_skew(&self) -> bool {
        let is_derived = |difference: &Difference| matches!(difference, Difference::Table { table, .. } if DERIVED.contains(&table.as_str()));
        self.0.iter().all(is_derived)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what differs between two contents, by table.
    pub(crate) fn add_content(&mut self, expected: &Content, observed: &Content) {
        let (mut expected, mut observed) = (expected.lines(), observed.lines());
        let tables: BTreeSet<String> = expected.keys().chain(observed.keys()).cloned().collect();
        for table in tables {
            let of = |lines: &mut BTreeMap<_, _>| lines.remove(&table).unwrap_or_default();
            let (missing, further) = apart(of(&mut expected), of(&mut observed));
            if !(missing.is_empty() && further.is_empty()) {
                self.0.push(Difference::Table { table, missing, further });
            }
        }
    }
}

/// The lines of two sorted lists that the other does not have, as often as it does not.
fn apart(one: Vec<String>, other: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut only_one, mut only_other) = (Vec::new(), Vec::new());
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    loop {
        match (one.peek(), other.peek()) {
            (None, None) => return (only_one, only_other),
            (Some(a), Some(b)) if a == b => drop((one.next(), other.next())),
            (Some(a), Some(b)) if a < b => only_one.extend(one.next()),
            (Some(_), None) => only_one.extend(one.next()),
            (_, Some(_)) => only_other.extend(other.next()),
        }
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|difference| write!(f, "{difference}"))
    }
}

/// Whole lines, each with a line feed; those that differ start with `-` (expected) or `+` (observed).
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome { step, action, expected, observed, message } => {
                writeln!(f, "  step {step}: {action}")?;
                writeln!(f, "    - {}", outcome(expected.as_ref()))?;
                writeln!(f, "    + {}", outcome(observed.as_ref()))?;
                message.iter().try_for_each(|message| writeln!(f, "      {message}"))
            }
            Self::Table { table, missing, further } => {
                writeln!(f, "  {table}")?;
                missing.iter().try_for_each(|line| writeln!(f, "    - {line}"))?;
                further.iter().try_for_each(|line| writeln!(f, "    + {line}"))
            }
            Self::Order { expected, observed } => {
                writeln!(f, "  the order of steps in a batch")?;
                writeln!(f, "    - {expected:?}")?;
                writeln!(f, "    + {observed:?}")
            }
        }
    }
}

fn outcome(outcome: Option<&StepOutcome>) -> String {
    outcome.map_or_else(|| "(done)".to_owned(), StepOutcome::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use laneway_model::OutcomeKind;

    fn lines(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn counts_lines_that_stand_several_times() {
        assert_eq!(apart(lines("a b b c"), lines("b c c d")), (lines("a b"), lines("c d")));
        assert_eq!(apart(lines(""), lines("a")), (lines(""), lines("a")));
    }

    #[test]
    fn reads_like_a_diff() {
        let differences = Differences(vec![
            Difference::Outcome {
                step: 3,
                action: "upsert ed-fi/schools".into(),
                expected: Some(StepOutcome::Other { outcome: OutcomeKind::InvalidDocument }),
                observed: None,
                message: Some("why".into()),
            },
            Difference::Table { table: "alias".into(), missing: lines("one"), further: lines("other") },
        ]);
        expect![[r#"
            group/name
              step 3: upsert ed-fi/schools
                - {"outcome":"invalid_document"}
                + (done)
                  why
              alias
                - one
                + other
        "#]]
        .assert_eq(&format!("group/name\n{differences}"));
    }
}
