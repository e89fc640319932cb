//! What the dispatcher learns from flushes: how long documents take (`costs`) and how many lanes write the most (`lane_count`).

use laneway_model::Limits;

use super::Dispatcher;
use super::event::FlushTimes;
use super::flushes::Running;

impl Dispatcher {
    /// How many lanes operations are spread over now.
    pub(crate) fn lanes(&self) -> usize {
        self.lane_count.get()
    }

    /// Takes other bounds.
    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.lane_count.set(&limits);
        self.limits = limits;
    }

    /// Learns from a lane's flush that has returned; `lanes_busy`: how many had one until then.
    pub(super) fn learn(&mut self, flush: &Running, times: Option<FlushTimes>, lanes_busy: usize) {
        let Some(times) = times else { return };
        self.costs.learn(&flush.load, times.writing);
        self.lane_count.flushed(self.now, flush.members.len(), lanes_busy >= self.lanes());
    }
}
