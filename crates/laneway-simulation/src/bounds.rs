//! The bounds that are in force, and what is within them: operations, bytes, flushes. Knows no documents.

use laneway_core::{Batch, FlushReason, Mode};
use laneway_model::{Limits, PartitionKey};
use tokio::time::Instant;

/// The bounds, and what counts against them.
#[derive(Debug)]
pub(crate) struct Bounds {
    current: Limits,
    /// Until this moment is over, what began under them may still come.
    previous: Limits,
    changed_at: Instant,
    /// What was let in under a higher bound may stay.
    items_ceiling: usize,
    bytes_ceiling: usize,
    /// The highest that the bound on lines has been.
    line_ceiling: usize,
    line_least: usize,
    pub(crate) items: usize,
    pub(crate) bytes: usize,
    /// How many wait for room: what they have gathered counts against the bounds, and is not known here.
    pub(crate) waiting: usize,
    batched: usize,
    single: usize,
    aside: usize,
    lanes_busy: [bool; PartitionKey::COUNT],
    /// Whether all operations come read already, so that none is in no line.
    pub(crate) reads_nothing: bool,
}

/// What a flush counts against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slot {
    Lane(usize),
    Single,
    Aside,
}

impl Bounds {
    pub(crate) fn new(limits: &Limits, reads_nothing: bool) -> Self {
        Self {
            current: limits.clone(),
            previous: limits.clone(),
            changed_at: Instant::now(),
            items_ceiling: limits.store_items_max,
            bytes_ceiling: limits.store_bytes_max,
            line_ceiling: limits.identity_line_max,
            line_least: limits.identity_line_max,
            items: 0,
            bytes: 0,
            waiting: 0,
            batched: 0,
            single: 0,
            aside: 0,
            lanes_busy: [false; PartitionKey::COUNT],
            reads_nothing,
        }
    }

    pub(crate) fn change(&mut self, limits: &Limits) {
        let now = Instant::now();
        if self.changed_at < now {
            self.previous = self.current.clone();
        }
        self.changed_at = now;
        self.current = limits.clone();
        self.items_ceiling = self.items_ceiling.max(limits.store_items_max);
        self.bytes_ceiling = self.bytes_ceiling.max(limits.store_bytes_max);
        self.line_ceiling = self.line_ceiling.max(limits.identity_line_max);
        self.line_least = self.line_least.min(limits.identity_line_max);
        self.settle_ceilings();
    }

    fn settle_ceilings(&mut self) {
        if self.waiting == 0 && self.items <= self.current.store_items_max {
            self.items_ceiling = self.current.store_items_max;
        }
        if self.waiting == 0 && self.bytes <= self.current.store_bytes_max {
            self.bytes_ceiling = self.current.store_bytes_max;
        }
    }

    /// An operation is accepted; what that exceeds.
    pub(crate) fn accept(&mut self, bytes: usize) -> Option<String> {
        self.settle_ceilings();
        self.items += 1;
        self.bytes += bytes;
        let items = (self.items > self.items_ceiling).then(|| format!("{} operations", self.items));
        items.or_else(|| (self.bytes > self.bytes_ceiling).then(|| format!("{} bytes", self.bytes)))
    }

    pub(crate) fn settle(&mut self, bytes: usize) {
        self.items -= 1;
        self.bytes -= bytes;
    }

    /// The most operations that may stand in one line, its head included.
    pub(crate) fn line_max(&self) -> usize {
        self.line_ceiling.saturating_add(1)
    }

    /// The fewest with which a line may have been full.
    pub(crate) fn line_full(&self) -> usize {
        self.line_least.saturating_add(1)
    }

    /// A flush starts with so many bytes of several operations; what that exceeds.
    pub(crate) fn start(&mut self, batch: &Batch, bytes: usize) -> (Slot, Option<String>) {
        let slot = match (batch.mode, batch.reason) {
            (_, FlushReason::Locked) => Slot::Aside,
            (Mode::Single, _) => Slot::Single,
            (Mode::Batched, _) => Slot::Lane(batch.lane),
        };
        let max = match slot {
            Slot::Lane(_) => most(self, |limits| limits.flushes_concurrent_max),
            Slot::Single => most(self, |limits| limits.single_concurrent_max),
            Slot::Aside => 1,
        };
        let running = match slot {
            Slot::Lane(_) => &mut self.batched,
            Slot::Single => &mut self.single,
            Slot::Aside => &mut self.aside,
        };
        *running += 1;
        let flushes = (*running > max).then(|| format!("{running} flushes, {slot:?}"));
        let lane = match slot {
            Slot::Lane(lane) => std::mem::replace(&mut self.lanes_busy[lane], true).then(|| format!("lane {lane}")),
            Slot::Single | Slot::Aside => None,
        };
        (slot, flushes.or(lane).or_else(|| self.check_size(batch, bytes)))
    }

    fn check_size(&self, batch: &Batch, bytes: usize) -> Option<String> {
        let items = batch.operations.iter().filter(|accepted| !accepted.in_line).count();
        let is_whole = matches!(batch.reason, FlushReason::Cycle | FlushReason::Locked);
        if batch.mode == Mode::Single {
            return (batch.operations.len() != 1).then(|| format!("{items} operations on the single path"));
        }
        let items_max = most(self, |limits| limits.batch_items_max);
        if !is_whole && items > items_max {
            return Some(format!("{items} operations in a batch of {items_max}"));
        }
        let bytes_max = most(self, |limits| limits.batch_bytes_max);
        let exceeds = !is_whole && batch.operations.len() > 1 && bytes > bytes_max;
        exceeds.then(|| format!("{bytes} bytes in a batch of {bytes_max}"))
    }

    /// How many flushes run.
    pub(crate) fn running(&self) -> usize {
        self.batched + self.single + self.aside
    }

    pub(crate) fn end(&mut self, slot: Slot) {
        match slot {
            Slot::Lane(lane) => {
                self.batched -= 1;
                self.lanes_busy[lane] = false;
            }
            Slot::Single => self.single -= 1,
            Slot::Aside => self.aside -= 1,
        }
    }
}

/// A bound, as what starts now may have met it.
fn most(bounds: &Bounds, of: impl Fn(&Limits) -> usize) -> usize {
    let current = of(&bounds.current);
    if bounds.changed_at == Instant::now() { current.max(of(&bounds.previous)) } else { current }
}
