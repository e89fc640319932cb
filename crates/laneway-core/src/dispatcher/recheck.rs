//! Looking again for references that were not found, as another server may be about to commit them: when, and how often. What is
//! waited for in this process is the business of `references`.

use std::time::Duration;

use laneway_model::OperationId;

use super::Dispatcher;
use super::entry::{Recheck, Stage};
use super::event::Moment;

/// The first pause before another look; each further one doubles. Most transactions that are about to commit do so within it.
const PAUSE_FIRST: Duration = Duration::from_millis(10);

impl Dispatcher {
    /// Puts off the refusal of an operation that waits for nothing any more, if it is to look again; outside of any lane, so that
    /// nothing but what waits for it waits.
    pub(super) fn puts_off(&mut self, id: OperationId) -> bool {
        let Some(at) = self.next_look(id) else { return false };
        self.end_waits(id);
        if let Some(entry) = self.operations.get_mut(&id) {
            entry.stage = Stage::Rechecking { at };
            self.rechecks.insert((at, id));
        }
        true
    }

    /// Lets those look again whose pause is over.
    pub(super) fn look_again(&mut self) {
        while let Some(&(at, id)) = self.rechecks.first()
            && at <= self.now
        {
            self.rechecks.pop_first();
            self.try_again(id);
            self.work_off();
        }
    }

    /// When the operation looks again; `None`: it has looked for the last time. One whose deadline comes first is refused before
    /// it: that says more.
    fn next_look(&mut self, id: OperationId) -> Option<Moment> {
        let patience = self.limits.reference_recheck;
        if patience.is_zero() {
            return None;
        }
        let entry = self.operations.get_mut(&id)?;
        let first = Recheck { until: self.now + patience, pause: PAUSE_FIRST };
        let recheck = entry.waits.get_or_insert_default().recheck.get_or_insert(first);
        let at = recheck.until.min(self.now + recheck.pause);
        recheck.pause *= 2;
        let is_in_time = entry.deadline.is_none_or(|deadline| at < deadline);
        (self.now < at && is_in_time).then_some(at)
    }
}
