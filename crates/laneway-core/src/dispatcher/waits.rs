//! Waits outside the lanes: how one begins, and how it ends. Whether there is one is decided in `references`.

use laneway_model::{OperationId, ReferentialId};

use super::arrivals::NameId;
use super::entry::Stage;
use super::{Deferred, Dispatcher};

impl Dispatcher {
    /// Lets an operation wait until each of the identities is stored, or its line settled up to the operation given.
    /// `fresh`: among those are some that it has not waited for before.
    pub(super) fn await_references(&mut self, id: OperationId, waits: &[(ReferentialId, OperationId)], fresh: bool) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        entry.stage = Stage::AwaitingReferences;
        let record = entry.waits.get_or_insert_default();
        record.news += u32::from(fresh);
        record.open = waits.iter().map(|(of, _)| *of).collect();
        record.open.sort_unstable();
        record.through.extend(waits.iter().copied());
        for (of, through) in waits {
            self.identities.wait(*of, *through, id);
        }
        // It may be refused without another flush (`deadlock`): what settles until then counts, and is remembered only
        // while a window is open.
        if let Some(missed) = record.missed.as_ref().filter(|_| !record.has_progress()) {
            record.window = Some(missed.window);
            self.flushes.open_window(missed.window);
        }
        // Each new edge may close a cycle. Nothing is looked at before all edges of this event are there.
        self.deferred.push_back(Deferred::DeadlockCandidate(id));
    }

    /// Lets an operation wait, or wait on, until what was accepted up to now under the names is extracted. Settlements
    /// since its read stay in memory so long.
    pub(super) fn watch(&mut self, id: OperationId, watches: Vec<(NameId, OperationId)>) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        entry.stage = Stage::AwaitingReferences;
        let record = entry.waits.get_or_insert_default();
        if let Some(missed) = &mut record.missed {
            missed.watched = true;
            if record.window.replace(missed.window).is_none() {
                self.flushes.open_window(missed.window);
            }
        }
        for (name, up_to) in &watches {
            self.arrivals.watch(*name, *up_to, id);
        }
        record.extractions = watches;
    }

    /// Ends all waits of an operation that settles, or goes on.
    pub(super) fn end_waits(&mut self, id: OperationId) {
        let Some(record) = self.operations.get_mut(&id).and_then(|entry| entry.waits.as_mut()) else { return };
        for of in record.open.drain(..) {
            // `through` keeps its entry: what has been waited for once is not waited for again.
            if let Some(through) = record.through.get(&of) {
                self.identities.unwait(of, *through, id);
            }
        }
        for (name, up_to) in record.extractions.drain(..) {
            self.arrivals.unwatch(name, up_to, id);
        }
        if let Some(window) = record.window.take() {
            self.flushes.close_window(window);
        }
    }

    /// One wait is over. `stored`: the identity is there now, by that operation; those of the line behind it were
    /// not waited for.
    pub(super) fn end_wait(&mut self, id: OperationId, of: ReferentialId, stored: Option<OperationId>) {
        // A step that was queued before: the operation may have settled, or gone on, by another step since.
        let Some(entry) = self.operations.get_mut(&id) else { return };
        let Some(record) = &mut entry.waits else { return };
        let Ok(at) = record.open.binary_search(&of) else { return };
        record.open.remove(at);
        record.news += 1;
        if let Some(by) = stored {
            record.through.insert(of, by);
        }
        if record.open.is_empty() {
            self.go_on(id);
        } else {
            // The line may have a new head by now, which waits for this operation.
            self.deferred.push_back(Deferred::DeadlockCandidate(id));
        }
    }

    /// Sends an operation that waits for nothing any more on its way: in front of its lane if it has been in a flush.
    pub(super) fn go_on(&mut self, id: OperationId) {
        self.end_waits(id);
        let Some(entry) = self.operations.get(&id) else { return };
        if entry.waits.as_ref().is_some_and(|record| record.missed.is_some()) {
            self.return_to_lane(id);
        } else {
            self.enter(id);
        }
    }

    /// One watch on extractions is over.
    pub(super) fn end_watch(&mut self, id: OperationId, name: NameId, up_to: OperationId) {
        let Some(entry) = self.operations.get_mut(&id) else { return };
        let Some(record) = &mut entry.waits else { return };
        record.extractions.retain(|watch| *watch != (name, up_to));
        if record.extractions.is_empty() {
            // Not at once: what was extracted just now still has to join its lines, where it is looked for.
            self.deferred.push_back(Deferred::Judge(id));
        }
    }
}
