//! What every export runs inside of: a panic becomes a code, a failure the caller's error struct.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::{laneway_error_t, laneway_result_t};
use crate::arguments::Out;
use crate::failure::Failure;

/// Runs what an export does. A failure is returned as its code, and written to the caller's struct if there is one.
pub(crate) fn call(error: Out<laneway_error_t>, body: impl FnOnce() -> Result<(), Failure>) -> laneway_result_t {
    // Unwind-safe: what a panic leaves half-done is behind locks that are poisoned or hold whole values.
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(panicked(&*panic)));
    match result {
        Ok(()) => laneway_result_t::LANEWAY_OK,
        Err(failure) => {
            // NULL, or a struct of an impossible size, gets nothing; the code is returned all the same.
            let _ = error.write(&failure.to_c());
            failure.code
        }
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let what = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let what = what.unwrap_or("without a message");
    let message = format!("a defect in the library (panic: {what}); please report it");
    Failure::new(laneway_result_t::LANEWAY_E_PANIC, message)
}
