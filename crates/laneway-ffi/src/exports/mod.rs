//! The exported functions, written out one by one, alike as they are: cbindgen does not see what a macro makes. Each vouches for its
//! pointers in one `unsafe` block, whose types are safe to use from then on, and calls what does the work.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "one promise of the caller's covers all of its pointers")]

mod completions;
mod logs;
mod opening;
mod operations;
mod plugins;
mod registry;
mod runtime;
mod store;
mod version;

pub use completions::*;
pub use logs::*;
pub use operations::*;
pub use plugins::*;
pub use runtime::*;
pub use store::*;
pub use version::*;
