//! Runtimes: create, close, destroy.

use std::sync::Arc;
use std::time::Duration;

use crate::abi::{laneway_error_t, laneway_result_t, laneway_runtime_options_t, laneway_runtime_t};
use crate::arguments::{In, Out};
use crate::catch_panic::call;
use crate::failure::Failure;
use crate::input;
use crate::runtime::Runtime;

use super::registry::{RUNTIMES, STORES, runtime_of, unless_destroyed};

/// Writes the defaults into `options`, as far as its `struct_size` goes.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_options_default(
    options: *mut laneway_runtime_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: callers keep what the header demands of pointers, here and in all exports.
    let (options, error) = unsafe { (Out::new(options), Out::new(error)) };
    call(error, || options.write(&input::runtime_options_default()))
}

/// Starts a runtime and writes its handle to `runtime`. `options` NULL: the defaults. It lives until
/// laneway_runtime_close and, after LANEWAY_KIND_RUNTIME_CLOSED, laneway_runtime_destroy.
/// Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_SYSTEM (no threads, or too many runtimes). Then `runtime` is 0.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_create(
    options: *const laneway_runtime_options_t,
    runtime: *mut laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (options, runtime, error) = unsafe { (In::new(options), Out::new(runtime), Out::new(error)) };
    call(error, || {
        runtime.put(0, "runtime")?;
        let started = Runtime::start(&options.read_or(input::runtime_options_default())?)?;
        let handle = RUNTIMES.insert(Arc::new(started)).ok_or_else(|| Failure::too_many("runtimes"))?;
        runtime.put(handle, "runtime")
    })
}

/// Begins to close the runtime and all its stores, each as laneway_store_close does; no store can be opened any more.
/// Returns at once; LANEWAY_KIND_RUNTIME_CLOSED follows when everything has completed, as the last record of the queue.
/// May be called again, with another timeout.
/// Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_close(
    runtime: laneway_runtime_t,
    timeout_ms: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        let found = runtime_of(runtime)?;
        close(&found, Duration::from_millis(timeout_ms.into()));
        Ok(())
    })
}

/// Destroys a closed runtime: its handle, those of its stores, its threads, and its descriptor. Blocks for a second at
/// most, for threads that have nothing left to do. Waiters for records return with LANEWAY_E_CLOSED. A second destroy
/// does nothing.
/// Fails with LANEWAY_E_BUSY before LANEWAY_KIND_RUNTIME_CLOSED; LANEWAY_E_HANDLE.
/// Safe to call from several threads: one of them destroys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_destroy(
    runtime: laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        let Some(found) = unless_destroyed(runtime_of(runtime))? else { return Ok(()) };
        if !found.is_closed() {
            let what = "the runtime has not closed yet: call laneway_runtime_close and take records from the queue \
                        until LANEWAY_KIND_RUNTIME_CLOSED";
            return Err(Failure::new(laneway_result_t::LANEWAY_E_BUSY, what));
        }
        // Another thread may have been faster; then it destroys.
        if RUNTIMES.remove(runtime).is_ok() {
            drop_stores(&found);
            found.destroy();
        }
        Ok(())
    })
}

/// Lets go of a runtime in any state, for finalizers: takes its handle and its stores' away, closes it as with timeout
/// 0, and leaves it to end by itself. The outcomes of its operations are lost. Never blocks. A second call does
/// nothing.
/// Fails with LANEWAY_E_HANDLE.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_abandon(
    runtime: laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        let Ok(found) = RUNTIMES.remove(runtime) else { return unless_destroyed(runtime_of(runtime)).map(drop) };
        close(&found, Duration::ZERO);
        drop_stores(&found);
        found.queue.end();
        Ok(())
    })
}

fn close(runtime: &Runtime, timeout: Duration) {
    runtime.close(|store| {
        // One that was destroyed meanwhile has closed before.
        if let Ok(store) = STORES.get(store) {
            store.close(timeout);
        }
    });
}

/// Takes the stores' handles away. What is under way in them ends as it would have.
fn drop_stores(runtime: &Runtime) {
    for store in runtime.take_stores() {
        // One that was destroyed meanwhile has no handle any more.
        let _ = STORES.remove(store);
    }
}
