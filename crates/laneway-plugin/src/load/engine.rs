//! The wasmtime engine and its clock: one for all plugins of a registry.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use wasmtime::{Config, Engine, OptLevel};

use crate::PluginSettings;
use crate::load::code_cache::engine_name;
use crate::load::set::Sha256Digest;
use crate::run::room::Room;
use crate::run::ticker::Ticker;

/// An engine whose epoch advances while plugins run. The last user's drop ends its thread.
pub(crate) struct PluginEngine {
    pub(crate) engine: Engine,
    pub(crate) ticker: Ticker,
    pub(crate) room: Arc<Room>,
    /// What compiled code is kept under.
    pub(crate) name: Sha256Digest,
    /// Components that were compiled.
    pub(crate) compiled: AtomicU64,
    /// Components whose code was kept.
    pub(crate) from_cache: AtomicU64,
}

impl PluginEngine {
    pub(crate) fn start(settings: &PluginSettings) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config(settings))?;
        let ticker = Ticker::start({
            let engine = engine.clone();
            move || engine.increment_epoch()
        })?;
        let name = engine_name(&engine);
        Ok(Self {
            engine,
            ticker,
            room: Arc::default(),
            name,
            compiled: AtomicU64::new(0),
            from_cache: AtomicU64::new(0),
        })
    }
}

fn config(settings: &PluginSettings) -> Config {
    let mut config = Config::new();
    config
        // The host process (the CLR) has signal handlers of its own. So bounds are checked in code, and
        // the Spectre mitigations, which lean on faults, are off with them (wasmtime refuses the pair).
        .signals_based_traps(false)
        .memory_reservation(settings.memory_bytes_max as u64)
        .memory_reservation_for_growth(0)
        .memory_guard_size(0)
        .guard_before_linear_memory(false)
        .memory_may_move(false)
        .max_wasm_stack(settings.stack_bytes_max)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        // Each plugin is compiled on one thread of our own pool.
        .parallel_compilation(false)
        // Unwinding through plugin frames is what only debuggers want. Windows insists on it.
        .native_unwind_info(cfg!(windows))
        // Between the components that a plugin is composed of, wasmtime puts modules that see the memories of both.
        .wasm_multi_memory(true)
        // What a plugin has no use for. Equal documents must give equal answers on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false);
    config
}
