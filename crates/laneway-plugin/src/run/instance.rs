//! One instance of one plugin: a store of its own, thrown away as soon as anything goes wrong in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::PluginSettings;
use crate::load::engine::PluginEngine;
use crate::run::budget::{Budget, FIRST_LOOK_TICKS, Overrun, thread_cpu_time};
use crate::run::limits::InstanceLimits;
use crate::run::room::{Alive, GiveWay};
use crate::run::shortage::is_shortage;
use crate::v1::exports::laneway::resource::extractor::{ExtractError, Extraction, Manifest};
use crate::v1::{Resource, ResourceIndices};

/// A compiled plugin, linked with nothing but traps: all that instances have in common.
pub(crate) struct Compiled {
    pre: InstancePre<InstanceLimits>,
    indices: ResourceIndices,
}

/// An instance, ready for calls. After a failed one it must not be called again.
pub(crate) struct Instance {
    store: Store<InstanceLimits>,
    bindings: Resource,
    /// Whether it has seen a document before: then a failure may come from what it remembers.
    used: bool,
    _alive: Alive,
}

/// Why a call did not come back with an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CallFailure {
    /// A sentence without a subject, as in "ran for more than 10 ms of CPU time".
    pub(crate) what: String,
    /// Whether the time limit ended the call.
    pub(crate) timed_out: bool,
    /// Whether the plugin's functions have other types than the contract's.
    pub(crate) mismatch: bool,
    /// Whether it is the system that had no memory, so that the plugin is not to blame.
    pub(crate) is_shortage: bool,
}

impl Compiled {
    /// Fails when the component needs something or lacks one of the contract's functions.
    pub(crate) fn new(engine: &PluginEngine, component: &Component, trap_imports: bool) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(&engine.engine);
        if trap_imports {
            linker.define_unknown_imports_as_traps(component)?;
        }
        let pre = linker.instantiate_pre(component)?;
        let indices = ResourceIndices::new(&pre)?;
        Ok(Self { pre, indices })
    }
}

impl Instance {
    /// One more instance. Where there is no room for it, idle ones give way: what `own` lets go of, which the caller
    /// has locked, and then what the engine's workers do, which are waited for at most as long as a call may take.
    pub(crate) fn new(
        engine: &Arc<PluginEngine>,
        compiled: &Compiled,
        settings: &PluginSettings,
        own: &mut dyn GiveWay,
    ) -> Result<Self, CallFailure> {
        let room = &engine.room;
        if room.is_full() && own.give_way() == 0 {
            // In vain: one that is needed now is more than the bound, and may still be had.
            room.ask();
        }
        let mut until = None;
        loop {
            let failure = match Self::try_new(engine, compiled, settings) {
                Err(failure) if failure.is_shortage => failure,
                made => return made,
            };
            room.met_bound();
            let until = *until.get_or_insert_with(|| Instant::now() + settings.call_wall_max);
            if own.give_way() == 0 && !room.wait(until) {
                return Err(failure);
            }
        }
    }

    fn try_new(
        engine: &Arc<PluginEngine>,
        compiled: &Compiled,
        settings: &PluginSettings,
    ) -> Result<Self, CallFailure> {
        let budget = Budget::new(settings.load_cpu_max, settings.call_wall_max);
        let mut store = Store::new(&engine.engine, InstanceLimits::new(settings.memory_bytes_max, budget));
        store.limiter(|limits| limits);
        store.set_hostcall_fuel(settings.result_bytes_max);
        store.epoch_deadline_callback({
            let engine = Arc::clone(engine);
            move |mut store| {
                // The ticker must not rest before this call's next deadline.
                engine.ticker.keep_awake();
                let more = store.data_mut().budget.look(thread_cpu_time());
                Ok(more.map_or(UpdateDeadline::Interrupt, UpdateDeadline::Continue))
            }
        });
        store.set_epoch_deadline(FIRST_LOOK_TICKS);
        engine.ticker.keep_awake();
        let instance = compiled.pre.instantiate(&mut store).map_err(|error| failure(&store, &error))?;
        let bindings = compiled.indices.load(&mut store, &instance).map_err(|error| CallFailure {
            what: format!("{error:#}"),
            timed_out: false,
            mismatch: true,
            is_shortage: is_shortage(&error),
        })?;
        Ok(Self { store, bindings, used: false, _alive: engine.room.made() })
    }

    /// Asks the plugin what it is.
    pub(crate) fn describe(&mut self, cpu_max: Duration, wall_max: Duration) -> Result<Manifest, CallFailure> {
        self.begin(Budget::new(cpu_max, wall_max));
        let answer = self.bindings.laneway_resource_extractor().call_describe(&mut self.store);
        answer.map_err(|error| failure(&self.store, &error))
    }

    /// Asks the plugin about one document.
    pub(crate) fn extract(
        &mut self,
        index: u32,
        document: &[u8],
        budget: Budget,
    ) -> Result<Result<Extraction, ExtractError>, CallFailure> {
        self.begin(budget);
        self.used = true;
        let answer = self.bindings.laneway_resource_extractor().call_extract(&mut self.store, index, document);
        answer.map_err(|error| failure(&self.store, &error))
    }

    fn begin(&mut self, budget: Budget) {
        self.store.data_mut().begin(budget);
        self.store.set_epoch_deadline(FIRST_LOOK_TICKS);
    }

    /// Whether it has been asked about a document.
    pub(crate) fn used(&self) -> bool {
        self.used
    }

    /// How large its memory has become.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().memory_bytes()
    }
}

fn failure(store: &Store<InstanceLimits>, error: &wasmtime::Error) -> CallFailure {
    let limits = store.data();
    let overrun = limits.budget.overrun();
    let mut what = match (overrun, error.downcast_ref::<Trap>()) {
        (Some(Overrun::Cpu(time)), _) => format!("ran for more than {} ms of CPU time", time.as_millis()),
        (Some(Overrun::Wall(time)), _) => format!("took longer than {} ms", time.as_millis()),
        (None, Some(Trap::StackOverflow)) => "ran out of stack".to_owned(),
        (None, Some(trap)) => {
            let trap = trap.to_string();
            format!("trapped ({})", trap.strip_prefix("wasm trap: ").unwrap_or(&trap))
        }
        (None, None) => format!("broke the contract ({error:#})"),
    };
    if let Some(bytes) = limits.memory_refused() {
        what.push_str(&format!("; before that it was refused a memory of {bytes} bytes"));
    }
    let is_shortage = overrun.is_none() && (limits.is_short() || is_shortage(error));
    CallFailure { what, timed_out: overrun.is_some(), mismatch: false, is_shortage }
}
