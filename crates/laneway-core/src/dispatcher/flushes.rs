//! Flushes that are running: what each carries and since which tick. Knows no lanes' contents.

use std::collections::BTreeMap;

use laneway_model::OperationId;
use rustc_hash::FxHashMap;

use super::costs::Load;
use super::event::FlushId;

/// The flushes that have started and not returned, and the reads that may still have missed something.
#[derive(Default, Debug)]
pub(super) struct Flushes {
    running: FxHashMap<FlushId, Running>,
    last: u64,
    batched: usize,
    single: usize,
    aside: usize,
    /// Ticks since which settlements must be remembered, with how many need each.
    windows: BTreeMap<u64, u32>,
}

/// What a flush keeps busy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    /// A lane.
    Lane(usize),
    /// A place on the single path.
    Single,
    /// The place of what was set aside.
    Aside,
}

/// One running flush.
#[derive(Debug)]
pub(super) struct Running {
    /// What it keeps busy.
    pub(super) slot: Slot,
    /// What it carries.
    pub(super) members: Vec<OperationId>,
    /// Of which resources.
    pub(super) load: Load,
    /// The tick at which it started.
    pub(super) window: u64,
}

impl Flushes {
    pub(super) fn start(&mut self, running: Running) -> FlushId {
        self.last += 1;
        let id = FlushId(self.last);
        *self.count(running.slot) += 1;
        self.open_window(running.window);
        self.running.insert(id, running);
        id
    }

    pub(super) fn get(&self, id: FlushId) -> Option<&Running> {
        self.running.get(&id)
    }

    pub(super) fn end(&mut self, id: FlushId) -> Option<Running> {
        let running = self.running.remove(&id)?;
        *self.count(running.slot) -= 1;
        self.close_window(running.window);
        Some(running)
    }

    fn count(&mut self, slot: Slot) -> &mut usize {
        match slot {
            Slot::Lane(_) => &mut self.batched,
            Slot::Single => &mut self.single,
            Slot::Aside => &mut self.aside,
        }
    }

    /// Whether none runs.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// How many keep a lane busy.
    pub(super) fn batched(&self) -> usize {
        self.batched
    }

    /// How many are on the single path.
    pub(super) fn single(&self) -> usize {
        self.single
    }

    /// How many carry what was set aside.
    pub(super) fn aside(&self) -> usize {
        self.aside
    }

    /// Keeps settlements since `tick` in memory.
    pub(super) fn open_window(&mut self, tick: u64) {
        *self.windows.entry(tick).or_default() += 1;
    }

    /// Ends what one [`Self::open_window`] began.
    pub(super) fn close_window(&mut self, tick: u64) {
        if let Some(count) = self.windows.get_mut(&tick) {
            *count -= 1;
            if *count == 0 {
                self.windows.remove(&tick);
            }
        }
    }

    /// The tick since which settlements must be remembered.
    pub(super) fn oldest_window(&self) -> Option<u64> {
        self.windows.keys().next().copied()
    }
}
