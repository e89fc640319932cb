//! All that handles name. The one thing here that belongs to the process: a number must mean the same everywhere.

use std::sync::{Arc, LazyLock};

use crate::failure::Failure;
use crate::handles::Handles;
use crate::plugins::PluginsHandle;
use crate::runtime::Runtime;
use crate::store::Store;

pub(super) static RUNTIMES: LazyLock<Handles<Runtime>> = LazyLock::new(|| Handles::new(1));
pub(super) static STORES: LazyLock<Handles<Store>> = LazyLock::new(|| Handles::new(2));
pub(super) static PLUGINS: LazyLock<Handles<PluginsHandle>> = LazyLock::new(|| Handles::new(3));

pub(super) fn runtime_of(handle: u64) -> Result<Arc<Runtime>, Failure> {
    RUNTIMES.get(handle).map_err(|unknown| Failure::handle("runtime", handle, unknown))
}

pub(super) fn store_of(handle: u64) -> Result<Arc<Store>, Failure> {
    STORES.get(handle).map_err(|unknown| Failure::handle("store", handle, unknown))
}

pub(super) fn plugins_of(handle: u64) -> Result<Arc<PluginsHandle>, Failure> {
    PLUGINS.get(handle).map_err(|unknown| Failure::handle("set of plugins", handle, unknown))
}

/// Lets `body` use a store without counting one more that has it: that count is what all cores would write to, for
/// every operation.
pub(super) fn with_store<R>(handle: u64, body: impl FnOnce(&Store) -> Result<R, Failure>) -> Result<R, Failure> {
    STORES.with(handle, |store| body(store)).map_err(|unknown| Failure::handle("store", handle, unknown))?
}

/// What a handle names, to destroy it; `None` where that has been done before, which is no failure.
pub(super) fn unless_destroyed<T>(found: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match found {
        Err(failure) if failure.is_closed() => Ok(None),
        found => found.map(Some),
    }
}
