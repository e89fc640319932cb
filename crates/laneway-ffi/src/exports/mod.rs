//! The exported functions, written out one by one: cbindgen does not see what a macro makes. Each reads its arguments
//! and calls what does the work, inside the guard.

mod completions;
mod logs;
mod operations;
mod plugins;
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

use std::sync::Arc;

use crate::failure::Failure;
use crate::registry::{RUNTIMES, STORES};
use crate::runtime::Runtime;
use crate::store::Store;

fn runtime_of(handle: u64) -> Result<Arc<Runtime>, Failure> {
    RUNTIMES.get(handle).map_err(|unknown| Failure::handle("runtime", handle, unknown))
}

/// Lets `body` use a store without counting one more who has it: for what every operation calls.
fn with_store<R>(handle: u64, body: impl FnOnce(&Store) -> Result<R, Failure>) -> Result<R, Failure> {
    STORES.with(handle, |store| body(store)).map_err(|unknown| Failure::handle("store", handle, unknown))?
}

fn store_of(handle: u64) -> Result<Arc<Store>, Failure> {
    STORES.get(handle).map_err(|unknown| Failure::handle("store", handle, unknown))
}
