//! Log records: read.
//!
//! SAFETY, of every block here: callers keep the contract that the header states for each function.

use crate::abi::{laneway_error_t, laneway_log_t, laneway_result_t, laneway_runtime_t};
use crate::failure::Failure;
use crate::guard;
use crate::logs::LogRecord;
use crate::versioned::{check_stride, put, write_sized};

use super::runtime_of;

/// Moves log records, the oldest first, to `records` (room for `count`, each of `elem_size` = sizeof(laneway_log_t))
/// and their texts to `texts` (room for `texts_size` bytes). Writes to `taken` how many there are, and adds to
/// `dropped` how many were lost since the last call because nobody read them. Never waits: LANEWAY_KIND_LOGS tells that
/// there are some. Any thread.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL when not even the first record's texts fit; `texts_needed` (may be NULL) tells
/// what does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_logs_read(
    runtime: laneway_runtime_t,
    records: *mut laneway_log_t,
    count: usize,
    elem_size: usize,
    texts: *mut u8,
    texts_size: usize,
    taken: *mut usize,
    dropped: *mut u64,
    texts_needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(taken, 0, "taken")?;
            check_stride::<laneway_log_t>(elem_size)?;
            if records.is_null() || count == 0 || dropped.is_null() {
                return Err(Failure::argument("records is NULL or has no room, or dropped is NULL"));
            }
            let texts_size = if texts.is_null() { 0 } else { texts_size };
            let runtime = runtime_of(runtime)?;
            let (mut at, mut used) = (0, 0);
            let lost = runtime.logs.read(|record| {
                let fits = at < count && texts_size - used >= record.text_len();
                if fits {
                    let place = records.cast::<u8>().add(at * elem_size);
                    write_sized(&fixed(record, used, elem_size), place, elem_size);
                    for text in [record.target, &record.message, &record.fields] {
                        std::ptr::copy_nonoverlapping(text.as_ptr(), texts.add(used), text.len());
                        used += text.len();
                    }
                    at += 1;
                }
                fits
            });
            dropped.write(dropped.read() + lost);
            put(taken, at, "taken")?;
            match runtime.logs.first_text_len() {
                Some(needed) if at == 0 => {
                    if !texts_needed.is_null() {
                        texts_needed.write(needed);
                    }
                    let what = format!("texts has {texts_size} bytes, the next record needs {needed}");
                    Err(Failure::new(laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL, what))
                }
                _ => Ok(()),
            }
        })
    }
}

fn fixed(record: &LogRecord, text_offset: usize, elem_size: usize) -> laneway_log_t {
    let len = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    laneway_log_t {
        struct_size: size_of::<laneway_log_t>().min(elem_size) as u32,
        level: record.level,
        timestamp_us: record.timestamp_us,
        text_offset: text_offset as u64,
        target_len: len(record.target),
        message_len: len(&record.message),
        fields_len: len(&record.fields),
        reserved: 0,
    }
}
