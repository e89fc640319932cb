//! What a lock that another client holds does to a flush: those of its operations that need it are reported as locked, the
//! rest goes on. Knows no lanes, and not what is locked.

use std::collections::VecDeque;

use laneway_model::Outcome;
use tokio::time::Instant;

use super::Run;
use super::segment::Segment;
use crate::flush::Settlement;
use crate::plan_resolve::plan_resolve;
use crate::store::{Session, Store, StoreError};

impl<S: Store> Run<'_, S> {
    /// Before a batch of operations that were locked is written: leaves those out that still are, for which it would
    /// otherwise wait. One alone waits for its lock in the server's queue, so that clients that take turns do not keep it
    /// out for ever.
    pub(super) async fn ask_first(&mut self, segments: VecDeque<Segment>) -> VecDeque<Segment> {
        if segments.len() == 1 && segments[0].is_unit() {
            return segments;
        }
        let held = self.held(&segments).await;
        self.leave_out(segments, held, None)
    }

    /// A lock was waited for in vain: what needs one that is held is left out, here and in the segments behind, which would
    /// wait for it too.
    pub(super) async fn set_aside(&mut self, mut segment: Segment, error: &StoreError, queue: &mut VecDeque<Segment>) {
        if segment.is_unit() {
            self.report_locked(segment, Some(error));
            if !queue.is_empty() {
                let held = self.held(queue).await;
                *queue = self.leave_out(std::mem::take(queue), held, Some(error));
            }
            return;
        }
        let units = segment.unit_members().count();
        let locked = segment.tries.locked + 1;
        segment.tries.locked = 0;
        queue.push_front(segment);
        let held = self.held(queue).await;
        let is_found = held.iter().take(units).any(|held| *held);
        *queue = self.leave_out(std::mem::take(queue), held, Some(error));
        if is_found {
            return;
        }
        // It was free by then, or is none that can be asked for, such as a key that is being inserted: once more, and then
        // in halves, until what needs it stands alone.
        let Some(mut segment) = queue.pop_front() else { return };
        segment.tries.locked = locked;
        if locked == 1 {
            return queue.push_front(segment);
        }
        // It is none: a unit was reported above.
        let halves = segment.halves().map_or_else(|unit| vec![unit], Vec::from);
        halves.into_iter().rev().for_each(|half| queue.push_front(half));
    }

    /// For each unit of the segments, whether it needs a lock that is held now. Where asking fails none is known to: the
    /// next attempt fails in the same way, and is recovered from.
    async fn held(&mut self, segments: &VecDeque<Segment>) -> Vec<bool> {
        let Some(first) = segments.front() else { return Vec::new() };
        let Ok(mut session) = self.session(first, Instant::now()).await else { return Vec::new() };
        let units = segments.iter().flat_map(Segment::unit_members);
        let requests: Vec<_> = units.map(|members| plan_resolve(members, false)).collect();
        let held = session.held(&requests).await;
        self.stats.round_trips += session.round_trips();
        held.unwrap_or_default()
    }

    /// Reports the units that are held, and returns the segments without them.
    fn leave_out(
        &mut self,
        segments: VecDeque<Segment>,
        held: Vec<bool>,
        error: Option<&StoreError>,
    ) -> VecDeque<Segment> {
        let mut held = held.into_iter();
        let mut rest = VecDeque::with_capacity(segments.len());
        for segment in segments {
            let of_units: Vec<bool> = held.by_ref().take(segment.unit_members().count()).collect();
            rest.extend(self.report_held(segment, &of_units, error));
        }
        rest
    }

    /// Reports the units that are held, and returns the rest, if any.
    fn report_held(&mut self, segment: Segment, held: &[bool], error: Option<&StoreError>) -> Option<Segment> {
        let mut is_held = segment.of_members(held).into_iter();
        let (locked, rest) = segment.partition(|_| is_held.next().unwrap_or_default());
        if let Some(locked) = locked {
            self.report_locked(locked, error);
        }
        rest
    }

    fn report_locked(&mut self, segment: Segment, error: Option<&StoreError>) {
        let refusal = Outcome::WriteConflict { sqlstate: error.and_then(StoreError::sqlstate) };
        let (in_line, segment) = segment.partition(|member| member.accepted.in_line);
        if let Some(in_line) = in_line {
            self.settle_all(in_line, &Settlement::InLine);
        }
        for unit in segment.into_iter().flat_map(Segment::into_units) {
            self.settle_all(unit, &Settlement::Locked { refusal: refusal.clone() });
        }
    }
}
