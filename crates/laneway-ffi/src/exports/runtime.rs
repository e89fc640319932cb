//! Runtimes: create, close, destroy.
//!
//! SAFETY, of every block here: callers keep the contract that the header states for each function.

use std::sync::Arc;
use std::time::Duration;

use crate::abi::{laneway_error_t, laneway_result_t, laneway_runtime_options_t, laneway_runtime_t};
use crate::failure::Failure;
use crate::registry::RUNTIMES;
use crate::runtime::Runtime;
use crate::versioned::{put, read_over, write};
use crate::{guard, input};

use super::runtime_of;

/// Writes the defaults into `options`, whose `struct_size` says how far. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_options_default(
    options: *mut laneway_runtime_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY (here and in all exports): what the header asks of callers' pointers.
    unsafe { guard::call(error, || write(&input::runtime_options_default(), options)) }
}

/// Starts a runtime and writes its handle to `runtime`. `options` NULL: the defaults. Any thread. It ends with
/// laneway_runtime_close and, after LANEWAY_KIND_RUNTIME_CLOSED, laneway_runtime_destroy.
/// Fails with LANEWAY_E_ARGUMENT, LANEWAY_E_SYSTEM (no threads).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_create(
    options: *const laneway_runtime_options_t,
    runtime: *mut laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(runtime, 0, "runtime")?;
            let base = input::runtime_options_default();
            let options = if options.is_null() { base } else { read_over(base, options)? };
            let started = Arc::new(Runtime::start(&options)?);
            let handle = RUNTIMES.insert(started).ok_or_else(|| Failure::too_many("runtimes"))?;
            put(runtime, handle, "runtime")
        })
    }
}

/// Begins to close the runtime and all its stores, as laneway_store_close does; no store can be opened any more.
/// Returns at once; LANEWAY_KIND_RUNTIME_CLOSED follows when everything has completed, as the last record of the queue.
/// May be called again with another timeout. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_close(
    runtime: laneway_runtime_t,
    timeout_ms: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            runtime_of(runtime)?.close(Duration::from_millis(timeout_ms.into()));
            Ok(())
        })
    }
}

/// Destroys a closed runtime: its handle, those of its stores, its threads, and its descriptor. Waits a second at most,
/// for threads that have nothing left to do. Waiters for records return with LANEWAY_E_CLOSED. Any thread.
/// Fails with LANEWAY_E_BUSY before LANEWAY_KIND_RUNTIME_CLOSED; a second destroy does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_destroy(
    runtime: laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let found = match runtime_of(runtime) {
                Err(failure) if failure.code == laneway_result_t::LANEWAY_E_CLOSED => return Ok(()),
                found => found?,
            };
            if !found.is_closed() {
                let what = "the runtime has not closed yet: call laneway_runtime_close and take records from the \
                            queue until LANEWAY_KIND_RUNTIME_CLOSED";
                return Err(Failure::new(laneway_result_t::LANEWAY_E_BUSY, what));
            }
            // Another thread may have been faster; then it destroys.
            if RUNTIMES.remove(runtime).is_ok() {
                found.destroy();
            }
            Ok(())
        })
    }
}

/// Lets go of a runtime in any state, for finalizers: takes its handle and its stores' away, closes it as with timeout
/// 0, and leaves it to end by itself. Nobody hears what became of its operations. Never waits. Any thread. A second
/// one does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_runtime_abandon(
    runtime: laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let Ok(found) = RUNTIMES.remove(runtime) else { return runtime_gone(runtime) };
            found.close(Duration::ZERO);
            found.drop_stores();
            found.queue.end();
            Ok(())
        })
    }
}

/// A handle that names nothing any more is no failure, one that never did is.
fn runtime_gone(handle: laneway_runtime_t) -> Result<(), Failure> {
    match runtime_of(handle) {
        Err(failure) if failure.code != laneway_result_t::LANEWAY_E_CLOSED => Err(failure),
        _ => Ok(()),
    }
}
