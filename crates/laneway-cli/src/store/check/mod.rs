//! What `laneway store check` keeps beside its findings: totals, progress, a checkpoint.

mod checkpoint;
mod progress;
mod totals;

pub(crate) use checkpoint::Checkpoint;
pub(crate) use progress::Progress;
pub(crate) use totals::Totals;
