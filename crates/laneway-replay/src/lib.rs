//! Replays recorded sequences of operations on an empty store, one at a time or batched, and compares each answer and
//! what the store holds at the end with what was recorded. Knows lanes only as cuts; knows no SQL.

#![forbid(unsafe_code)]

mod answer;
mod case;
mod content;
mod cut;
mod cycle;
mod diff;
mod error;
mod exact_json;
mod plan;
mod prepared;
mod replay;
mod run;
mod schemas;
mod seen;
mod serial;
mod stretch;

pub use answer::{Answer, Descriptor};
pub use case::{Case, Deed, Step, StoredDocument, Upsert, read_cases};
pub use content::Content;
pub use cut::{Cut, CutError};
pub use diff::{Difference, Differences};
pub use error::ReplayError;
pub use replay::{Replay, Replayed};
pub use run::Tally;
pub use schemas::Schemas;
pub use seen::Seen;
pub use serial::Upserts;
