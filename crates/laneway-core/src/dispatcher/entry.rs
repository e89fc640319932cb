//! One operation between acceptance and settlement, and the stage of its life that it is in.

use std::sync::Arc;
use std::time::Duration;

use laneway_model::{Extraction, Operation, OperationId, Outcome, ReferentialId};
use rustc_hash::FxHashMap;

use super::arrivals::NameId;
use super::event::{Action, FlushId, Moment};
use crate::FlushInfo;

/// Where an operation is in its life (drawn in the module's doc).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// A worker reads its document.
    Extracting,
    /// Read, but an earlier operation that may have its identity is not.
    Ordered,
    /// Is in line for an identity that is in flight, not at the head of `behind` of its lines.
    AwaitingIdentity { behind: u8 },
    /// Stands in a lane.
    Queued { lane: usize, since: Moment },
    /// Is being written; `lane` when the flush keeps its lane busy, `None` on the single path.
    Flushing { flush: FlushId, lane: Option<usize> },
    /// Was in a flush and needs a lock that another client holds: stands among those set aside, in this unit.
    Locked { unit: u64 },
    /// Waits outside the lanes for operations that it refers to, or for extractions (see [`Waits`]).
    AwaitingReferences,
    /// Missed references that nothing in flight brings, and looks again `at` then.
    Rechecking { at: Moment },
}

/// The identities that an operation occupies: its own and its superclass alias, distinct.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct OwnIds {
    own: ReferentialId,
    alias: Option<ReferentialId>,
}

impl OwnIds {
    pub(super) fn of(extraction: &Extraction) -> Self {
        let own = extraction.referential_id;
        // Distinct: an operation that stood twice in one line would wait for itself.
        Self { own, alias: extraction.superclass_referential_id.filter(|alias| *alias != own) }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = ReferentialId> {
        std::iter::once(self.own).chain(self.alias)
    }

    pub(super) fn contains(self, id: ReferentialId) -> bool {
        self.own == id || self.alias == Some(id)
    }

    /// Whether both occupy one identity, so that neither can help the other's references.
    pub(super) fn shares(self, other: Self) -> bool {
        self.contains(other.own) || other.alias.is_some_and(|alias| self.contains(alias))
    }
}

/// What a flush reported about an operation whose references it did not find.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    /// The identities that were not found.
    pub(super) ids: Vec<ReferentialId>,
    /// Identities of operations of the same flush that may have passed for present only because of those.
    pub(super) mates: Vec<ReferentialId>,
    /// The outcome if the operation is refused.
    pub(super) refusal: Outcome,
    /// The tick at which that flush started: before it read.
    pub(super) window: u64,
    /// Whether it has waited for the operations not extracted then.
    pub(super) watched: bool,
}

/// How long an operation looks again for references that were not found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recheck {
    /// When it looks for the last time.
    pub(super) until: Moment,
    /// From its last look to the next.
    pub(super) pause: Duration,
}

/// What an operation waits for and has waited for. Most operations never have one.
#[derive(Default, Debug)]
pub(super) struct Waits {
    /// The identities that it waits for now, sorted.
    pub(super) open: Vec<ReferentialId>,
    /// The names whose unextracted operations, accepted up to the one given, it waits for now.
    pub(super) extractions: Vec<(NameId, OperationId)>,
    /// The window that is kept open for those extractions: a settlement since then must not be forgotten.
    pub(super) window: Option<u64>,
    /// For each identity waited for, the last operation of its line that was waited for: none of those up to it
    /// is waited for again.
    pub(super) through: FxHashMap<ReferentialId, OperationId>,
    /// How many waits ended, or were begun for operations not waited for before.
    pub(super) news: u32,
    /// `news` when the dispatcher last ended a wait itself to resolve a deadlock; equal to it: another attempt would
    /// find what the last one found.
    pub(super) attempted: u32,
    /// The last flush's report; `None`: it waits before its first flush.
    pub(super) missed: Option<Missed>,
    /// Present once its refusal was put off.
    pub(super) recheck: Option<Recheck>,
}

impl Waits {
    /// Whether another attempt may find something else than the last one did.
    pub(super) fn has_progress(&self) -> bool {
        // One that has not been in a flush yet has had no answer that another attempt could repeat.
        self.missed.is_none() || self.news > self.attempted
    }
}

/// An operation that another client's lock keeps from being written.
#[derive(Clone, Debug)]
pub(super) struct Aside {
    /// When it was set aside first.
    pub(super) since: Moment,
    /// The outcome if it is given up.
    pub(super) refusal: Outcome,
}

/// An unsettled operation.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) stage: Stage,
    /// The names that its identities may go by.
    pub(super) names: [Option<NameId>; 2],
    /// The lane that it enters by itself: the one that its partition maps to, or that of its predecessor in line.
    pub(super) home: usize,
    /// The lane that it returns to: its home, or the one of what it refers to, behind which it is written.
    pub(super) lane: usize,
    pub(super) bytes: usize,
    pub(super) accepted_at: Moment,
    /// When its first flush started.
    pub(super) flushed_at: Option<Moment>,
    /// When it is to be given up next, if at all.
    pub(super) deadline: Option<Moment>,
    /// Its deadline passed in a flush.
    pub(super) is_overdue: bool,
    /// Its caller has an outcome already.
    pub(super) is_answered: bool,
    /// The checkpoint epoch that it was accepted in.
    pub(super) epoch: u64,
    /// Present from extraction on. Shared with the flush, which may return it to be written again.
    pub(super) operation: Option<Arc<Operation>>,
    /// Boxed: most operations never wait, and each entry would carry its size.
    pub(super) waits: Option<Box<Waits>>,
    /// Present once it was set aside. Boxed as `waits` is.
    pub(super) aside: Option<Box<Aside>>,
    /// How it was written last.
    pub(super) info: FlushInfo,
}

impl Entry {
    /// The identities that it occupies; `None` before extraction.
    pub(super) fn own_ids(&self) -> Option<OwnIds> {
        self.operation.as_ref().map(|operation| OwnIds::of(&operation.extraction))
    }

    /// What hands its outcome to its caller.
    pub(super) fn completion(&self, id: OperationId, outcome: Outcome, now: Moment) -> Action {
        let queued_until = self.flushed_at.unwrap_or(now);
        Action::Complete {
            id,
            outcome,
            info: self.info,
            queued: queued_until.saturating_sub(self.accepted_at),
            elapsed: now.saturating_sub(self.accepted_at),
        }
    }

    pub(super) fn is_queued_in(&self, lane: usize) -> bool {
        matches!(self.stage, Stage::Queued { lane: at, .. } if at == lane)
    }

    /// Whether it stands in the lines of its identities.
    pub(super) fn is_in_line(&self) -> bool {
        !matches!(self.stage, Stage::Extracting | Stage::Ordered)
    }

    /// The last operation of that identity's line that it has waited for.
    pub(super) fn waited_through(&self, of: ReferentialId) -> Option<OperationId> {
        self.waits.as_ref()?.through.get(&of).copied()
    }
}
