//! Replays recorded sequences of operations on an empty store, one at a time or batched, and compares each outcome and
//! what the store holds at the end with what was recorded. Knows lanes only as cuts; knows no SQL.

#![forbid(unsafe_code)]

mod beside;
mod case;
mod compare;
mod content;
mod cut;
mod cycle;
mod diff;
mod error;
mod exact_json;
mod flush;
mod in_memory;
mod observed;
mod orders;
mod plan;
mod prepared;
mod replay;
mod run;
mod schemas;
mod serial;
mod service;
mod span;
mod step_outcome;

pub use case::{Action, Case, Step, StoredDocument, Upsert, read_cases};
pub use content::Content;
pub use cut::{Cut, CutError};
pub use cycle::{Apart, apart};
pub use diff::{Difference, Differences};
pub use error::{ReplayError, ReplayErrorKind};
pub use flush::{Settled, flush};
pub use in_memory::in_memory;
pub use observed::Observed;
pub use plan::{Batch, plan};
pub use prepared::{Prepared, prepare};
pub use replay::{Replay, Replayed};
pub use run::Tally;
pub use schemas::Schemas;
pub use serial::Upserts;
pub use step_outcome::StepOutcome;
