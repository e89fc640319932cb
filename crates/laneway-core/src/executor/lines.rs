//! What a flush must not write before something else of the same identity is settled: operations that stand in line behind
//! another of the batch are written in that one's transaction, or not by this flush. So none overtakes, and no flush takes
//! longer for them. Knows no lanes.

use laneway_model::ReferentialId;
use rustc_hash::FxHashSet;

use super::segment::Segment;
use crate::flush::Accepted;
use crate::planned_operation::PlannedOperation;

/// The lines that a batch carries more than the head of.
#[derive(Debug)]
pub(super) struct Lines {
    is_empty: bool,
    /// The identities of operations that were reported.
    reported: FxHashSet<ReferentialId>,
}

impl Lines {
    pub(super) fn of(operations: &[Accepted]) -> Self {
        let is_empty = !operations.iter().any(|accepted| accepted.in_line);
        Self { is_empty, reported: FxHashSet::default() }
    }

    /// Takes note that operations are reported, whatever as.
    pub(super) fn reported(&mut self, members: &[PlannedOperation]) {
        if !self.is_empty {
            self.reported.extend(members.iter().map(|member| member.operation().extraction.referential_id));
        }
    }

    /// The members of a segment that stay in line, as those before them were not in this transaction, and the others; each
    /// `None` where there are none.
    pub(super) fn split(&self, segment: Segment) -> (Option<Segment>, Option<Segment>) {
        if self.reported.is_empty() {
            return (None, Some(segment));
        }
        segment.partition(|member| {
            member.accepted.in_line && self.reported.contains(&member.operation().extraction.referential_id)
        })
    }
}
