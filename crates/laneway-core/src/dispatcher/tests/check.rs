//! Whether what the dispatcher keeps several times agrees.

use std::collections::BTreeSet;

use laneway_model::OperationId;

use crate::dispatcher::Dispatcher;
use crate::dispatcher::deadlock::find_deadlock;
use crate::dispatcher::entry::{Entry, Stage};

impl Dispatcher {
    /// Panics where it does not.
    pub(crate) fn check(&self) {
        assert!(self.todo.is_empty() && self.deferred.is_empty(), "an event leaves nothing undone");
        self.check_lanes();
        self.check_aside();
        self.check_rechecks();
        let mut waits = 0;
        for (id, entry) in &self.operations {
            self.check_line(*id, entry);
            waits += self.check_waits(*id, entry);
            let deadlock = find_deadlock(*id, |id, targets| self.waits_for(id, targets));
            assert!(deadlock.is_none(), "{id:?} is hindered by a deadlock: {deadlock:?}");
        }
        assert_eq!(self.identities.waiters(), waits, "each wait belongs to an operation that awaits references");
    }

    /// Panics when a lane that could flush would stand still without another event.
    pub(crate) fn check_wake(&self) {
        let slot = self.flushes.batched() < self.limits.flushes_concurrent_max && self.limits.batching;
        let stands = self.lanes.iter().any(|lane| lane.items() > 0 && lane.flush.is_none());
        assert!(!(slot && stands) || self.next_wake().is_some_and(|wake| wake > self.now), "a lane stands still");
    }

    /// Panics when something is left of settled operations.
    pub(crate) fn check_empty(&self) {
        assert!(self.is_idle());
        assert!(self.identities.is_empty(), "identities: {:?}", self.identities);
        assert!(self.arrivals.is_empty(), "arrivals: {:?}", self.arrivals);
        assert!(self.flushes.oldest_window().is_none(), "windows: {:?}", self.flushes);
        assert!(self.aside.is_empty(), "aside: {:?}", self.aside);
        assert!(self.deadlines.is_empty(), "deadlines: {:?}", self.deadlines);
        assert!(self.rechecks.is_empty(), "rechecks: {:?}", self.rechecks);
        assert!(!self.checkpoints.any_open(), "checkpoints: {:?}", self.checkpoints);
        assert!(self.lanes.iter().all(|lane| lane.items() == 0 && lane.bytes() == 0 && lane.named().count() == 0));
    }

    fn check_lanes(&self) {
        for (at, lane) in self.lanes.iter().enumerate() {
            let here = || self.operations.iter().filter(|(_, entry)| entry.is_queued_in(at));
            assert_eq!(lane.items(), here().count(), "lane {at}");
            assert_eq!(lane.bytes(), here().map(|(_, entry)| entry.bytes).sum::<usize>(), "lane {at}");
            let stands = |id: OperationId| self.operations.get(&id).is_some_and(|entry| entry.is_queued_in(at));
            assert!(lane.fronts().all(stands), "lane {at}");
            let named: Vec<OperationId> = lane.named().collect();
            assert!(here().all(|(id, _)| named.iter().filter(|other| *other == id).count() == 1), "lane {at}");
        }
    }

    fn check_aside(&self) {
        let here = |entry: &Entry| if let Stage::Locked { unit } = entry.stage { Some(unit) } else { None };
        let mut standing: Vec<_> = self.operations.iter().filter_map(|(id, entry)| Some((here(entry)?, *id))).collect();
        let mut named: Vec<_> = self.aside.members().collect();
        standing.sort_unstable();
        named.sort_unstable();
        assert_eq!(standing, named, "who stands aside");
        assert!(self.flushes.aside() <= 1, "one place for what stands aside");
        assert!(named.is_empty() || self.next_wake().is_some(), "what stands aside is forgotten");
    }

    fn check_rechecks(&self) {
        let at = |entry: &Entry| if let Stage::Rechecking { at } = entry.stage { Some(at) } else { None };
        let standing = self.operations.iter().filter_map(|(id, entry)| Some((at(entry)?, *id)));
        assert_eq!(standing.collect::<BTreeSet<_>>(), self.rechecks, "who looks again");
    }

    /// Who moves holds all its identities; who stands does not.
    fn check_line(&self, id: OperationId, entry: &Entry) {
        let Some(own) = entry.own_ids().filter(|_| entry.is_in_line()) else { return };
        let behind = own.iter().filter(|of| self.identities.holder(*of) != Some(id)).count();
        let expected = match entry.stage {
            Stage::AwaitingIdentity { behind } => usize::from(behind),
            // It is written with the head of its only line.
            Stage::Flushing { .. } if own.iter().count() == 1 => behind,
            _ => 0,
        };
        assert_eq!(behind, expected, "{id:?} {entry:?}");
        assert!(expected > 0 || !matches!(entry.stage, Stage::AwaitingIdentity { .. }), "{id:?} stands for nothing");
        assert!(own.iter().all(|of| self.identities.line(of).is_sorted()), "a line is in order of acceptance");
    }

    /// How many waits it has: some where it awaits references, otherwise none.
    fn check_waits(&self, id: OperationId, entry: &Entry) -> usize {
        let record = entry.waits.as_ref();
        let open = record.map_or(&[][..], |record| &record.open);
        let watches = record.map_or(0, |record| record.extractions.len());
        assert_eq!(entry.stage == Stage::AwaitingReferences, open.len() + watches > 0, "{id:?} {entry:?}");
        let keeps_window = record.is_some_and(|record| record.window.is_some());
        let may_be_refused =
            record.is_some_and(|record| entry.stage == Stage::AwaitingReferences && !record.has_progress());
        let may_be_judged = watches > 0 && record.is_some_and(|record| record.missed.is_some());
        assert!(keeps_window || !(may_be_judged || may_be_refused), "{id:?} {entry:?}");
        assert!(!keeps_window || entry.stage == Stage::AwaitingReferences, "{id:?} {entry:?}");
        for of in open {
            let through = entry.waited_through(*of).expect("a wait has an end");
            assert!(self.identities.has_waiter(*of, through, id), "{id:?} {entry:?}");
            assert!(self.identities.holder(*of).is_some_and(|head| head <= through), "{id:?} waits for no operation");
        }
        open.len()
    }
}
