//! The queue: wait, wake, descriptor.
//!
//! SAFETY, of every block here: callers keep the contract that the header states for each function.

use std::time::Duration;

use crate::abi::{
    laneway_completion_kind_t, laneway_completion_t, laneway_error_t, laneway_result_t, laneway_runtime_t,
};
use crate::failure::Failure;
use crate::guard;
use crate::queue::{Place, Taken};
use crate::record::Record;
use crate::versioned::{check_stride, put, write_sized};

use super::runtime_of;

/// Waits for records and moves as many as fit to `records` (room for `count`, each of `elem_size` =
/// sizeof(laneway_completion_t)) and their details to `details` (room for `details_size` bytes; may be NULL with 0).
/// `timeout_ms` negative: for ever; 0: not at all. Writes to `taken` how many records there are: 0 after a timeout or a
/// laneway_completions_wake. Any number of threads may wait at the same time; each record goes to one of them.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL when not even the first record's details fit (`details_needed`, may be NULL,
/// tells what does; nothing is lost), with LANEWAY_E_CLOSED when no record will come any more.
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
    unsafe {
        guard::call(error, || {
            put(taken, 0, "taken")?;
            check_stride::<laneway_completion_t>(elem_size)?;
            if records.is_null() || count == 0 {
                return Err(Failure::argument("records is NULL or has no room"));
            }
            let details_size = if details.is_null() { 0 } else { details_size };
            let mut place = Arrays { records: records.cast(), count, elem_size, details, details_size, at: 0, used: 0 };
            let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
            let runtime = runtime_of(runtime)?;
            let mut outstanding = 0;
            let result = runtime.queue.wait(timeout, &mut place, |record| {
                outstanding += u64::from(record.is_outstanding());
            });
            if runtime.outstanding.give_back(outstanding) {
                runtime.queue.push(Record::event(laneway_completion_kind_t::LANEWAY_KIND_ROOM, 0, 0));
            }
            match result {
                Taken::Records(count) => put(taken, count, "taken"),
                Taken::Ended => Err(Failure::closed("queue")),
                Taken::DetailTooLarge(needed) => {
                    if !details_needed.is_null() {
                        details_needed.write(needed);
                    }
                    let what = format!("details has {details_size} bytes, the next record needs {needed}");
                    Err(Failure::new(laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL, what))
                }
            }
        })
    }
}

/// Makes one laneway_completions_wait, the next if none waits, return without a record. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_completions_wake(
    runtime: laneway_runtime_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            runtime_of(runtime)?.queue.wake();
            Ok(())
        })
    }
}

/// Writes to `descriptor` an eventfd that is readable while there are records, for poll and its like: do not read it,
/// write it, or close it; it is the runtime's, until laneway_runtime_destroy. The same one each time. Any thread.
/// Fails with LANEWAY_E_UNSUPPORTED where there are no eventfds (other systems than Linux, or none left).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_completions_get_descriptor(
    runtime: laneway_runtime_t,
    descriptor: *mut i32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(descriptor, -1, "descriptor")?;
            let found = runtime_of(runtime)?.queue.descriptor();
            let found = found.ok_or_else(|| {
                Failure::new(laneway_result_t::LANEWAY_E_UNSUPPORTED, "the system has no eventfd to give")
            })?;
            put(descriptor, found, "descriptor")
        })
    }
}

/// A caller's two arrays.
struct Arrays {
    records: *mut u8,
    count: usize,
    elem_size: usize,
    details: *mut u8,
    details_size: usize,
    /// How many records are written.
    at: usize,
    /// How many bytes of details.
    used: usize,
}

impl Place for Arrays {
    fn write(&mut self, record: &Record) -> bool {
        let detail = &record.detail;
        if self.at == self.count || self.details_size - self.used < detail.len() {
            return false;
        }
        let mut fixed = record.fixed;
        if !detail.is_empty() {
            fixed.detail_offset = self.used as u64;
            fixed.detail_len = detail.len() as u64;
            // SAFETY: there is room for it, as was just checked.
            unsafe { std::ptr::copy_nonoverlapping(detail.as_ptr(), self.details.add(self.used), detail.len()) };
        }
        fixed.struct_size = fixed.struct_size.min(u32::try_from(self.elem_size).unwrap_or(u32::MAX));
        // SAFETY: the array has `count` elements of `elem_size`, and `at` is below `count`.
        unsafe { write_sized(&fixed, self.records.add(self.at * self.elem_size), self.elem_size) };
        self.at += 1;
        self.used += detail.len();
        true
    }
}
