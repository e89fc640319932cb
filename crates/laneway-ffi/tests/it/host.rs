//! A host in Rust: what tests of the C ABI hand over and take out by its own functions, as a program in C would.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it says.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use laneway::abi::{
    laneway_coercion_t, laneway_completion_kind_t, laneway_completion_t, laneway_error_t, laneway_limits_t,
    laneway_operation_t, laneway_result_t, laneway_runtime_t, laneway_stats_t, laneway_store_options_t,
    laneway_store_t, laneway_text_t,
};
use laneway::exports as c;

/// The longest that anything here waits: long enough for a machine that is busy otherwise, an end for one that hangs.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(60);
/// How many records are taken at a time.
const RECORDS: usize = 64;

/// A struct of the ABI that states its size, all else zero.
pub(crate) fn sized<T>() -> T {
    // SAFETY: the ABI's structs are integers and pointers, of which zeros are values; each begins with its size.
    unsafe {
        let mut value = std::mem::MaybeUninit::<T>::zeroed();
        value.as_mut_ptr().cast::<u32>().write(size_of::<T>() as u32);
        value.assume_init()
    }
}

pub(crate) fn text(text: &[u8]) -> laneway_text_t {
    laneway_text_t { ptr: text.as_ptr(), len: text.len() }
}

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) code: laneway_result_t,
    pub(crate) message: String,
}

pub(crate) fn call(body: impl FnOnce(*mut laneway_error_t) -> laneway_result_t) -> Result<(), Failed> {
    let mut error: laneway_error_t = sized();
    match body(&raw mut error) {
        laneway_result_t::LANEWAY_OK => Ok(()),
        code => {
            let message = error.message[..error.message_len as usize].to_vec();
            Err(Failed { code, message: String::from_utf8(message).unwrap() })
        }
    }
}

/// An upsert to hand over.
#[derive(Clone, Default, Debug)]
pub(crate) struct Upsert {
    pub(crate) project: String,
    pub(crate) endpoint: String,
    pub(crate) document: String,
    pub(crate) document_uuid: [u8; 16],
    /// Empty: a plugin extracts.
    pub(crate) extraction: String,
}

/// The end of an upsert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct End {
    /// Its place in the vocabulary, from 1.
    pub(crate) outcome: u32,
    pub(crate) detail: String,
}

impl End {
    pub(crate) fn is_stored(&self) -> bool {
        self.outcome == 1 || self.outcome == 2
    }
}

/// A runtime, closed and destroyed at its end.
pub(crate) struct Host {
    runtime: laneway_runtime_t,
    ends: HashMap<u64, End>,
    last_token: u64,
    over: bool,
}

impl Host {
    /// What functions that take a runtime are called with.
    pub(crate) fn runtime(&self) -> laneway_runtime_t {
        self.runtime
    }

    pub(crate) fn new() -> Self {
        let mut runtime = 0;
        call(|error| unsafe { c::laneway_runtime_create(std::ptr::null(), &raw mut runtime, error) }).unwrap();
        Self { runtime, ends: HashMap::new(), last_token: 0, over: false }
    }

    /// Opens a store, with limits as `change` makes them of the defaults.
    pub(crate) fn open(
        &self,
        url: &str,
        plugins: u64,
        change: impl FnOnce(&mut laneway_limits_t),
    ) -> Result<laneway_store_t, Failed> {
        self.open_with(url, plugins, |_| {}, change)
    }

    /// The same, with other options.
    pub(crate) fn open_with(
        &self,
        url: &str,
        plugins: u64,
        set: impl FnOnce(&mut laneway_store_options_t),
        change: impl FnOnce(&mut laneway_limits_t),
    ) -> Result<laneway_store_t, Failed> {
        let mut limits = sized();
        call(|error| unsafe { c::laneway_limits_default(&raw mut limits, error) })?;
        change(&mut limits);
        let mut options: laneway_store_options_t = sized();
        call(|error| unsafe { c::laneway_store_options_default(&raw mut options, error) })?;
        options.database = text(url.as_bytes());
        assert_eq!(options.coercion, laneway_coercion_t::LANEWAY_COERCION_NOTHING as u32, "the default");
        options.plugins = plugins;
        set(&mut options);
        options.limits = &raw const limits;
        let mut store = 0;
        call(|error| unsafe { c::laneway_store_open(self.runtime, &raw const options, &raw mut store, error) })?;
        Ok(store)
    }

    /// Makes an echo hold operations, or let go of them.
    pub(crate) fn hold(&self, store: laneway_store_t, held: bool) {
        call(|error| unsafe { c::laneway_store_hold_echo(store, held.into(), error) }).unwrap();
    }

    /// What a store waits for, as it is read with its counters.
    pub(crate) fn wait(&self, store: laneway_store_t) -> String {
        let mut text = vec![0_u8; 1_024];
        let mut stats: laneway_stats_t = sized();
        (stats.wait, stats.wait_capacity) = (text.as_mut_ptr(), text.len());
        text.truncate(self.read_stats(store, &mut stats).unwrap().wait_len);
        String::from_utf8(text).unwrap()
    }

    /// Opens an echo store.
    /// What the store's tables are, read into a buffer of `size` bytes.
    pub(crate) fn layout(&self, store: laneway_store_t, size: usize) -> Result<String, Failed> {
        let (mut buffer, mut needed) = (vec![0; size], 0);
        call(|error| unsafe { c::laneway_store_get_layout(store, buffer.as_mut_ptr(), size, &raw mut needed, error) })?;
        // The NUL is not part of the text.
        buffer.truncate(needed - 1);
        Ok(String::from_utf8(buffer).unwrap())
    }

    pub(crate) fn echo(&self) -> laneway_store_t {
        let mut store = 0;
        call(|error| unsafe { c::laneway_store_open_echo(self.runtime, std::ptr::null(), &raw mut store, error) })
            .unwrap();
        store
    }

    pub(crate) fn close(&self, store: laneway_store_t) {
        call(|error| unsafe { c::laneway_store_close(store, 0, error) }).unwrap();
    }

    /// Hands an upsert over; the token it is known by.
    pub(crate) fn submit(&mut self, store: laneway_store_t, upsert: &Upsert) -> Result<u64, Failed> {
        self.last_token += 1;
        let mut operation: laneway_operation_t = sized();
        operation.token = self.last_token;
        operation.project = text(upsert.project.as_bytes());
        operation.endpoint = text(upsert.endpoint.as_bytes());
        operation.document = text(upsert.document.as_bytes());
        operation.document_uuid = upsert.document_uuid;
        operation.trace_id = text(b"a host");
        operation.extraction = text(upsert.extraction.as_bytes());
        let (size, mut accepted) = (size_of::<laneway_operation_t>(), 0);
        call(|error| unsafe {
            c::laneway_store_submit(store, &raw const operation, 1, size, &raw mut accepted, error)
        })?;
        Ok(self.last_token)
    }

    /// Hands an upsert over and waits for its end.
    pub(crate) fn upsert(&mut self, store: laneway_store_t, upsert: &Upsert) -> End {
        let token = self.submit(store, upsert).unwrap();
        self.end_of(token)
    }

    /// Waits for the end of an upsert.
    pub(crate) fn end_of(&mut self, token: u64) -> End {
        let until = Instant::now() + WAIT_MAX;
        loop {
            if let Some(end) = self.ends.remove(&token) {
                return end;
            }
            assert!(Instant::now() < until, "operation {token} did not end");
            self.take();
        }
    }

    /// Whether an upsert has ended; waits for nothing.
    pub(crate) fn has_ended(&mut self, token: u64) -> bool {
        while self.take_within(Duration::ZERO) > 0 {}
        self.ends.contains_key(&token)
    }

    fn take(&mut self) {
        self.take_within(WAIT_MAX);
    }

    fn take_within(&mut self, timeout: Duration) -> usize {
        let mut records: [laneway_completion_t; RECORDS] = std::array::from_fn(|_| sized());
        let mut details = vec![0_u8; 1 << 16];
        let (mut taken, size) = (0, size_of::<laneway_completion_t>());
        let timeout = i64::try_from(timeout.as_millis()).unwrap();
        call(|error| unsafe {
            c::laneway_completions_wait(
                self.runtime,
                records.as_mut_ptr(),
                RECORDS,
                size,
                details.as_mut_ptr(),
                details.len(),
                timeout,
                &raw mut taken,
                std::ptr::null_mut(),
                error,
            )
        })
        .unwrap();
        for record in &records[..taken] {
            let from = record.detail_offset as usize;
            let detail = String::from_utf8(details[from..from + record.detail_len as usize].to_vec()).unwrap();
            if record.kind == laneway_completion_kind_t::LANEWAY_KIND_OPERATION as u32 {
                let before = self.ends.insert(record.token, End { outcome: record.outcome, detail });
                assert_eq!(before, None, "operation {} ended twice", record.token);
            }
            self.over |= record.kind == laneway_completion_kind_t::LANEWAY_KIND_RUNTIME_CLOSED as u32;
        }
        taken
    }

    pub(crate) fn set_batching(&self, store: laneway_store_t, enabled: bool) {
        call(|error| unsafe { c::laneway_store_set_batching(store, enabled.into(), error) }).unwrap();
    }

    pub(crate) fn set_latency_objective(&self, store: laneway_store_t, micros: u64) {
        call(|error| unsafe { c::laneway_store_set_latency_objective(store, micros, error) }).unwrap();
    }

    pub(crate) fn limits(&self, store: laneway_store_t) -> laneway_limits_t {
        let mut limits = sized();
        call(|error| unsafe { c::laneway_store_get_limits(store, &raw mut limits, error) }).unwrap();
        limits
    }

    pub(crate) fn stats(&self, store: laneway_store_t) -> laneway_stats_t {
        self.read_stats(store, &mut sized()).unwrap()
    }

    /// The flushes by reason.
    pub(crate) fn flush_reasons(&self, store: laneway_store_t) -> Vec<u64> {
        let mut reasons = vec![0; 32];
        let mut stats: laneway_stats_t = sized();
        (stats.flush_reasons, stats.flush_reasons_capacity) = (reasons.as_mut_ptr(), reasons.len());
        reasons.truncate(self.read_stats(store, &mut stats).unwrap().flush_reasons_len);
        reasons
    }

    /// Reads into a struct whose arrays the caller has set.
    pub(crate) fn read_stats(
        &self,
        store: laneway_store_t,
        stats: &mut laneway_stats_t,
    ) -> Result<laneway_stats_t, Failed> {
        call(|error| unsafe { c::laneway_store_get_stats(store, &raw mut *stats, error) })?;
        Ok(*stats)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = call(|error| unsafe { c::laneway_runtime_abandon(self.runtime, error) });
            return;
        }
        call(|error| unsafe { c::laneway_runtime_close(self.runtime, 0, error) }).unwrap();
        let until = Instant::now() + WAIT_MAX;
        while !self.over {
            assert!(Instant::now() < until, "the runtime did not close");
            self.take();
        }
        call(|error| unsafe { c::laneway_runtime_destroy(self.runtime, error) }).unwrap();
    }
}
