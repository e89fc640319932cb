//! Deadlocks among operations that wait for each other: how one is found, and how it is resolved.

mod graph;
mod resolve;

pub(super) use graph::{Progress, find_deadlock};
