//! What stands around one instance: its memory limit and the budget of the call under way.

use wasmtime::ResourceLimiter;

use crate::run::budget::Budget;
use crate::run::shortage::is_shortage;

/// Tables an instance may have: its own and the shims' that a component is wrapped with.
const TABLES_MAX: usize = 8;
/// Entries in a table; indirect calls are all that a plugin needs tables for. Interpreters have some 10,000 functions.
const TABLE_ELEMENTS_MAX: usize = 65_536;
/// Core instances in a component: the module and its shims; in Python, each library is a module.
const INSTANCES_MAX: usize = 128;
/// Linear memories in a component: one for each of the components that it is composed of. jco's stubs of WASI are such a one.
const MEMORIES_MAX: usize = 4;

/// The data of an instance's store.
pub(crate) struct InstanceLimits {
    /// The bounds of the call under way.
    pub(crate) budget: Budget,
    /// The most that all of its memories have together.
    memory_bytes_max: usize,
    memory_bytes: usize,
    /// What they had before one was allowed to grow, which may fail yet.
    memory_bytes_before: usize,
    /// A size that was asked for and refused since [`InstanceLimits::begin`].
    memory_refused: Option<usize>,
    /// Whether the system had no memory to give since then.
    is_short: bool,
}

impl InstanceLimits {
    pub(crate) fn new(memory_bytes_max: usize, budget: Budget) -> Self {
        Self {
            budget,
            memory_bytes_max,
            memory_bytes: 0,
            memory_bytes_before: 0,
            memory_refused: None,
            is_short: false,
        }
    }

    /// A call begins.
    pub(crate) fn begin(&mut self, budget: Budget) {
        self.budget = budget;
        self.memory_refused = None;
        self.is_short = false;
    }

    /// Whether the system refused memory during the call.
    pub(crate) fn is_short(&self) -> bool {
        self.is_short
    }

    /// How large the instance's memories have become.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// The size that was refused during the call, if one was.
    pub(crate) fn memory_refused(&self) -> Option<usize> {
        self.memory_refused
    }
}

impl ResourceLimiter for InstanceLimits {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory_bytes_before = self.memory_bytes;
        let together = self.memory_bytes.saturating_sub(current).saturating_add(desired);
        if together > self.memory_bytes_max {
            self.memory_refused = Some(together);
            return Ok(false);
        }
        self.memory_bytes = together;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // That a module's own bound is met comes here too, before anything was allowed.
        if is_shortage(&error) {
            self.is_short = true;
            self.memory_bytes = self.memory_bytes_before;
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    fn tables(&self) -> usize {
        TABLES_MAX
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }
}
