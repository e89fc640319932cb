//! Faults at the steps of a flush, tried on a real server: which there are, how each is tried, and what a report says of them. What is
//! right, its users know.

mod bench;
mod case;
mod disasters;
mod report;

pub use bench::{Bench, Tried};
pub use case::{Case, Load, Part, Row, at_each_step, of_records, rows};
pub use disasters::Disaster;
pub use report::Report;
