//! Operations: hand over, take back, checkpoint.
//!
//! SAFETY, of every block here: callers keep the contract that the header states for each function.

use crate::abi::{laneway_error_t, laneway_operation_t, laneway_result_t, laneway_store_t};
use crate::failure::Failure;
use crate::versioned::{check_stride, put, sized, view};
use crate::{guard, input};

use super::{store_of, with_store};

/// Hands operations over, in order, and writes to `accepted` how many were: the first that is not accepted ends the
/// call, which says why; those after it were not looked at. `elem_size` is sizeof(laneway_operation_t). Everything is
/// copied before the call returns. Never blocks, never calls back. Any thread. Each accepted operation completes
/// exactly once, by a LANEWAY_KIND_OPERATION, perhaps before this call returns.
/// Fails with LANEWAY_E_QUEUE_FULL (`retry_after_ms` tells about how long an operation takes; LANEWAY_KIND_ROOM
/// follows), LANEWAY_E_CLOSED, LANEWAY_E_ARGUMENT, LANEWAY_E_ABI. An unknown resource and a document that is too large
/// are accepted, and complete as that.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_submit(
    store: laneway_store_t,
    operations: *const laneway_operation_t,
    count: usize,
    elem_size: usize,
    accepted: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(accepted, 0, "accepted")?;
            check_stride::<laneway_operation_t>(elem_size)?;
            if operations.is_null() && count > 0 {
                return Err(Failure::argument("operations is NULL"));
            }
            with_store(store, |store| {
                for at in 0..count {
                    let mut kept = None;
                    let place = operations.wrapping_byte_add(at * elem_size);
                    let operation = view(&sized(), &mut kept, place)?;
                    match input::submission(operation)? {
                        Ok(submission) => store.submit(submission, operation.token)?,
                        Err(outcome) => store.refuse(operation.token, outcome)?,
                    }
                    put(accepted, at + 1, "accepted")?;
                }
                Ok(())
            })
        })
    }
}

/// Takes an operation back if it is not being written yet. Returns at once; the operation's completion is the answer:
/// LANEWAY_OUTCOME_CANCELLED says that it was removed and never written, any other outcome that this came too late. A
/// token that no unsettled operation of the store has is no failure: its completion is on its way, or was taken. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_cancel(
    store: laneway_store_t,
    token: u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            store_of(store)?.cancel(token);
            Ok(())
        })
    }
}

/// Asks for a LANEWAY_KIND_CHECKPOINT with `token` once everything that the store accepted before this call has
/// completed, whatever comes later. Lanes do not linger until then. Returns at once. Any thread.
/// Fails with LANEWAY_E_QUEUE_FULL (too many records wait to be taken), LANEWAY_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_checkpoint(
    store: laneway_store_t,
    token: u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || store_of(store)?.checkpoint(token)) }
}
