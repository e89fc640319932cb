//! The exported functions, written out one by one: cbindgen does not see what a macro makes. Each vouches for its
//! pointers in one `unsafe` block, whose types are safe to use from then on, and calls what does the work.

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
