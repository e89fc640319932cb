//! Identities in flight: which operation holds each, which are in line for it or wait for it, and for how long a
//! settled one is still remembered. Knows ids, no documents.

use std::collections::{BTreeSet, VecDeque};

use laneway_model::{OperationId, ReferentialId};
use rustc_hash::FxHashMap;

use super::entry::OwnIds;

/// All identities in flight or settled a moment ago.
#[derive(Default, Debug)]
pub(super) struct Identities {
    map: FxHashMap<ReferentialId, Identity>,
    /// Settlements in order of ticks, until no flush that is running can have missed them. An identity that settles
    /// several times stands here as often; only the last counts (`Identity::settled`).
    log: VecDeque<(u64, ReferentialId)>,
}

/// One identity. Its line is in order of acceptance; the first in it holds the identity.
#[derive(Default, Debug)]
struct Identity {
    holder: Option<OperationId>,
    in_line: VecDeque<OperationId>,
    /// (through, id): operation `id` refers to this identity and waits until one of the line up to `through` has
    /// stored it, or all of them have settled. Sorted by `through`, so that a release takes from the front.
    waiters: BTreeSet<(OperationId, OperationId)>,
    /// The tick of the latest settlement that the log still holds.
    settled: Option<u64>,
}

/// What became of an operation that joined its lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Joined {
    /// It is at the head of all but this many.
    Behind(u8),
    /// One of them is full; it is in none.
    Full,
}

/// What an operation's leaving its lines set free.
#[derive(Default, Debug)]
pub(super) struct Left {
    /// The operations that came to the head of a line (the same twice when it was behind in both).
    pub(super) promoted: [Option<OperationId>; 2],
    /// (identity, waiter): waits that are over.
    pub(super) released: Vec<(ReferentialId, OperationId)>,
    /// Heads of lines that are still waited for.
    pub(super) awaited: [Option<OperationId>; 2],
}

impl Identities {
    /// The operation that holds the identity.
    pub(super) fn holder(&self, id: ReferentialId) -> Option<OperationId> {
        self.map.get(&id)?.holder
    }

    /// The operations in the identity's line, in order.
    pub(super) fn line(&self, id: ReferentialId) -> impl DoubleEndedIterator<Item = OperationId> {
        self.map
            .get(&id)
            .into_iter()
            .flat_map(|identity| identity.holder.into_iter().chain(identity.in_line.iter().copied()))
    }

    /// Whether any operation waits for the identity or is in line for it behind its holder.
    pub(super) fn is_wanted(&self, id: ReferentialId) -> bool {
        self.map.get(&id).is_some_and(|identity| !identity.waiters.is_empty() || !identity.in_line.is_empty())
    }

    /// The operations that wait for the identity.
    pub(super) fn waiting(&self, id: ReferentialId) -> impl Iterator<Item = OperationId> {
        self.map.get(&id).into_iter().flat_map(|identity| identity.waiters.iter().map(|(_, waiter)| *waiter))
    }

    /// Puts an operation into the lines of all its identities at once: with one after the other, two operations could
    /// each be first where the other is second, and wait for each other.
    pub(super) fn join(&mut self, who: OperationId, own: OwnIds, line_max: usize) -> Joined {
        let full = |id: ReferentialId| {
            self.map.get(&id).is_some_and(|identity| identity.holder.is_some() && identity.in_line.len() >= line_max)
        };
        // Asked of all before any is joined: half in line, it would hold up others and never be promoted.
        if own.iter().any(full) {
            return Joined::Full;
        }
        let mut behind = 0;
        for id in own.iter() {
            let identity = self.map.entry(id).or_default();
            if identity.holder.is_none() {
                identity.holder = Some(who);
            } else {
                identity.in_line.push_back(who);
                behind += 1;
            }
        }
        Joined::Behind(behind)
    }

    /// Takes a settled operation out of its lines. `stored`: its identities name a document now, so that all waits for
    /// them are over.
    pub(super) fn leave(&mut self, who: OperationId, own: OwnIds, stored: bool) -> Left {
        let mut left = Left::default();
        for (at, id) in own.iter().enumerate() {
            let Some(identity) = self.map.get_mut(&id) else { continue };
            left.promoted[at] = identity.remove(who);
            identity.release(id, stored, &mut left.released);
            left.awaited[at] = identity.holder.filter(|_| !identity.waiters.is_empty());
            // Waiters need a holder: without one, `release` has let them all go.
            if identity.holder.is_none() && identity.settled.is_none() {
                self.map.remove(&id);
            }
        }
        left
    }

    /// Takes note that an operation of these identities settled.
    pub(super) fn remember(&mut self, own: OwnIds, tick: u64) {
        for id in own.iter() {
            self.map.entry(id).or_default().settled = Some(tick);
            self.log.push_back((tick, id));
        }
    }

    /// Lets `who` wait for the identity's line up to `through`.
    pub(super) fn wait(&mut self, id: ReferentialId, through: OperationId, who: OperationId) {
        if let Some(identity) = self.map.get_mut(&id) {
            identity.waiters.insert((through, who));
        }
    }

    /// Takes a wait back.
    pub(super) fn unwait(&mut self, id: ReferentialId, through: OperationId, who: OperationId) {
        if let Some(identity) = self.map.get_mut(&id) {
            identity.waiters.remove(&(through, who));
        }
    }

    /// Whether an operation of that identity settled at or after `tick`.
    pub(super) fn settled_since(&self, id: ReferentialId, tick: u64) -> bool {
        self.map.get(&id).and_then(|identity| identity.settled).is_some_and(|settled| settled >= tick)
    }

    /// Forgets what settled before `tick`.
    pub(super) fn forget_before(&mut self, tick: u64) {
        while let Some(&(at, id)) = self.log.front()
            && at < tick
        {
            self.log.pop_front();
            let Some(identity) = self.map.get_mut(&id) else { continue };
            // Otherwise it has settled again since, and a later entry of the log forgets it.
            if identity.settled == Some(at) {
                identity.settled = None;
                if identity.holder.is_none() {
                    self.map.remove(&id);
                }
            }
        }
    }

    /// Whether nothing is in flight and nothing remembered.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty() && self.log.is_empty()
    }

    /// Whether `who` waits for the identity up to `through`.
    #[cfg(test)]
    pub(super) fn has_waiter(&self, id: ReferentialId, through: OperationId, who: OperationId) -> bool {
        self.map.get(&id).is_some_and(|identity| identity.waiters.contains(&(through, who)))
    }

    /// How many waits there are.
    #[cfg(test)]
    pub(super) fn waiters(&self) -> usize {
        self.map.values().map(|identity| identity.waiters.len()).sum()
    }
}

impl Identity {
    /// Takes `who` out of the line; the operation that came to its head.
    fn remove(&mut self, who: OperationId) -> Option<OperationId> {
        if self.holder == Some(who) {
            self.holder = self.in_line.pop_front();
            return self.holder;
        }
        // The line is in order of acceptance; it is as long as `identity_line_max` at most.
        if let Ok(at) = self.in_line.binary_search(&who) {
            self.in_line.remove(at);
        }
        None
    }

    fn release(&mut self, id: ReferentialId, stored: bool, released: &mut Vec<(ReferentialId, OperationId)>) {
        // A line is in order of acceptance: with a holder behind `through`, all up to there have settled.
        while let Some(&(through, who)) = self.waiters.first()
            && (stored || self.holder.is_none_or(|holder| holder > through))
        {
            self.waiters.pop_first();
            released.push((id, who));
        }
    }
}
