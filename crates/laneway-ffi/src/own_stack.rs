//! Runs what compiles on a thread of its own, whose stack is large enough: a host's may hold a quarter of a MiB, as koffi's
//! calls in Node do, and threads of musl less. Knows nothing of plugins.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

use crate::failure::Failure;

/// What the main thread of a program has.
const STACK_BYTES: usize = 8 << 20;

/// Runs it, logging to where this thread logs.
///
/// # Errors
/// Its own, and LANEWAY_E_SYSTEM where there is no thread.
pub(crate) fn on_own_stack<T: Send>(run: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let run = || tracing::dispatcher::with_default(&dispatch, run);
    scope(|scope| {
        let thread = Builder::new().name("laneway-load".into()).stack_size(STACK_BYTES).spawn_scoped(scope, run);
        let refused = |error| Failure::threads(&laneway_threads::refused("to load plugins with", &error));
        // A panic is the call's, which catches it.
        thread.map_err(refused)?.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
