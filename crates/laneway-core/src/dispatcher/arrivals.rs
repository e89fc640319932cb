//! The order of acceptance while documents are read: an operation not yet extracted counts as any identity of its
//! resource and of its superclass. Knows names and ids, no documents.

use std::collections::{BTreeSet, VecDeque};

use laneway_model::{OperationId, Resource, ResourceName};
use rustc_hash::FxHashMap;

/// A resource name, numbered in order of appearance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct NameId(u32);

impl NameId {
    /// The name of that number.
    #[cfg(test)]
    pub(super) const fn of(number: u32) -> Self {
        Self(number)
    }

    /// Its number, from 0 without gaps.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Operations that have not joined their lines yet, under the names that their identities may go by.
///
/// An operation joins when it is extracted and first under all its names. Two operations that may have an identity in
/// common have a name in common, so they join in order of acceptance.
#[derive(Default, Debug)]
pub(super) struct Arrivals {
    names: FxHashMap<ResourceName, NameId>,
    queues: Vec<Queue>,
}

#[derive(Default, Debug)]
struct Queue {
    /// In order of acceptance; the first is never gone.
    slots: VecDeque<Slot>,
    /// (up to, watcher): the operations that wait until the slots up to another are gone.
    watchers: BTreeSet<(OperationId, OperationId)>,
}

#[derive(Debug)]
struct Slot {
    id: OperationId,
    // Not removed at once: operations leave in any order, and each removal from the middle would move those behind it.
    gone: bool,
}

/// What the departure of an operation set free.
#[derive(Default, Debug)]
pub(super) struct Departure {
    /// The operations that are first under a name now.
    pub(super) firsts: [Option<OperationId>; 2],
    /// (name, up to, who): watches that are over.
    pub(super) watches_over: Vec<(NameId, OperationId, OperationId)>,
}

impl Arrivals {
    /// The names under which identities of `resource` go.
    pub(super) fn names_of(&mut self, resource: &Resource) -> [Option<NameId>; 2] {
        let own = self.intern(&resource.name);
        let superclass = resource.superclass.as_ref().map(|superclass| self.intern(&superclass.name));
        // Under one name twice it would be behind itself for ever.
        [Some(own), superclass.filter(|name| *name != own)]
    }

    fn intern(&mut self, name: &ResourceName) -> NameId {
        // Looked up by reference first: nearly every name is known, and `entry` would clone it each time.
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let id = NameId(u32::try_from(self.queues.len()).expect("fewer than 2^32 resource names"));
        self.names.insert(name.clone(), id);
        self.queues.push(Queue::default());
        id
    }

    /// The name's number, if an operation of that name was ever accepted. Asking
    /// numbers none: names stay for ever, and without an operation there is nothing to wait for.
    pub(super) fn known(&self, name: &ResourceName) -> Option<NameId> {
        self.names.get(name).copied()
    }

    /// Adds the operation accepted last.
    pub(super) fn arrive(&mut self, id: OperationId, names: [Option<NameId>; 2]) {
        for name in names.into_iter().flatten() {
            self.queue(name).slots.push_back(Slot { id, gone: false });
        }
    }

    /// Whether no earlier operation may have an identity in common with this one.
    pub(super) fn is_first(&self, id: OperationId, names: [Option<NameId>; 2]) -> bool {
        names.into_iter().flatten().all(|name| self.first(name) == Some(id))
    }

    fn first(&self, name: NameId) -> Option<OperationId> {
        self.queues[name.0 as usize].slots.front().map(|slot| slot.id)
    }

    /// The last operation accepted under the name, before the one given if there is one, that has not joined its lines.
    pub(super) fn last(&self, name: NameId, before: Option<OperationId>) -> Option<OperationId> {
        let slots = &self.queues[name.0 as usize].slots;
        let end = before.map_or(slots.len(), |before| slots.partition_point(|slot| slot.id < before));
        slots.range(..end).rev().find(|slot| !slot.gone).map(|slot| slot.id)
    }

    /// Takes an operation out: it joins its lines, or has settled.
    pub(super) fn depart(&mut self, id: OperationId, names: [Option<NameId>; 2]) -> Departure {
        let mut departure = Departure::default();
        for (name, first) in names.into_iter().zip(&mut departure.firsts) {
            let Some(name) = name else { continue };
            let queue = self.queue(name);
            if !queue.remove(id) {
                // Whoever stands before it holds up the rest as before: none is first anew, and no watch is over.
                continue;
            }
            *first = queue.slots.front().map(|slot| slot.id);
            // The first is the oldest that is left: once it is behind `up_to`, all up to there are gone.
            while let Some(&(up_to, who)) = queue.watchers.first()
                && first.is_none_or(|first| first > up_to)
            {
                queue.watchers.pop_first();
                departure.watches_over.push((name, up_to, who));
            }
        }
        departure
    }

    /// Lets `who` know when the operations under the name, up to `up_to`, are gone.
    pub(super) fn watch(&mut self, name: NameId, up_to: OperationId, who: OperationId) {
        self.queue(name).watchers.insert((up_to, who));
    }

    /// Takes a watch back.
    pub(super) fn unwatch(&mut self, name: NameId, up_to: OperationId, who: OperationId) {
        self.queue(name).watchers.remove(&(up_to, who));
    }

    /// Whether all operations have joined, and none watches.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.queues.iter().all(|queue| queue.slots.is_empty() && queue.watchers.is_empty())
    }

    fn queue(&mut self, name: NameId) -> &mut Queue {
        &mut self.queues[name.0 as usize]
    }
}

impl Queue {
    /// Whether the first slot changed.
    fn remove(&mut self, id: OperationId) -> bool {
        let Ok(at) = self.slots.binary_search_by_key(&id, |slot| slot.id) else { return false };
        self.slots[at].gone = true;
        while self.slots.front().is_some_and(|slot| slot.gone) {
            self.slots.pop_front();
        }
        at == 0
    }
}
