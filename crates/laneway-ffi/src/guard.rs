//! The guard of every export: a panic becomes a code, a failure the caller's error struct.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::{laneway_error_t, laneway_result_t};
use crate::failure::Failure;
use crate::versioned;

/// Runs what an export does. The caller hears of a failure by the code and, if it gave one, by its struct.
///
/// # Safety
/// `error` is null, or points to a writable `laneway_error_t` that states its size.
pub(crate) unsafe fn call(error: *mut laneway_error_t, body: impl FnOnce() -> Result<(), Failure>) -> laneway_result_t {
    // What a panic leaves half-done stays behind locks that are poisoned or hold whole values.
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(panicked(&*panic)));
    match result {
        Ok(()) => laneway_result_t::LANEWAY_OK,
        Err(failure) => {
            if !error.is_null() {
                // A struct of an impossible size gets nothing; the code tells all the same.
                // SAFETY: the caller's.
                let _ = unsafe { versioned::write(&failure.to_c(), error) };
            }
            failure.code
        }
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let what = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let what = what.unwrap_or("without a message");
    Failure::new(
        laneway_result_t::LANEWAY_E_PANIC,
        format!("a defect in the library (panic: {what}); please report it"),
    )
}
