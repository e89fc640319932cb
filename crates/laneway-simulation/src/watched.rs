//! The executor with the ledger beside it, which sees each batch that starts and each flush that ends.

use laneway_core::{Batch, Executor, Flush, FlushStats, Report, Wait};
use laneway_model::{LimitError, Limits};

use crate::bounds::Slot;
use crate::state::Shared;
use crate::store::SimulatedStore;

/// Writes batches by the executor.
#[derive(Debug)]
pub(crate) struct Watched {
    executor: Executor<SimulatedStore>,
    state: Shared,
}

/// A flush that runs. It may be given up: dropped, it has ended too.
struct Running {
    state: Shared,
    slot: Slot,
}

impl Watched {
    pub(crate) fn new(state: Shared, connections_max: usize) -> Self {
        Self { executor: Executor::new(SimulatedStore::new(state.clone(), connections_max)), state }
    }

    fn start(&self, batch: &Batch) -> Running {
        let mut state = self.state.lock();
        let serials: Vec<usize> =
            batch.operations.iter().filter_map(|accepted| accepted.operation.trace_id.parse().ok()).collect();
        state.trace(|| {
            let (lane, mode, reason) = (batch.lane, batch.mode, batch.reason.as_str());
            format!("lane {lane} flushes {serials:?} ({mode:?}, {reason})")
        });
        let slot = state.ledger.flush_started(batch, &serials);
        Running { state: self.state.clone(), slot }
    }
}

impl Flush for Watched {
    async fn run(&self, batch: Batch, report: Report) -> FlushStats {
        let _running = self.start(&batch);
        self.executor.run(batch, report).await
    }

    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        self.executor.set_limits(limits)
    }

    fn wait(&self) -> Option<Wait> {
        self.executor.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.state.lock().ledger.bounds.end(self.slot);
    }
}
