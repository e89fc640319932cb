//! The operations that stand aside because another client holds a lock that they need, and when they are tried again. Knows
//! no locks, and no flushes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use laneway_model::OperationId;

use super::entry::Entry;
use super::event::Moment;

/// The first pause before what is locked is tried again; each further one doubles. Most clients hold a lock for less.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// The longest pause: two of them and a flush's wait for a lock are less than the second within which an operation is to be
/// written after the lock's end.
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// The operations that stand aside.
#[derive(Default, Debug)]
pub(super) struct SetAside {
    /// In the order in which they came; those that must be written together in one.
    pub(super) units: BTreeMap<u64, Vec<OperationId>>,
    last_unit: u64,
    /// Since when each stands here.
    pub(super) since: BTreeSet<(Moment, OperationId)>,
    pause: Duration,
    pub(super) next_try: Moment,
    /// Whether the next try carries as many as a batch does, of which those that are still locked are left out; else one
    /// unit, which waits for its lock in its turn: clients that relieve each other do not keep it out for ever.
    pub(super) wide: bool,
    /// The last that was tried alone: the next is the one accepted after it, so that each has its turn.
    pub(super) last_alone: Option<OperationId>,
    /// Whether the running try has found something locked.
    pub(super) found_locked: bool,
}

impl SetAside {
    pub(super) fn enter(&mut self, members: Vec<OperationId>, now: Moment, is_tried: bool) -> u64 {
        if self.units.is_empty() && !is_tried {
            self.pause = PAUSE_FIRST;
            self.next_try = now + PAUSE_FIRST;
            self.wide = true;
        }
        self.found_locked = true;
        self.last_unit += 1;
        self.units.insert(self.last_unit, members);
        self.last_unit
    }

    /// The unit whose turn it is to be tried alone.
    pub(super) fn next_alone(&self) -> Vec<OperationId> {
        let is_later = |unit: &&Vec<OperationId>| unit.first().copied() > self.last_alone;
        let next = self.units.values().filter(is_later).min().or_else(|| self.units.values().min());
        next.cloned().unwrap_or_default()
    }

    /// Takes note that a try has returned.
    pub(super) fn returned(&mut self, now: Moment) {
        if std::mem::take(&mut self.found_locked) {
            self.pause = (self.pause * 2).clamp(PAUSE_FIRST, PAUSE_MAX);
            self.wide = !self.wide;
        } else {
            // The lock may have been that of all others.
            self.pause = Duration::ZERO;
            self.wide = true;
        }
        self.next_try = now + self.pause;
    }

    /// Takes note that an operation standing here settled, or is tried.
    pub(super) fn withdraw(&mut self, id: OperationId, unit: u64, entry: &Entry) {
        if let Some(aside) = &entry.aside {
            self.since.remove(&(aside.since, id));
        }
        if let Some(members) = self.units.get_mut(&unit) {
            members.retain(|member| *member != id);
            if members.is_empty() {
                self.units.remove(&unit);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn members(&self) -> impl Iterator<Item = (u64, OperationId)> {
        self.units.iter().flat_map(|(unit, members)| members.iter().map(|member| (*unit, *member)))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty() && self.since.is_empty()
    }
}
