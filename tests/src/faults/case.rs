//! Which faults are tried: what happens, at which step, and under which name a report counts them. Knows no server.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::proxy::{BEGIN, COMMIT, Disturbance, Fault, STATUS, Side, XactStatus};

/// How late what is delayed comes.
const DELAY: Duration = Duration::from_millis(300);
/// How often a status is answered that is not the transaction's, where the true one follows.
const FEW: usize = 3;

/// What happens to a connection in the middle of a flush.
const DISTURBANCES: [(&str, Disturbance); 4] = [
    ("cut", Disturbance::Cut),
    ("half of a message, then cut", Disturbance::Half),
    ("black hole", Disturbance::BlackHole),
    ("300 ms late", Disturbance::Delay(DELAY)),
];

/// The kinds of a flush's steps, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// BEGIN with its settings.
    Begin,
    /// A statement that takes locks.
    Lock,
    /// A statement that reads under them.
    Read,
    /// A statement that writes.
    Write,
    /// COMMIT.
    Commit,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Begin, Self::Lock, Self::Read, Self::Write, Self::Commit];

    /// The kind of a step; `None`: it is none of a flush.
    #[must_use]
    pub fn of(step: &str) -> Option<Self> {
        let writes = ["insert_", "update_", "delete_", "add_", "refresh_"];
        Some(match step {
            BEGIN => Self::Begin,
            COMMIT => Self::Commit,
            lock if lock.starts_with("lock_") => Self::Lock,
            read if read.starts_with("read") => Self::Read,
            write if writes.iter().any(|begins| write.starts_with(begins)) => Self::Write,
            _ => return None,
        })
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Begin => "BEGIN",
            Self::Lock => "a lock",
            Self::Read => "a read",
            Self::Write => "a write",
            Self::Commit => "COMMIT",
        }
    }
}

/// A row of the report.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    /// What happens.
    pub fault: String,
    /// When.
    pub place: String,
}

impl Row {
    /// One by its two names.
    #[must_use]
    pub fn new(fault: &str, place: &str) -> Self {
        Self { fault: fault.to_owned(), place: place.to_owned() }
    }

    fn at(fault: &str, part: Part, side: Side) -> Self {
        let side = match side {
            Side::Statement => "before",
            Side::Answer => "before the answer to",
        };
        Self { fault: fault.to_owned(), place: format!("{side} {}", part.in_words()) }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} |", self.fault, self.place)
    }
}

/// What is loaded while a fault happens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Load {
    /// Documents into an empty store.
    New,
    /// The same documents again.
    Changed,
}

/// One thing that is tried.
#[derive(Clone, Debug)]
pub struct Case {
    /// Under which it is counted.
    pub row: Row,
    /// The step that it is about.
    pub step: String,
    /// What is loaded.
    pub load: Load,
    /// What happens.
    pub faults: Vec<Fault>,
    /// How long the store is waited for; `None`: as by default.
    pub outage_max: Option<Duration>,
}

/// Which status is answered in place of the true one, how often, and what it means.
struct Lie {
    name: &'static str,
    status: XactStatus,
    times: usize,
    /// The sides of COMMIT on which it can be met: a server does not take for rolled back what it has committed.
    sides: &'static [Side],
    /// How long the store is waited for: where nothing settles it, until then.
    outage_max: Option<Duration>,
}

const BOTH: &[Side] = &[Side::Statement, Side::Answer];
/// Where the truth never comes, it is waited for no longer than this.
const BRIEFLY: Option<Duration> = Some(Duration::from_secs(3));
const LIES: [Lie; 7] = [
    Lie { name: "*committed*", status: XactStatus::Committed, times: FEW, sides: BOTH, outage_max: None },
    Lie { name: "*aborted*", status: XactStatus::Aborted, times: FEW, sides: &[Side::Statement], outage_max: None },
    Lie { name: "null", status: XactStatus::Null, times: FEW, sides: BOTH, outage_max: None },
    Lie { name: "*in progress*, 3 times", status: XactStatus::InProgress, times: FEW, sides: BOTH, outage_max: None },
    Lie {
        name: "*in progress* without end",
        status: XactStatus::InProgress,
        times: usize::MAX,
        sides: BOTH,
        outage_max: BRIEFLY,
    },
    Lie { name: "an error, 3 times", status: XactStatus::Error, times: FEW, sides: BOTH, outage_max: None },
    Lie {
        name: "an error without end",
        status: XactStatus::Error,
        times: usize::MAX,
        sides: BOTH,
        outage_max: BRIEFLY,
    },
];

/// Each disturbance at each of the steps that a load was seen to take, both before the statement and before its answer. The
/// `round` decides which of a step's occurrences is disturbed.
#[must_use]
pub fn at_each_step(load: Load, seen: &BTreeMap<String, usize>, round: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, count) in seen {
        let Some(part) = Part::of(step) else { continue };
        for side in [Side::Statement, Side::Answer] {
            for (name, disturbance) in DISTURBANCES {
                let fault = Fault { passes: round % count, ..Fault::once(step, side, disturbance) };
                let row = Row::at(name, part, side);
                cases.push(Case { row, step: step.clone(), load, faults: vec![fault], outage_max: None });
            }
        }
    }
    cases
}

/// COMMIT is lost, and the server's record of the transaction says this or that.
#[must_use]
pub fn of_records() -> Vec<Case> {
    let mut cases = Vec::new();
    for Lie { name, status, times, sides, outage_max } in LIES {
        for side in sides {
            let lost = Fault::once(COMMIT, *side, Disturbance::Cut);
            let lie = Fault { times, ..Fault::once(STATUS, Side::Answer, Disturbance::Status(status)) };
            let row = Row::at(&format!("cut, and `pg_xact_status` answers {name}"), Part::Commit, *side);
            let step = COMMIT.to_owned();
            cases.push(Case { row, step, load: Load::New, faults: vec![lost, lie], outage_max });
        }
    }
    cases
}

/// The rows of all cases that [`at_each_step`] and [`of_records`] make.
#[must_use]
pub fn rows() -> Vec<Row> {
    let at = |part| {
        let sides = [Side::Statement, Side::Answer];
        sides.into_iter().flat_map(move |side| DISTURBANCES.map(|(name, _)| Row::at(name, part, side)))
    };
    let mut rows: Vec<Row> = Part::ALL.into_iter().flat_map(at).collect();
    rows.extend(of_records().into_iter().map(|case| case.row));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_row() {
        let seen = ["BEGIN", "lock_named", "read_new", "insert_aliases", "COMMIT", "pg_xact_status", "sequences"];
        let seen = seen.map(|step| (step.to_owned(), 2)).into();
        let mut made: Vec<Row> = at_each_step(Load::New, &seen, 1).into_iter().map(|case| case.row).collect();
        made.extend(of_records().into_iter().map(|case| case.row));
        assert_eq!(made.len(), rows().len());
        assert!(rows().iter().all(|row| made.contains(row)));
    }
}
