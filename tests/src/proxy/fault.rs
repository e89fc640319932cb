//! What happens to a connection, and at which step of a flush. Knows no connections.

use std::time::Duration;

/// What happens to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disturbance {
    /// Both ends are closed.
    Cut,
    /// Half of what was to pass does; then both ends are closed.
    Half,
    /// Nothing passes any more, and neither end notices.
    BlackHole,
    /// It passes so much later, and what is behind it too.
    Delay(Duration),
    /// The answer holds another status of a transaction.
    Status(XactStatus),
}

/// What `pg_xact_status` may answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum XactStatus {
    /// It is committed.
    Committed,
    /// It was rolled back.
    Aborted,
    /// It has not ended.
    InProgress,
    /// Nothing is known of it any more.
    Null,
    /// The question fails.
    Error,
}

impl XactStatus {
    /// The value of the answer's only column; `None`: null, or an error.
    pub(super) fn value(self) -> Option<&'static str> {
        match self {
            Self::Committed => Some("committed"),
            Self::Aborted => Some("aborted"),
            Self::InProgress => Some("in progress"),
            Self::Null | Self::Error => None,
        }
    }
}

/// Which of the two directions is disturbed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    /// The statement, before it reaches the server.
    Statement,
    /// Its answer, before it reaches the client.
    Answer,
}

/// A disturbance at a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The step: `BEGIN`, `COMMIT`, `pg_xact_status`, or the name of a statement's file.
    pub step: String,
    /// Whether the statement or its answer is disturbed.
    pub side: Side,
    /// How often the step passes first.
    pub passes: usize,
    /// How often it is disturbed then.
    pub times: usize,
    /// What happens.
    pub disturbance: Disturbance,
}

impl Fault {
    /// Disturbs the step the first time that it comes.
    #[must_use]
    pub fn once(step: &str, side: Side, disturbance: Disturbance) -> Self {
        Self { step: step.to_owned(), side, passes: 0, times: 1, disturbance }
    }

    /// What happens at this step now, if anything; counts.
    pub(super) fn meet(&mut self, step: &str, side: Side) -> Option<Disturbance> {
        if self.step != step || self.side != side || self.times == 0 {
            return None;
        }
        if self.passes > 0 {
            self.passes -= 1;
            return None;
        }
        self.times -= 1;
        Some(self.disturbance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_passes_and_disturbs_as_often_as_it_says() {
        let mut fault = Fault { passes: 1, times: 2, ..Fault::once("COMMIT", Side::Answer, Disturbance::Cut) };
        assert_eq!(fault.meet("BEGIN", Side::Answer), None);
        assert_eq!(fault.meet("COMMIT", Side::Statement), None);
        let met: Vec<bool> = (0..4).map(|_| fault.meet("COMMIT", Side::Answer).is_some()).collect();
        assert_eq!(met, [false, true, true, false]);
    }
}
