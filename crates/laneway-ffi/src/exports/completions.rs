//! The queue of records: wait, wake, descriptor.

use std::time::Duration;

use crate::abi::{laneway_completion_t, laneway_error_t, laneway_result_t, laneway_runtime_t};
use crate::arguments::{Buffer, Out, Sink, Slots};
use crate::catch_panic::call;
use crate::failure::Failure;
use crate::queue::Taken;

use super::registry::runtime_of;

/// Waits for records and moves as many as fit to `records` (room for `count`, each of `elem_size` =
/// sizeof(laneway_completion_t)) and their details to `details` (room for `details_size` bytes; may be NULL with 0).
/// `timeout_ms` negative: without end; 0: not at all. Writes to `taken` how many records there are: 0 after a timeout
/// or a laneway_completions_wake.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL when not even the first record's details fit (`details_needed`, may be NULL,
/// gets what they need; nothing is lost); LANEWAY_E_CLOSED when no record will come any more; LANEWAY_E_ARGUMENT;
/// LANEWAY_E_ABI; LANEWAY_E_HANDLE.
/// Safe to call from several threads: each record goes to one of them. Blocks for `timeout_ms`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_completions_wait(
    runtime: laneway_runtime_t,
    records: *mut laneway_completion_t,
    count: usize,
    elem_size: usize,
    details: *mut u8,
    details_size: usize,
    timeout_ms: i64,
    taken: *mut usize,
    details_needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: callers keep what the header demands of pointers, here and in all exports.
    let (records, details) = unsafe { (Slots::new(records, count, elem_size), Buffer::new(details, details_size)) };
    // SAFETY: as above.
    let (taken, details_needed, error) = unsafe { (Out::new(taken), Out::new(details_needed), Out::new(error)) };
    call(error, || {
        taken.put(0, "taken")?;
        let mut sink = Sink::new(records, details)?;
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let runtime = runtime_of(runtime)?;
        let mut outstanding = 0;
        let result = runtime.queue.wait(timeout, |record| {
            let (fixed, detail_len) = (record.fixed, record.detail.len() as u64);
            let fits = sink.push(&[&record.detail], |detail_offset| laneway_completion_t {
                detail_offset,
                detail_len,
                ..fixed
            });
            outstanding += u64::from(fits && record.is_outstanding());
            fits
        });
        runtime.give_back(outstanding);
        match result {
            Taken::Records(count) => taken.put(count, "taken"),
            Taken::Ended => Err(Failure::closed("queue")),
            Taken::DetailTooLarge(needed) => {
                details_needed.put_if_wanted(needed);
                Err(Failure::too_small("details", sink.buffer_size(), needed))
            }
        }
    })
}

/// Makes one laneway_completions_wait, the next if none waits, return without a record.
/// Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_completions_wake(
    runtime: laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        runtime_of(runtime)?.queue.wake();
        Ok(())
    })
}

/// Writes to `descriptor` an eventfd that is readable while there are records, for poll and its like: do not read it,
/// write it, or close it; it is the runtime's, until laneway_runtime_destroy. The same one each time.
/// Fails with LANEWAY_E_UNSUPPORTED where there are no eventfds (other systems than Linux, or none left);
/// LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed). Then `descriptor` is -1.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_completions_get_descriptor(
    runtime: laneway_runtime_t,
    descriptor: *mut i32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (descriptor, error) = unsafe { (Out::new(descriptor), Out::new(error)) };
    call(error, || {
        descriptor.put(-1, "descriptor")?;
        let found = runtime_of(runtime)?.queue.descriptor().ok_or_else(|| {
            let what = "the system has no eventfd to give: call laneway_completions_wait in a thread of its own";
            Failure::new(laneway_result_t::LANEWAY_E_UNSUPPORTED, what)
        })?;
        descriptor.put(found, "descriptor")
    })
}
