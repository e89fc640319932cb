//! Log records: read.

use crate::abi::{laneway_error_t, laneway_log_t, laneway_result_t, laneway_runtime_t};
use crate::arguments::{Buffer, Out, Sink, Slots};
use crate::catch_panic::call;
use crate::failure::Failure;
use crate::logs::LogRecord;
use crate::versioned::sized;

use super::registry::runtime_of;

/// Moves log records, the oldest first, to `records` (room for `count`, each of `elem_size` = sizeof(laneway_log_t))
/// and their texts to `texts` (room for `texts_size` bytes). Writes to `taken` how many there are, and adds to
/// `dropped` how many were lost since the last call because none was read in time. LANEWAY_KIND_LOGS announces that
/// there are some. Long texts are cut, with a mark at their end: a record's texts fit into 32 KiB.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL when not even the first record's texts fit (`texts_needed`, may be NULL, gets
/// what they need; nothing is lost); LANEWAY_E_ARGUMENT; LANEWAY_E_ABI; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads. Never blocks.
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
    // SAFETY: callers keep what the header demands of pointers.
    let (records, texts) = unsafe { (Slots::new(records, count, elem_size), Buffer::new(texts, texts_size)) };
    // SAFETY: as above.
    let (taken, dropped) = unsafe { (Out::new(taken), Out::new(dropped)) };
    // SAFETY: as above.
    let (texts_needed, error) = unsafe { (Out::new(texts_needed), Out::new(error)) };
    call(error, || {
        taken.put(0, "taken")?;
        dropped.add(0, "dropped")?;
        let mut sink = Sink::new(records, texts)?;
        let runtime = runtime_of(runtime)?;
        let lost = runtime.logs.read(|record| {
            let texts = [record.target, &record.message, &record.fields].map(str::as_bytes);
            sink.push(&texts, |text_offset| fixed(record, text_offset))
        });
        dropped.add(lost, "dropped")?;
        taken.put(sink.written, "taken")?;
        match runtime.logs.first_text_len() {
            // Asked for after the reading: by now another reader may have taken what did not fit, or a record may have
            // come that does. Neither is a failure.
            Some(needed) if sink.written == 0 && needed > sink.buffer_size() => {
                texts_needed.put_if_wanted(needed);
                Err(Failure::too_small("texts", sink.buffer_size(), needed))
            }
            _ => Ok(()),
        }
    })
}

fn fixed(record: &LogRecord, text_offset: u64) -> laneway_log_t {
    let len = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    laneway_log_t {
        level: record.level,
        timestamp_us: record.timestamp_us,
        text_offset,
        target_len: len(record.target),
        message_len: len(&record.message),
        fields_len: len(&record.fields),
        ..sized()
    }
}
