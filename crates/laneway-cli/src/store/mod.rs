//! The store that commands work on: its address, deploying it, looking into it.
//! Knows SQL for looking only; what writes is `laneway-postgres`.

mod address;
mod check;
mod expected;
mod newest;
mod rows;
mod samples;
mod staff;
mod versions;

pub(crate) use address::{DatabaseArgs, ReleaseArgs, deploy_as};
pub(crate) use check::{Checkpoint as CheckCheckpoint, Progress as CheckProgress, Totals as CheckTotals};
pub(crate) use expected::Expected;
pub(crate) use newest::newest_documents;
pub(crate) use samples::print_samples;
pub(crate) use versions::Versions;
