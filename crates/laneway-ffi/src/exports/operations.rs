//! Operations: submit, cancel, checkpoint.

use crate::abi::{laneway_error_t, laneway_operation_t, laneway_result_t, laneway_store_t};
use crate::arguments::{Elements, Out};
use crate::catch_panic::call;
use crate::input;
use crate::versioned::sized;

use super::registry::{store_of, with_store};

/// Submits operations, in order, and writes to `accepted` how many were accepted. The first that is not ends the call,
/// whose code and message explain it; those after it were not looked at. `elem_size` is sizeof(laneway_operation_t).
/// Everything is copied before the call returns. Each accepted operation completes exactly once, by a
/// LANEWAY_KIND_OPERATION, perhaps before this call returns. An unknown resource and a document that is too large are
/// accepted, and complete as that.
/// Fails with LANEWAY_E_QUEUE_FULL (a LANEWAY_KIND_ROOM follows); LANEWAY_E_CLOSED; LANEWAY_E_ARGUMENT (which names the
/// field); LANEWAY_E_ABI; LANEWAY_E_HANDLE.
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_submit(
    store: laneway_store_t,
    operations: *const laneway_operation_t,
    count: usize,
    elem_size: usize,
    accepted: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: callers keep what the header demands of pointers, here and in all exports.
    let (operations, accepted, error) =
        unsafe { (Elements::new(operations, count, elem_size), Out::new(accepted), Out::new(error)) };
    call(error, || {
        accepted.put(0, "accepted")?;
        let count = operations.count("operations")?;
        with_store(store, |store| {
            for at in 0..count {
                let mut kept = None;
                let operation = operations.get(at, &sized(), &mut kept)?;
                // SAFETY: what an operation points to is vouched for with it.
                match unsafe { input::submission(operation, store.document_bytes_max())? } {
                    Ok(submission) => store.submit(submission, operation.token)?,
                    Err(outcome) => store.refuse(operation.token, outcome)?,
                }
                accepted.put(at + 1, "accepted")?;
            }
            Ok(())
        })
    })
}

/// Takes an operation back if it is not being written yet. Returns at once; the operation's completion is the answer:
/// LANEWAY_OUTCOME_CANCELLED means that it was removed and never written, any other outcome that the cancel came too
/// late. A token that no unsettled operation of the store has is no failure: its completion is on its way, or was
/// taken.
/// Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_cancel(
    store: laneway_store_t,
    token: u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        store_of(store)?.cancel(token);
        Ok(())
    })
}

/// Asks for a LANEWAY_KIND_CHECKPOINT with `token` once everything that the store accepted before this call has
/// completed, whatever comes later. Lanes do not linger until then. Returns at once.
/// Fails with LANEWAY_E_QUEUE_FULL (too many records wait to be taken); LANEWAY_E_CLOSED; LANEWAY_E_HANDLE.
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_store_checkpoint(
    store: laneway_store_t,
    token: u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || store_of(store)?.checkpoint(token))
}
