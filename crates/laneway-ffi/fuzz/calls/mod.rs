//! Calls of the C ABI in any order, from several threads, with structs of any size and handles of any age: a call is refused
//! or does its work, and whatever was accepted completes once. A target of `fuzz/`, built here as the calls are unsafe.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns and is exactly as long as it states, so that a
//! sanitizer of addresses sees each byte beyond.

#![allow(unsafe_code, reason = "the C ABI is called as a host calls it")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "stated once, above")]
#![allow(clippy::cast_possible_truncation, reason = "sizes of structs, which are small")]

mod memory;
mod plugins;

use std::collections::{HashMap, HashSet};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};
use laneway::abi::{
    laneway_completion_kind_t, laneway_completion_t, laneway_error_t, laneway_limits_t, laneway_log_t,
    laneway_operation_t, laneway_result_t, laneway_runtime_options_t, laneway_stats_t, laneway_store_options_t,
    laneway_strategy_t,
};
use laneway::exports as c;

use memory::{Sized, number, text, zeroed};

/// The most calls of one thread.
const CALLS_MAX: usize = 40;
/// No close of an echo takes as long.
const CLOSE_MAX: Duration = Duration::from_secs(60);
/// What all threads know.
#[derive(Default)]
struct World {
    runtimes: Mutex<Vec<u64>>,
    /// With their runtimes.
    stores: Mutex<Vec<(u64, u64)>>,
    plugins: Mutex<Vec<u64>>,
    /// Tokens of what was accepted, with its runtime.
    accepted: Mutex<HashMap<u64, u64>>,
    /// Tokens of what has completed, and how often.
    completed: Mutex<HashMap<u64, u32>>,
    /// Runtimes whose last record has been taken.
    closed: Mutex<HashSet<u64>>,
    abandoned: Mutex<HashSet<u64>>,
    tokens: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Panics where a promise is broken.
pub(crate) fn run(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    let threads = usize::from(first % 3) + 1;
    let world = World::default();
    std::thread::scope(|scope| {
        let played = |part: &mut Unstructured<'_>| {
            for _ in 0..CALLS_MAX {
                if part.is_empty() || world.call(part).is_err() {
                    return;
                }
            }
        };
        let parts = data.chunks(data.len().div_ceil(threads).max(1));
        let running: Vec<_> = parts.map(|part| scope.spawn(move || played(&mut Unstructured::new(part)))).collect();
        running.into_iter().for_each(|thread| thread.join().expect("a thread that plays"));
    });
    world.end();
}

impl World {
    fn token(&self) -> u64 {
        self.tokens.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn any(list: &Mutex<Vec<u64>>, bytes: &mut Unstructured<'_>) -> Result<u64> {
        let list = lock(list);
        if list.is_empty() || bytes.ratio(1, 16)? { number(bytes) } else { bytes.choose(&list).copied() }
    }

    fn store(&self, bytes: &mut Unstructured<'_>) -> Result<(u64, u64)> {
        let stores = lock(&self.stores);
        if stores.is_empty() || bytes.ratio(1, 16)? { Ok((number(bytes)?, 0)) } else { bytes.choose(&stores).copied() }
    }

    /// One call.
    fn call(&self, bytes: &mut Unstructured<'_>) -> Result<()> {
        let mut error = Sized::of(&zeroed::<laneway_error_t>(), bytes)?;
        let error = if bytes.ratio(1, 8)? { null_mut() } else { error.ptr_mut::<laneway_error_t>() };
        match bytes.int_in_range(0..=31)? {
            0 | 1 => self.create(bytes, error),
            2..=4 => self.open_echo(bytes, error),
            5..=11 => self.submit(bytes, error),
            12..=15 => self.wait(bytes, error),
            16 => self.checkpoint(bytes, error),
            17 => self.of_store(bytes, error),
            18 => self.of_store(bytes, error),
            19 => self.read_stats(bytes, error),
            20 => self.limits(bytes, error),
            21 => self.logs(bytes, error),
            22 => self.close(bytes, error),
            23 => self.destroy(bytes, error),
            24 => self.load(bytes, error),
            25 => self.of_plugins(bytes, error),
            26 => self.list(bytes, error),
            27 => self.check(bytes, error),
            28 => self.open(bytes, error),
            29 => self.layout(bytes, error),
            30 => self.watch(bytes, error),
            _ => self.of_runtime(bytes, error),
        }
    }

    fn create(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let mut options: laneway_runtime_options_t = zeroed();
        unsafe {
            options.struct_size = size_of_val(&options) as u32;
            c::laneway_runtime_options_default(&raw mut options, error);
        }
        options.worker_threads = *bytes.choose(&[1, 1, 2, 0, u32::MAX])?;
        if bytes.ratio(1, 4)? {
            (options.outstanding_max, options.log_records_max) = (number(bytes)?, number(bytes)? as u32 & 0xffff);
            options.log_level = number(bytes)? as u32;
        }
        let options = Sized::of(&options, bytes)?;
        let mut runtime = 0;
        let result = unsafe { c::laneway_runtime_create(options.ptr(), &raw mut runtime, error) };
        assert_eq!(runtime == 0, result != laneway_result_t::LANEWAY_OK);
        if runtime != 0 {
            lock(&self.runtimes).push(runtime);
        }
        Ok(())
    }

    fn some_limits(bytes: &mut Unstructured<'_>) -> Result<laneway_limits_t> {
        let mut limits: laneway_limits_t = zeroed();
        unsafe {
            limits.struct_size = size_of_val(&limits) as u32;
            c::laneway_limits_default(&raw mut limits, null_mut());
        }
        if bytes.ratio(1, 2)? {
            (limits.store_items_max, limits.store_bytes_max) = (number(bytes)?, number(bytes)?);
            (limits.document_bytes_max, limits.batching) = (number(bytes)?, number(bytes)? as u32);
        }
        Ok(limits)
    }

    fn open_echo(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let runtime = Self::any(&self.runtimes, bytes)?;
        let limits = Sized::of(&Self::some_limits(bytes)?, bytes)?;
        let limits = if bytes.ratio(1, 2)? { null() } else { limits.ptr() };
        let mut store = 0;
        let result = unsafe { c::laneway_store_open_echo(runtime, limits, &raw mut store, error) };
        assert_eq!(store == 0, result != laneway_result_t::LANEWAY_OK);
        if store != 0 {
            lock(&self.stores).push((store, runtime));
        }
        Ok(())
    }

    fn submit(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let (store, runtime) = self.store(bytes)?;
        let count = bytes.int_in_range(0..=4)?;
        let filters = [text(bytes)?, text(bytes)?];
        let mut strategy: laneway_strategy_t = zeroed();
        (strategy.struct_size, strategy.name) = (size_of_val(&strategy) as u32, text(bytes)?);
        (strategy.filters, strategy.filters_count) = (filters.as_ptr(), bytes.int_in_range(0..=2)?);
        let (mut stride, mut memory, mut tokens) = (size_of::<laneway_operation_t>(), Vec::new(), Vec::new());
        for number in 0..count {
            let mut operation: laneway_operation_t = zeroed();
            operation.token = self.token();
            tokens.push(operation.token);
            (operation.project, operation.endpoint) = (text(bytes)?, text(bytes)?);
            operation.document = text(bytes)?;
            if bytes.ratio(1, 3)? {
                (operation.trace_id, operation.extraction) = (text(bytes)?, text(bytes)?);
                operation.timeout_us = bytes.int_in_range(0..=2_000)?;
                operation.authorize = bytes.int_in_range(0..=2)?;
                (operation.strategies, operation.strategies_count) = (&raw const strategy, bytes.int_in_range(0..=1)?);
                operation.document_uuid = bytes.arbitrary()?;
            }
            let mut element = Sized::of(&operation, bytes)?.0;
            if number == 0 {
                // Elements stand one behind another, so the first one's size is that of all.
                stride = element.len();
            }
            element.resize(stride, 0);
            memory.extend(element);
        }
        let mut accepted = 0;
        let result =
            unsafe { c::laneway_store_submit(store, memory.as_ptr().cast(), count, stride, &raw mut accepted, error) };
        assert!(accepted <= count && (accepted == count || result != laneway_result_t::LANEWAY_OK), "{accepted}");
        lock(&self.accepted).extend(tokens.into_iter().take(accepted).map(|token| (token, runtime)));
        Ok(())
    }

    fn checkpoint(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let ((store, runtime), token) = (self.store(bytes)?, self.token());
        let result = unsafe { c::laneway_store_checkpoint(store, token, error) };
        if result == laneway_result_t::LANEWAY_OK {
            lock(&self.accepted).insert(token, runtime);
        }
        Ok(())
    }

    fn wait(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let runtime = Self::any(&self.runtimes, bytes)?;
        let (count, details) = (bytes.int_in_range(0..=8)?, *bytes.choose(&[0, 1, 64, 4_096])?);
        let timeout = bytes.int_in_range(0..=1)?;
        let extra = *bytes.choose(&[0, 0, 0, 8, 24])?;
        self.take(runtime, count, details, timeout, extra, error);
        Ok(())
    }

    /// Takes records; returns what the call did.
    fn take(
        &self,
        runtime: u64,
        count: usize,
        details_size: usize,
        timeout_ms: i64,
        extra: usize,
        error: *mut laneway_error_t,
    ) -> laneway_result_t {
        let own = size_of::<laneway_completion_t>();
        let stride = own + extra;
        let mut records = vec![0_u8; count * stride];
        for number in 0..count {
            records[number * stride..][..4].copy_from_slice(&(stride as u32).to_ne_bytes());
        }
        let mut details = vec![0_u8; details_size];
        let (mut taken, mut needed) = (usize::MAX, 0);
        let result = unsafe {
            c::laneway_completions_wait(
                runtime,
                records.as_mut_ptr().cast(),
                count,
                stride,
                details.as_mut_ptr(),
                details_size,
                timeout_ms,
                &raw mut taken,
                &raw mut needed,
                error,
            )
        };
        if result != laneway_result_t::LANEWAY_OK {
            return result;
        }
        assert!(taken <= count, "{taken} of {count}");
        for number in 0..taken {
            let record: laneway_completion_t =
                unsafe { records.as_ptr().add(number * stride).cast::<laneway_completion_t>().read_unaligned() };
            let end = record.detail_offset + record.detail_len;
            assert!(end as usize <= details_size);
            let is = |kind: laneway_completion_kind_t| record.kind == kind as u32;
            if is(laneway_completion_kind_t::LANEWAY_KIND_OPERATION)
                || is(laneway_completion_kind_t::LANEWAY_KIND_CHECKPOINT)
            {
                *lock(&self.completed).entry(record.token).or_default() += 1;
            } else if is(laneway_completion_kind_t::LANEWAY_KIND_RUNTIME_CLOSED) {
                assert!(lock(&self.closed).insert(runtime), "it closed twice");
            }
        }
        result
    }

    fn of_store(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let (store, _) = self.store(bytes)?;
        let number = number(bytes)?;
        let cancelled = bytes.int_in_range(0..=self.tokens.load(Ordering::Relaxed))?;
        match bytes.int_in_range(0..=6)? {
            0 | 1 => unsafe { c::laneway_store_hold_echo(store, number as u32, error) },
            2 | 3 => unsafe { c::laneway_store_cancel(store, cancelled, error) },
            4 => unsafe { c::laneway_store_set_batching(store, number as u32, error) },
            5 => unsafe { c::laneway_store_set_latency_objective(store, number, error) },
            _ => unsafe { c::laneway_store_set_limits(store, null(), error) },
        };
        Ok(())
    }

    fn read_stats(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let (store, _) = self.store(bytes)?;
        let mut memory = [(); 3].map(|()| Vec::<u64>::new());
        for part in &mut memory {
            part.resize(bytes.int_in_range(0..=20)?, 0);
        }
        let [outcomes, reasons, wait] = &mut memory;
        let mut stats: laneway_stats_t = zeroed();
        (stats.outcomes, stats.outcomes_capacity) = (outcomes.as_mut_ptr(), outcomes.len());
        (stats.flush_reasons, stats.flush_reasons_capacity) = (reasons.as_mut_ptr(), reasons.len());
        (stats.wait, stats.wait_capacity) = (wait.as_mut_ptr().cast(), wait.len() * 8);
        let mut stats = Sized::of(&stats, bytes)?;
        unsafe { c::laneway_store_get_stats(store, stats.ptr_mut(), error) };
        Ok(())
    }

    fn limits(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let (store, _) = self.store(bytes)?;
        let mut limits = Sized::of(&Self::some_limits(bytes)?, bytes)?;
        match bytes.int_in_range(0..=2)? {
            0 => unsafe { c::laneway_store_get_limits(store, limits.ptr_mut(), error) },
            1 => unsafe { c::laneway_limits_default(limits.ptr_mut(), error) },
            _ => unsafe { c::laneway_store_set_limits(store, limits.ptr(), error) },
        };
        Ok(())
    }

    fn logs(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let runtime = Self::any(&self.runtimes, bytes)?;
        let (count, texts_size) = (bytes.int_in_range(0..=4)?, *bytes.choose(&[0, 16, 4_096])?);
        let stride = size_of::<laneway_log_t>();
        let (mut records, mut texts) = (vec![0_u8; count * stride], vec![0_u8; texts_size]);
        (0..count).for_each(|at| records[at * stride..][..4].copy_from_slice(&(stride as u32).to_ne_bytes()));
        let (mut taken, mut dropped, mut needed) = (0, 0, 0);
        unsafe {
            c::laneway_logs_read(
                runtime,
                records.as_mut_ptr().cast(),
                count,
                stride,
                texts.as_mut_ptr(),
                texts_size,
                &raw mut taken,
                &raw mut dropped,
                &raw mut needed,
                error,
            )
        };
        assert!(taken <= count);
        Ok(())
    }

    fn close(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let timeout = number(bytes)? as u32;
        if bytes.ratio(1, 2)? {
            unsafe { c::laneway_store_close(self.store(bytes)?.0, timeout, error) };
        } else {
            unsafe { c::laneway_runtime_close(Self::any(&self.runtimes, bytes)?, timeout, error) };
        }
        Ok(())
    }

    fn destroy(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        match bytes.int_in_range(0..=3)? {
            0 => unsafe { c::laneway_store_destroy(self.store(bytes)?.0, error) },
            1 => unsafe { c::laneway_plugins_destroy(Self::any(&self.plugins, bytes)?, error) },
            2 => unsafe { c::laneway_runtime_destroy(Self::any(&self.runtimes, bytes)?, error) },
            _ => {
                let runtime = Self::any(&self.runtimes, bytes)?;
                // Before the call, as another thread may look meanwhile.
                lock(&self.abandoned).insert(runtime);
                unsafe { c::laneway_runtime_abandon(runtime, error) }
            }
        };
        Ok(())
    }

    fn of_runtime(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let runtime = Self::any(&self.runtimes, bytes)?;
        let mut descriptor = 0;
        match bytes.int_in_range(0..=2)? {
            0 => unsafe { c::laneway_completions_wake(runtime, error) },
            1 => unsafe { c::laneway_completions_get_descriptor(runtime, &raw mut descriptor, error) },
            _ => {
                let mut options = Sized::of(&zeroed::<laneway_runtime_options_t>(), bytes)?;
                unsafe { c::laneway_runtime_options_default(options.ptr_mut(), error) }
            }
        };
        Ok(())
    }

    fn store_options(&self, bytes: &mut Unstructured<'_>, limits: *const laneway_limits_t) -> Result<Sized> {
        let mut options: laneway_store_options_t = zeroed();
        unsafe {
            options.struct_size = size_of_val(&options) as u32;
            c::laneway_store_options_default(&raw mut options, null_mut());
        }
        options.database = text(bytes)?;
        if bytes.ratio(1, 3)? {
            (options.connections_max, options.coercion) = (number(bytes)? as u32, number(bytes)? as u32);
            (options.isolation, options.plugins) = (number(bytes)? as u32, Self::any(&self.plugins, bytes)?);
            options.limits = limits;
        }
        Sized::of(&options, bytes)
    }

    fn check(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let limits = Sized::of(&Self::some_limits(bytes)?, bytes)?;
        let options = self.store_options(bytes, limits.ptr())?;
        unsafe { c::laneway_store_options_check(options.ptr(), error) };
        Ok(())
    }

    /// Of a server that is not there.
    fn open(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let runtime = Self::any(&self.runtimes, bytes)?;
        let limits = Sized::of(&Self::some_limits(bytes)?, bytes)?;
        let (options, mut store) = (self.store_options(bytes, limits.ptr())?, 0);
        let result = if bytes.ratio(1, 4)? {
            unsafe { c::laneway_store_deploy(runtime, options.ptr(), error) }
        } else {
            unsafe { c::laneway_store_open(runtime, options.ptr(), &raw mut store, error) }
        };
        assert!(result != laneway_result_t::LANEWAY_OK && store == 0, "there is no server");
        Ok(())
    }

    fn layout(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let ((store, _), mut needed) = (self.store(bytes)?, 0);
        let mut memory = vec![0_u8; bytes.int_in_range(0..=64)?];
        unsafe { c::laneway_store_get_layout(store, memory.as_mut_ptr(), memory.len(), &raw mut needed, error) };
        Ok(())
    }

    /// Closes everything and takes all records: each that was accepted has completed, once.
    fn end(&self) {
        lock(&self.plugins).drain(..).for_each(|plugins| unsafe {
            assert_eq!(c::laneway_plugins_destroy(plugins, null_mut()), laneway_result_t::LANEWAY_OK);
        });
        let abandoned = lock(&self.abandoned).clone();
        for runtime in lock(&self.runtimes).iter().copied().filter(|runtime| !abandoned.contains(runtime)) {
            self.end_runtime(runtime);
        }
        let (accepted, completed) = (lock(&self.accepted), lock(&self.completed));
        for (token, _) in accepted.iter().filter(|(_, runtime)| !abandoned.contains(runtime)) {
            assert_eq!(completed.get(token), Some(&1), "how often {token} has completed");
        }
        assert!(completed.keys().all(|token| accepted.contains_key(token)), "what was refused has completed");
    }

    fn end_runtime(&self, runtime: u64) {
        let until = Instant::now() + CLOSE_MAX;
        unsafe { c::laneway_runtime_close(runtime, 0, null_mut()) };
        while !lock(&self.closed).contains(&runtime) {
            assert!(Instant::now() < until, "it does not close");
            let result = self.take(runtime, 64, 1 << 16, 1_000, 0, null_mut());
            assert_eq!(result, laneway_result_t::LANEWAY_OK);
        }
        assert_eq!(unsafe { c::laneway_runtime_destroy(runtime, null_mut()) }, laneway_result_t::LANEWAY_OK);
    }
}
