//! How a store comes to be in a runtime that may be closed meanwhile. Knows nothing of what the store is made of.

use std::sync::Arc;
use std::time::Duration;

use crate::abi::laneway_limits_t;
use crate::failure::Failure;
use crate::outlet::Outlet;
use crate::runtime::Runtime;
use crate::store::{Backend, Store};

use super::registry::STORES;

/// Opens a store in the runtime, which is closed at once where the runtime was meanwhile.
pub(super) fn open(
    runtime: &Arc<Runtime>,
    limits: laneway_limits_t,
    backend: impl FnOnce(&Runtime, Arc<Outlet>) -> Result<Backend, Failure>,
) -> Result<u64, Failure> {
    runtime.enter()?;
    let entered = Entered(Some(runtime));
    let _logging = tracing::dispatcher::set_default(&runtime.dispatch);
    let reserved = Reserved::new()?;
    let outlet = Outlet::new(reserved.0, Arc::clone(runtime));
    let store = Arc::new(Store::new(Arc::clone(&outlet), backend(runtime, outlet)?, limits));
    entered.keep();
    let handle = reserved.fill(Arc::clone(&store));
    runtime.opened(handle);
    // After `opened`, as a close looks at the stores after it has closed the gate: both lock the list in between, so
    // that one of the two sees the other.
    if runtime.is_closing() {
        store.close(Duration::ZERO);
        runtime.forget(handle);
        // An abandon may have been faster.
        let _ = STORES.remove(handle);
        return Err(Failure::closed("runtime"));
    }
    Ok(handle)
}

/// A handle for a store that may not come to be.
struct Reserved(u64);

impl Reserved {
    fn new() -> Result<Self, Failure> {
        STORES.reserve().map(Self).ok_or_else(|| Failure::too_many("stores"))
    }

    fn fill(self, store: Arc<Store>) -> u64 {
        let handle = self.0;
        STORES.fill(handle, store);
        std::mem::forget(self);
        handle
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        STORES.release(self.0);
    }
}

/// Being inside the runtime's gate, until a store is.
struct Entered<'a>(Option<&'a Arc<Runtime>>);

impl Entered<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(runtime) = self.0 {
            runtime.leave();
        }
    }
}
