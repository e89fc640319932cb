//! What `debt` is made of; loom puts its own in its place.

pub(super) use std::sync::atomic::{AtomicUsize, Ordering};
