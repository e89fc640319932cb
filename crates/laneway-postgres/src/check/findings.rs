//! What was found of one document. Values only.

use serde_json::Value as Json;

use super::arrays::Verdict;
use super::difference::Difference;
use super::facts::Questions;

/// What was found of one document.
#[derive(Default, Debug)]
pub(super) struct Findings {
    pub(super) differences: Vec<Difference>,
    /// Tables in which a value is one that another order of writes leaves.
    pub(super) history: Vec<&'static str>,
    /// What could make history of differences.
    pub(super) questions: Questions,
}

impl Findings {
    pub(super) fn judge(&mut self, verdict: Verdict, table: &'static str, difference: impl FnOnce() -> Difference) {
        match verdict {
            Verdict::Fits => {}
            Verdict::History => self.history.push(table),
            Verdict::Differs => self.differences.push(difference()),
        }
    }

    /// One difference for each element that only one side has; one of each make one.
    pub(super) fn between<T>(
        &mut self,
        table: &'static str,
        stored: Vec<T>,
        expected: Vec<T>,
        show: impl Fn(&T) -> Json,
    ) {
        let (mut stored, mut expected) = (stored.iter(), expected.iter());
        loop {
            let pair = (stored.next().map(&show), expected.next().map(&show));
            if let (None, None) = pair {
                return;
            }
            self.differences.push(Difference::between(table, pair.0, pair.1));
        }
    }
}
