//! Stores: open, change, look at, close, destroy.
//!
//! SAFETY, of every block here: callers keep the contract that the header states for each function.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::Executor;
use laneway_pgconfig::Config;
use laneway_postgres::{PostgresStore, deploy};

use crate::abi::{
    laneway_error_t, laneway_limits_t, laneway_result_t, laneway_runtime_t, laneway_stats_t, laneway_store_options_t,
    laneway_store_t,
};
use crate::echo::Echo;
use crate::failure::Failure;
use crate::logs::LoggedExtractor;
use crate::registry::STORES;
use crate::runtime::Runtime;
use crate::store::{Backend, Outlet, Store};
use crate::versioned::{put, read_over, write};
use crate::{guard, input, limits, plugins, stats};

use super::{runtime_of, store_of};

/// Writes the defaults into `options`, whose `struct_size` says how far. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_options_default(
    options: *mut laneway_store_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || write(&input::store_options_default(), options)) }
}

/// Writes the defaults into `limits`, whose `struct_size` says how far. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_limits_default(
    limits: *mut laneway_limits_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || write(&limits::defaults(), limits)) }
}

/// Makes the database a store if it is none: builds its tables, or completes them. Blocks while the server works. Any
/// thread. Fails with LANEWAY_E_DATABASE, LANEWAY_E_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_deploy(
    runtime: laneway_runtime_t,
    options: *const laneway_store_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let options = read_over(input::store_options_default(), options)?;
            let config = config(&options)?;
            let runtime = runtime_of(runtime)?;
            let _speaking = tracing::dispatcher::set_default(&runtime.dispatch);
            runtime.handle.block_on(deploy(&config)).map(drop).map_err(|error| database(&error))
        })
    }
}

/// Opens a store and writes its handle to `store`: connects, checks tables and rights, starts its threads. Blocks
/// while the server works; `connect_timeout` in the address bounds it. Any thread. What happens to one store does not
/// touch another.
/// Fails with LANEWAY_E_DATABASE, LANEWAY_E_ARGUMENT, LANEWAY_E_CLOSED (the runtime), LANEWAY_E_HANDLE,
/// LANEWAY_E_SYSTEM (no threads).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_open(
    runtime: laneway_runtime_t,
    options: *const laneway_store_options_t,
    store: *mut laneway_store_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(store, 0, "store")?;
            let options = read_over(input::store_options_default(), options)?;
            let limits = limits::read(options.limits)?;
            let config = config(&options)?;
            let connections = limits::of_connections(&options, &limits)?;
            let plugins = plugins::find_or_none(options.plugins)?;
            let opened = open(&runtime_of(runtime)?, &limits, |runtime, _| {
                let database_store = runtime
                    .handle
                    .block_on(PostgresStore::open(&config, connections))
                    .map_err(|error| database(&error))?;
                let extractor = LoggedExtractor { inner: plugins, dispatch: runtime.dispatch.clone() };
                let executor = Executor::new(database_store);
                let _entered = runtime.handle.enter();
                laneway_core::Runtime::start(executor, Arc::new(extractor), limits::of_runtime(&limits))
                    .map(Backend::Core)
                    .map_err(|error| Failure::new(laneway_result_t::LANEWAY_E_SYSTEM, format!("no threads: {error}")))
            })?;
            put(store, opened, "store")
        })
    }
}

/// Opens a loopback and writes its handle to `store`: no database, no plugins. The endpoint of an operation names its
/// outcome by the words of the vocabulary (`inserted`, `invalid_references`, …; `inserted` where it names none), and
/// it completes at once. The bounds of items and bytes hold; `limits` NULL: the defaults. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_open_echo(
    runtime: laneway_runtime_t,
    limits: *const laneway_limits_t,
    store: *mut laneway_store_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(store, 0, "store")?;
            let limits = limits::read(limits)?;
            let opened =
                open(&runtime_of(runtime)?, &limits, |_, outlet| Ok(Backend::Echo(Echo::new(&limits, outlet))))?;
            put(store, opened, "store")
        })
    }
}

/// Makes a loopback hold operations (`held` 1) or let go of those it holds (0). Held ones can be cancelled, pass their
/// deadlines, and fill the queue. Any thread. Fails with LANEWAY_E_UNSUPPORTED for another store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_hold_echo(
    store: laneway_store_t,
    held: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || match &*store_of(store)?.backend {
            Backend::Echo(echo) => {
                echo.hold(held != 0);
                Ok(())
            }
            Backend::Core(_) => {
                Err(Failure::new(laneway_result_t::LANEWAY_E_UNSUPPORTED, "only a loopback can be made to hold"))
            }
        })
    }
}

/// Changes the bounds of a store while operations run, `batching` among them; those that are fixed when the store is
/// opened stay. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_set_limits(
    store: laneway_store_t,
    limits: *const laneway_limits_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let limits = limits::read(limits)?;
            store_of(store)?.change_limits(|current| {
                *current = laneway_limits_t {
                    extract_threads: current.extract_threads,
                    lock_timeout_ms: current.lock_timeout_ms,
                    statement_timeout_ms: current.statement_timeout_ms,
                    idle_in_transaction_timeout_ms: current.idle_in_transaction_timeout_ms,
                    ..limits
                }
            })
        })
    }
}

/// Writes the bounds of a store that are in force into `limits`, whose `struct_size` says how far. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_get_limits(
    store: laneway_store_t,
    limits: *mut laneway_limits_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || write(&store_of(store)?.limits(), limits)) }
}

/// Switches batching on (`batching` 1) or off (0) while operations run; other bounds stay. Off, which is how a store
/// begins unless its limits say otherwise, each operation is a transaction of its own, with the same outcomes. What is
/// being written when it is switched ends as it began. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_set_batching(
    store: laneway_store_t,
    batching: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || store_of(store)?.change_limits(|limits| limits.batching = batching)) }
}

/// Sets the latency objective, in microseconds, while operations run; other bounds stay. An operation whose queue is
/// older takes the single path, with the same outcome; laneway_stats_t.flush_reasons counts them. 0: there is none.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_set_latency_objective(
    store: laneway_store_t,
    objective_us: u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || store_of(store)?.change_limits(|limits| limits.latency_objective_us = objective_us))
    }
}

/// Writes what the store has counted into `stats`, whose `struct_size` says how far. The counts are read one by one,
/// so that two may be apart by what happened in between; `pending` is never below 0. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_get_stats(
    store: laneway_store_t,
    stats: *mut laneway_stats_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || stats::write_stats(&store_of(store)?.stats(), stats)) }
}

/// Begins to close a store: nothing more is accepted, what was accepted goes on until `timeout_ms` has passed (0: not
/// at all), and what is left then completes as LANEWAY_OUTCOME_CLOSED, or as LANEWAY_OUTCOME_IN_DOUBT where its
/// transaction does not return within five seconds more. Returns at once; LANEWAY_KIND_STORE_CLOSED follows, after the
/// last completion. May be called again with another timeout; the shorter wait holds once it is 0. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_close(
    store: laneway_store_t,
    timeout_ms: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            store_of(store)?.close(Duration::from_millis(timeout_ms.into()));
            Ok(())
        })
    }
}

/// Destroys a closed store's handle. Never waits. Any thread. Fails with LANEWAY_E_BUSY before
/// LANEWAY_KIND_STORE_CLOSED; a second destroy does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_destroy(
    store: laneway_store_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let found = match store_of(store) {
                Err(failure) if failure.code == laneway_result_t::LANEWAY_E_CLOSED => return Ok(()),
                found => found?,
            };
            if !found.is_closed() {
                let what = "the store has not closed yet: call laneway_store_close and take records from the queue \
                            until LANEWAY_KIND_STORE_CLOSED";
                return Err(Failure::new(laneway_result_t::LANEWAY_E_BUSY, what));
            }
            found.outlet.runtime.forget(store);
            // Another thread may have been faster.
            let _ = STORES.remove(store);
            Ok(())
        })
    }
}

/// Opens a store in the runtime, which is closed at once where the runtime was meanwhile.
fn open(
    runtime: &Arc<Runtime>,
    limits: &laneway_limits_t,
    backend: impl FnOnce(&Runtime, Arc<Outlet>) -> Result<Backend, Failure>,
) -> Result<u64, Failure> {
    runtime.enter()?;
    let entered = Entered(Some(runtime));
    let _speaking = tracing::dispatcher::set_default(&runtime.dispatch);
    let reserved = Reserved::new()?;
    let outlet = Outlet::new(reserved.0, Arc::clone(runtime));
    let store = Arc::new(Store::new(Arc::clone(&outlet), backend(runtime, outlet)?, *limits));
    entered.keep();
    let handle = reserved.fill(Arc::clone(&store));
    runtime.opened(handle);
    if runtime.is_closing() {
        // Whoever closed it may have looked for stores before this one was there.
        store.close(Duration::ZERO);
        runtime.forget(handle);
        // Whoever abandoned it may have been faster.
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

fn config(options: &laneway_store_options_t) -> Result<Config, Failure> {
    // SAFETY: what the header asks of callers' pointers.
    let text = unsafe { options.database.text("database")? };
    Config::parse(text).map_err(|error| Failure::argument(error.to_string()))
}

fn database(error: &dyn std::error::Error) -> Failure {
    Failure::new(laneway_result_t::LANEWAY_E_DATABASE, error.to_string())
}
