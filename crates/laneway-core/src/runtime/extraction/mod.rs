//! The reading of documents beside the task: how it is done, and by whom.

mod reading;
#[cfg(any(test, feature = "testing"))]
mod tasks;
mod threads;

pub(crate) use reading::{Extractions, Findings, Job, Raw, Readers};
#[cfg(any(test, feature = "testing"))]
pub(super) use tasks::Tasks;
pub(super) use threads::Workers;
