//! Stores: open, change, look at, close, destroy.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::Executor;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::{PostgresStore, deploy};

use crate::abi::{
    laneway_error_t, laneway_limits_t, laneway_result_t, laneway_runtime_t, laneway_stats_t, laneway_store_options_t,
    laneway_store_t,
};
use crate::arguments::{Buffer, In, Out, Text};
use crate::catch_panic::call;
use crate::echo::Echo;
use crate::failure::Failure;
use crate::logs::LoggedExtractor;
use crate::store::Backend;
use crate::{input, limits, plugins, stats};

use super::opening::open;
use super::registry::{STORES, plugins_of, runtime_of, store_of, unless_destroyed};

/// Writes the defaults into `options`, as far as its `struct_size` goes.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_options_default(
    options: *mut laneway_store_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: callers keep what the header demands of pointers, here and in all exports.
    let (options, error) = unsafe { (Out::new(options), Out::new(error)) };
    call(error, || options.write(&input::store_options_default()))
}

/// Writes the defaults into `limits`, as far as its `struct_size` goes.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_limits_default(
    limits: *mut laneway_limits_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (limits, error) = unsafe { (Out::new(limits), Out::new(error)) };
    call(error, || limits.write(&limits::defaults()))
}

/// Checks options as laneway_store_open does, but connects to nothing: the database's connection string, the bounds,
/// and the files that the string names.
/// Fails with LANEWAY_E_ARGUMENT; the message shows no password.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_options_check(
    options: *const laneway_store_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (options, error) = unsafe { (In::new(options), Out::new(error)) };
    call(error, || {
        let options = options.read_over(input::store_options_default())?;
        // SAFETY: what the options point to is vouched for with them.
        let limits = limits::read(&unsafe { In::new(options.limits) })?;
        limits::of_connections(&options, &limits)?;
        input::coercion(options.coercion)?;
        // SAFETY: what the options point to is vouched for with them.
        config(unsafe { Text::of(&options.database) }).map(drop)
    })
}

/// Makes the database a store if it is none: builds its tables, or completes them. Of `options` only the database
/// counts.
/// Fails with LANEWAY_E_DATABASE; LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (the runtime is closing; the
/// database is then as it was).
/// Safe to call from several threads. Blocks while the server works; laneway_runtime_close ends it at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_deploy(
    runtime: laneway_runtime_t,
    options: *const laneway_store_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (options, error) = unsafe { (In::new(options), Out::new(error)) };
    call(error, || {
        let options = options.read_over(input::store_options_default())?;
        // SAFETY: what the options point to is vouched for with them.
        let config = config(unsafe { Text::of(&options.database) })?;
        let runtime = runtime_of(runtime)?;
        let _logging = tracing::dispatcher::set_default(&runtime.dispatch);
        runtime.wait_for(deploy(&config))?.map(drop).map_err(|error| database(&error))
    })
}

/// Opens a store and writes its handle to `store`: connects, checks tables and rights, starts its threads. It lives
/// until laneway_store_close and, after LANEWAY_KIND_STORE_CLOSED, laneway_store_destroy. What happens to one store
/// does not touch another.
/// Fails with LANEWAY_E_DATABASE; LANEWAY_E_ARGUMENT; LANEWAY_E_CLOSED (the runtime is closing); LANEWAY_E_HANDLE (of
/// the runtime, or of `plugins`); LANEWAY_E_SYSTEM (no threads, or too many stores). Then `store` is 0, and nothing is
/// left behind.
/// Safe to call from several threads. Blocks while the server works, up to `connect_timeout` (10 seconds unless the
/// address sets it) for each address of each server until one answers; laneway_runtime_close ends it at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_open(
    runtime: laneway_runtime_t,
    options: *const laneway_store_options_t,
    store: *mut laneway_store_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (options, store, error) = unsafe { (In::new(options), Out::new(store), Out::new(error)) };
    call(error, || {
        store.put(0, "store")?;
        let options = options.read_over(input::store_options_default())?;
        // SAFETY: what the options point to is vouched for with them.
        let limits = limits::read(&unsafe { In::new(options.limits) })?;
        // SAFETY: what the options point to is vouched for with them.
        let config = config(unsafe { Text::of(&options.database) })?;
        let connections = limits::of_connections(&options, &limits)?;
        let coercion = input::coercion(options.coercion)?;
        let extractor = match options.plugins {
            0 => plugins::none(),
            handle => Arc::new(Plugins::clone(&plugins_of(handle)?.plugins).coercing(coercion)) as _,
        };
        let opened = open(&runtime_of(runtime)?, limits, |runtime, _| {
            let opening = PostgresStore::open(&config, connections);
            let database_store = runtime.wait_for(opening)?.map_err(|error| database(&error))?;
            let extractor = LoggedExtractor { inner: extractor, dispatch: runtime.dispatch.clone() };
            let layout = database_store.layout();
            let executor = Executor::new(database_store);
            let _entered = runtime.handle.enter();
            let limits = limits::of_runtime(&limits);
            laneway_core::Runtime::start(executor, Arc::new(extractor), limits)
                .map(|core| Backend::Core(Box::new(core), layout))
                .map_err(|error| Failure::threads(&error))
        })?;
        store.put(opened, "store")
    })
}

/// Opens an echo and writes its handle to `store`: no database, no plugins. The endpoint of an operation names its
/// outcome in lower case (`inserted`, `invalid_references`, …; `inserted` where it names none), and it completes at
/// once. The bounds of items and bytes hold; `limits` NULL: the defaults. For testing and measuring callers.
/// Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_CLOSED (the runtime is closing); LANEWAY_E_HANDLE; LANEWAY_E_SYSTEM (too
/// many stores). Then `store` is 0.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_open_echo(
    runtime: laneway_runtime_t,
    limits: *const laneway_limits_t,
    store: *mut laneway_store_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (limits, store, error) = unsafe { (In::new(limits), Out::new(store), Out::new(error)) };
    call(error, || {
        store.put(0, "store")?;
        let limits = limits::read(&limits)?;
        let opened = open(&runtime_of(runtime)?, limits, |_, outlet| Ok(Backend::Echo(Echo::new(&limits, outlet))))?;
        store.put(opened, "store")
    })
}

/// Makes an echo hold operations (`held` 1) or let go of those it holds (0). Those held can be cancelled, pass their
/// deadlines, and fill the queue.
/// Fails with LANEWAY_E_UNSUPPORTED for another store; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_hold_echo(
    store: laneway_store_t,
    held: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || match &*store_of(store)?.backend {
        Backend::Echo(echo) => {
            echo.hold(held != 0);
            Ok(())
        }
        Backend::Core(..) => {
            Err(Failure::new(laneway_result_t::LANEWAY_E_UNSUPPORTED, "only an echo can be made to hold"))
        }
    })
}

/// Changes the bounds of a store while operations run, `batching` among them; those that are fixed when the store is
/// opened stay. `limits` NULL: the defaults. A bound below what is in the store already holds once enough has
/// completed.
/// Fails with LANEWAY_E_ARGUMENT (then no bound has changed; also where more flushes would be allowed at a time than the
/// connections_max that the store was opened with); LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_set_limits(
    store: laneway_store_t,
    limits: *const laneway_limits_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (limits, error) = unsafe { (In::new(limits), Out::new(error)) };
    call(error, || {
        let limits = limits::read(&limits)?;
        store_of(store)?.change_limits(|current| *current = limits::with_fixed_of(current, limits))
    })
}

/// Writes the bounds of a store that are in force into `limits`, as far as its `struct_size` goes.
/// Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_get_limits(
    store: laneway_store_t,
    limits: *mut laneway_limits_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (limits, error) = unsafe { (Out::new(limits), Out::new(error)) };
    call(error, || limits.write(&store_of(store)?.limits()))
}

/// Switches batching on (`batching` 1) or off (0) while operations run; other bounds stay. Off, which is how a store
/// begins unless its limits say otherwise, each operation is a transaction of its own, with the same outcomes. What is
/// being written when it is switched ends as it began.
/// Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_set_batching(
    store: laneway_store_t,
    batching: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || store_of(store)?.change_limits(|limits| limits.batching = batching))
}

/// Sets the latency objective, in microseconds, while operations run; other bounds stay. An operation whose queue is
/// older takes the single path, with the same outcome; laneway_stats_t.flush_reasons counts them. 0: there is none.
/// Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_set_latency_objective(
    store: laneway_store_t,
    objective_us: u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || store_of(store)?.change_limits(|limits| limits.latency_objective_us = objective_us))
}

/// Writes what the store has counted, and what it waits for, into `stats`, as far as its `struct_size` goes, and into its
/// arrays and its buffer. The counts
/// are read one by one, so that two may differ by what happened in between; `pending` is never below 0.
/// Fails with LANEWAY_E_ARGUMENT (an array or the buffer is NULL and has a capacity); LANEWAY_E_ABI; LANEWAY_E_HANDLE;
/// LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_get_stats(
    store: laneway_store_t,
    stats: *mut laneway_stats_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (stats, error) = unsafe { (Out::new(stats), Out::new(error)) };
    call(error, || {
        let store = store_of(store)?;
        // SAFETY: the arrays and the buffer are vouched for with the struct.
        unsafe { stats::write(&store.stats(), &store.wait(), &stats) }
    })
}

/// Writes what the tables of the store's database are, in words for a log, ended by a NUL, into `buffer` of `size` bytes,
/// and the bytes needed to `needed`.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL (then only `needed` is written); LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE;
/// LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_get_layout(
    store: laneway_store_t,
    buffer: *mut u8,
    size: usize,
    needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (buffer, needed, error) = unsafe { (Buffer::new(buffer, size), Out::new(needed), Out::new(error)) };
    call(error, || buffer.put_text(store_of(store)?.layout(), &needed))
}

/// Begins to close a store: nothing more is accepted, what was accepted goes on until `timeout_ms` has passed (0: not
/// at all), and what is left then completes as LANEWAY_OUTCOME_CLOSED, or as LANEWAY_OUTCOME_IN_DOUBT where its
/// transaction does not return within five seconds more. Returns at once; LANEWAY_KIND_STORE_CLOSED follows, after the
/// last completion. May be called again, with another timeout; one of 0 ends the wait.
/// Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_close(
    store: laneway_store_t,
    timeout_ms: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        store_of(store)?.close(Duration::from_millis(timeout_ms.into()));
        Ok(())
    })
}

/// Destroys a closed store's handle. A second destroy does nothing.
/// Fails with LANEWAY_E_BUSY before LANEWAY_KIND_STORE_CLOSED; LANEWAY_E_HANDLE.
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_destroy(
    store: laneway_store_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        let Some(found) = unless_destroyed(store_of(store))? else { return Ok(()) };
        if !found.outlet.is_closed() {
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

fn config(database: &Text) -> Result<Config, Failure> {
    Config::parse(database.text("database")?).map_err(|error| Failure::argument(error.to_string()))
}

fn database(error: &dyn std::error::Error) -> Failure {
    Failure::new(laneway_result_t::LANEWAY_E_DATABASE, error.to_string())
}
