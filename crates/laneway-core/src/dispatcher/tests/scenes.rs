//! Scenes made by hand: one rule each.

use std::time::Duration;

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::stage::Stage;
use crate::dispatcher::{Event, FlushId};
use crate::model::documents::{BASE, Document};
use crate::{FlushReason, Mode};

const MS: Duration = Duration::from_millis(1);

/// Sixteen lanes, so that a partition is a lane, and as many flushes.
fn wide() -> Limits {
    Limits { lanes: 16, flushes_concurrent_max: 16, ..Limits::default() }
}

fn stage() -> Stage {
    Stage::new(&wide())
}

fn all(stage: &Stage, kind: OutcomeKind) -> bool {
    stage.documents.keys().all(|id| stage.outcome(*id) == Some(kind))
}

/// The operations of the flushes that run, flush by flush.
fn running(stage: &Stage) -> Vec<Vec<u64>> {
    stage.flushes().into_iter().map(|(_, ids)| ids).collect()
}

fn flush_of(stage: &Stage, id: OperationId) -> FlushId {
    stage.flushes().into_iter().find(|(_, ids)| ids.contains(&id.0)).expect("it is being written").0
}

#[test]
fn an_idle_lane_flushes_at_once_and_a_busy_one_collects() {
    let mut stage = Stage::new(&Limits { lanes: 1, batch_items_max: 3, ..Limits::default() });
    stage.submit(&Document::gamma(1));
    stage.advance();
    for key in 2..7 {
        stage.submit(&Document::gamma(key));
    }
    stage.advance();
    let (first, ids) = stage.only_flush();
    assert_eq!((ids, stage.running[&first].batch.reason), (vec![1], FlushReason::Idle));
    stage.complete(first);
    let (second, ids) = stage.only_flush();
    assert_eq!((ids, stage.running[&second].batch.reason), (vec![2, 3, 4], FlushReason::Items));
    stage.complete(second);
    assert_eq!(running(&stage), [[5, 6]]);
}

#[test]
fn a_batch_ends_before_its_bytes_do_and_a_large_document_goes_alone() {
    let mut stage = Stage::new(&Limits { lanes: 1, batch_bytes_max: 10, ..Limits::default() });
    stage.submit(&Document::gamma(1));
    stage.advance();
    for (key, bytes) in [(2, 6), (3, 4), (4, 1), (5, 50), (6, 1)] {
        stage.submit(&Document { bytes, ..Document::gamma(key) });
    }
    let mut batches = Vec::new();
    while let Some(ids) = running(&stage).pop() {
        let (flush, _) = stage.only_flush();
        batches.push(ids);
        stage.complete(flush);
    }
    assert_eq!(batches, [vec![1], vec![2, 3], vec![4], vec![5], vec![6]]);
}

#[test]
fn a_lane_lingers_for_company_but_not_for_a_checkpoint_or_a_drain() {
    let limits = Limits { lanes: 1, linger: 5 * MS, ..Limits::default() };
    let begin = || {
        let mut stage = Stage::new(&limits);
        stage.submit(&Document::gamma(1));
        stage.advance();
        assert!(stage.running.is_empty());
        assert_eq!(stage.dispatcher.next_wake(), Some(5 * MS));
        stage
    };
    let reason = |mut stage: Stage| {
        stage.advance();
        stage.running[&stage.only_flush().0].batch.reason
    };
    let mut late = begin();
    late.now = 5 * MS;
    assert_eq!(reason(late), FlushReason::Linger);
    let mut checkpoint = begin();
    checkpoint.event(Event::Checkpoint { key: 1 });
    assert_eq!(reason(checkpoint), FlushReason::Checkpoint);
    let mut drain = begin();
    drain.event(Event::Drain);
    assert_eq!(reason(drain), FlushReason::Drain);
}

#[test]
fn a_checkpoint_is_reached_when_what_came_before_it_has_settled() {
    let mut stage = stage();
    let before = stage.submit(&Document::gamma(1).in_partition(1));
    stage.advance();
    stage.event(Event::Checkpoint { key: 7 });
    let after = stage.submit(&Document::gamma(2).in_partition(2));
    stage.advance();
    stage.complete(flush_of(&stage, after));
    assert!(stage.checkpoints.is_empty());
    stage.complete(flush_of(&stage, before));
    assert_eq!(stage.checkpoints, [7]);
}

#[test]
fn flushes_are_capped_and_lanes_take_turns() {
    let mut stage = Stage::new(&Limits { flushes_concurrent_max: 1, batch_items_max: 1, ..wide() });
    for round in 0..2 {
        for lane in 0..3 {
            stage.submit(&Document::gamma(10 * round + u32::from(lane)).in_partition(lane));
        }
    }
    stage.advance();
    let mut order = Vec::new();
    while let Some(ids) = running(&stage).pop() {
        let (flush, _) = stage.only_flush();
        order.extend(ids);
        stage.complete(flush);
    }
    assert_eq!(order, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_second_operation_on_an_identity_waits_outside_the_lanes() {
    let mut stage = stage();
    let first = stage.submit(&Document::alpha(1).in_partition(1));
    let second = stage.submit(&Document::alpha(1).in_partition(2));
    let alias = stage.submit(&Document::beta(1).in_partition(2));
    let other = stage.submit(&Document::gamma(1).in_partition(2));
    stage.advance();
    assert_eq!(running(&stage), [[first.0], [other.0]]);
    stage.complete(flush_of(&stage, other));
    assert_eq!(running(&stage), [[first.0]]);
    stage.settle();
    let outcomes = [first, second, alias].map(|id| stage.outcome(id));
    let expected = [OutcomeKind::Inserted, OutcomeKind::Updated, OutcomeKind::IdentityConflict];
    assert_eq!(outcomes, expected.map(Some));
}

#[test]
fn a_full_line_turns_away_who_comes_next() {
    let mut stage = Stage::new(&Limits { identity_line_max: 2, ..wide() });
    let ids: Vec<OperationId> = (0..4).map(|_| stage.submit(&Document::alpha(1))).collect();
    assert_eq!(stage.outcome(ids[3]), Some(OutcomeKind::QueueFull));
    // A line of the alias is one too.
    let beta = stage.submit(&Document::beta(1));
    assert_eq!(stage.outcome(beta), Some(OutcomeKind::QueueFull));
    stage.settle();
    assert_eq!(stage.outcome(ids[2]), Some(OutcomeKind::Updated));
}

#[test]
fn order_within_an_identity_is_order_of_acceptance_whatever_is_extracted_first() {
    let mut stage = stage();
    let first = stage.accept(&Document::alpha(1), None);
    let second = stage.accept(&Document::beta(1), None);
    let other = stage.accept(&Document::gamma(1), None);
    stage.extract(second);
    stage.extract(other);
    stage.advance();
    assert_eq!(running(&stage), [[other.0]], "the kind of Base waits for the one before it, Gamma does not");
    stage.extract(first);
    stage.settle();
    assert_eq!(stage.outcome(first), Some(OutcomeKind::Inserted));
    assert_eq!(stage.outcome(second), Some(OutcomeKind::IdentityConflict));
}

#[test]
fn what_cannot_be_extracted_holds_up_nobody() {
    let mut stage = stage();
    let first = stage.accept(&Document::alpha(1), None);
    let second = stage.submit(&Document::alpha(2));
    let outcome = laneway_model::Outcome::PluginFailed { message: "trap".into() };
    stage.event(Event::Unextractable { id: first, outcome });
    stage.settle();
    assert_eq!(stage.outcome(first), Some(OutcomeKind::PluginFailed));
    assert_eq!(stage.outcome(second), Some(OutcomeKind::Inserted));
}

#[test]
fn what_refers_to_an_earlier_one_goes_into_its_lane() {
    let mut stage = stage();
    stage.submit(&Document::alpha(1).in_partition(1));
    stage.submit(&Document::gamma(2).in_partition(2).refers_to(BASE, 1));
    stage.submit(&Document::gamma(3).in_partition(3).refers_to("Gamma", 2));
    stage.advance();
    assert_eq!(running(&stage), [[1, 2, 3]], "one batch");
    // Also behind a flush that runs.
    stage.submit(&Document::gamma(4).in_partition(4).refers_to("Gamma", 3));
    stage.advance();
    assert_eq!(running(&stage), [[1, 2, 3]]);
    stage.settle();
    assert!(all(&stage, OutcomeKind::Inserted));
    assert_eq!(stage.dispatcher.counters().parked_missing, 0);
}

#[test]
fn what_refers_to_several_lanes_waits_for_all_but_one() {
    let mut stage = stage();
    let one = stage.submit(&Document::alpha(1).in_partition(1));
    let two = stage.submit(&Document::alpha(2).in_partition(2));
    stage.advance();
    let both = stage.submit(&Document::gamma(3).refers_to(BASE, 1).refers_to(BASE, 2));
    stage.advance();
    assert_eq!(running(&stage), [[one.0], [two.0]]);
    stage.complete(flush_of(&stage, one));
    assert_eq!(running(&stage), [[two.0]], "now it stands behind the other");
    stage.complete(flush_of(&stage, two));
    assert_eq!(running(&stage), [[both.0]]);
    stage.settle();
    assert!(all(&stage, OutcomeKind::Inserted));
}

#[test]
fn what_may_refer_to_an_earlier_one_waits_until_that_is_extracted() {
    let mut stage = stage();
    let first = stage.accept(&Document::alpha(1).in_partition(1), None);
    let refers = stage.submit(&Document::gamma(2).in_partition(2).refers_to(BASE, 1));
    let other = stage.submit(&Document::gamma(3).in_partition(3).refers_to("Beta", 1));
    let later = stage.accept(&Document::beta(4), None);
    stage.advance();
    assert_eq!(running(&stage), [[other.0]], "an Alpha may be a Base, but no Beta");
    stage.extract(first);
    stage.advance();
    assert_eq!(running(&stage)[1], [first.0, refers.0], "one batch");
    stage.extract(later);
    stage.settle();
}

/// The first of a chain is parked, and with it, outside the lanes, all the others. They do not return one by one, each
/// after a flush: as the first enters a lane, the rest follow into it.
#[test]
fn a_chain_that_was_parked_is_written_together() {
    let mut stage = stage();
    let first = stage.submit(&Document::gamma(0).in_partition(1).refers_to(BASE, 9));
    stage.advance();
    let late = stage.submit(&Document::alpha(9).in_partition(2));
    stage.complete(FlushId(1));
    assert_eq!(running(&stage), [[late.0]]);
    let mut chain = vec![first.0];
    for key in 1..8 {
        let document = Document::gamma(u32::from(key)).in_partition(key + 2);
        chain.push(stage.submit(&document.refers_to("Gamma", u32::from(key) - 1)).0);
    }
    stage.advance();
    assert_eq!(running(&stage), [[late.0]]);
    stage.complete(flush_of(&stage, late));
    assert_eq!(running(&stage), [chain]);
    stage.settle();
    assert!(all(&stage, OutcomeKind::Inserted));
}

#[test]
fn what_was_stored_lately_is_not_waited_for() {
    let mut stage = stage();
    stage.submit(&Document::alpha(1).in_partition(1));
    stage.settle();
    let update = stage.submit(&Document::alpha(1).in_partition(1));
    let other = stage.submit(&Document::gamma(2).in_partition(2).refers_to(BASE, 1));
    stage.advance();
    assert_eq!(running(&stage), [[update.0], [other.0]]);
}

#[test]
fn what_refers_to_a_later_one_is_tried_first_and_then_waits() {
    let mut stage = stage();
    stage.submit(&Document::gamma(1).in_partition(1).refers_to("Gamma", 2));
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.read(flush);
    let later = stage.submit(&Document::gamma(2).in_partition(2));
    stage.advance();
    stage.write(flush, |_| false);
    stage.report(flush, 1);
    stage.end(flush);
    stage.advance();
    assert_eq!(running(&stage), [[later.0]], "the first is parked and blocks no lane");
    stage.settle();
    assert!(all(&stage, OutcomeKind::Inserted));
}

#[test]
fn one_that_settled_since_the_read_counts_as_in_flight() {
    let mut stage = stage();
    let first = stage.submit(&Document::gamma(1).in_partition(1).refers_to("Gamma", 2));
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.read(flush);
    let later = stage.submit(&Document::gamma(2).in_partition(2));
    stage.advance();
    stage.complete(flush_of(&stage, later));
    stage.write(flush, |_| false);
    stage.report(flush, 1);
    assert_eq!(stage.outcome(first), None, "it tries again");
    stage.end(flush);
    stage.settle();
    assert_eq!(stage.outcome(first), Some(OutcomeKind::Inserted));
}

#[test]
fn one_that_settled_before_the_read_does_not() {
    let mut stage = stage();
    let refused = stage.submit(&Document::gamma(2).refers_to("Gamma", 9));
    stage.settle();
    let first = stage.submit(&Document::gamma(1).refers_to("Gamma", 2));
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.complete(flush);
    assert_eq!([refused, first].map(|id| stage.outcome(id)), [Some(OutcomeKind::InvalidReferences); 2]);
    assert_eq!(stage.dispatcher.counters().parked_missing, 0);
}

#[test]
fn a_refusal_waits_for_what_is_not_extracted_of_that_name() {
    let mut stage = stage();
    let first = stage.submit(&Document::gamma(1).in_partition(1).refers_to(BASE, 2));
    stage.advance();
    let unrelated = stage.accept(&Document::gamma(5).in_partition(3), None);
    let other = stage.accept(&Document::alpha(9).in_partition(2), None);
    stage.complete(FlushId(1));
    assert_eq!(stage.outcome(first), None, "an Alpha may be Base 2");
    let too_late = stage.accept(&Document::beta(8).in_partition(4), None);
    stage.extract(other);
    assert_eq!(stage.outcome(first), Some(OutcomeKind::InvalidReferences), "it was not; a Gamma cannot be");
    stage.extract(unrelated);
    stage.extract(too_late);
    stage.settle();
}

#[test]
fn what_turns_out_to_bring_the_reference_is_waited_for() {
    let mut stage = stage();
    let first = stage.submit(&Document::gamma(1).in_partition(1).refers_to(BASE, 2));
    stage.advance();
    let other = stage.accept(&Document::beta(2).in_partition(2), None);
    stage.complete(FlushId(1));
    stage.extract(other);
    stage.settle();
    assert_eq!(stage.outcome(first), Some(OutcomeKind::Inserted));
}

#[test]
fn the_first_that_stores_an_identity_ends_the_wait_for_it() {
    let mut stage = stage();
    let waits = stage.submit(&Document::gamma(2).in_partition(2).refers_to(BASE, 1));
    stage.advance();
    let line: Vec<OperationId> = (3..6).map(|lane| stage.submit(&Document::alpha(1).in_partition(lane))).collect();
    stage.complete(FlushId(1));
    assert_eq!(running(&stage), [[line[0].0]]);
    stage.complete(flush_of(&stage, line[0]));
    assert_eq!(running(&stage), [[waits.0], [line[1].0]], "the line behind the first does not matter to it");
    stage.settle();
    assert_eq!(stage.outcome(waits), Some(OutcomeKind::Inserted));
}

#[test]
fn if_the_first_of_a_line_fails_the_next_is_waited_for() {
    let mut stage = stage();
    let waits = stage.submit(&Document::gamma(2).in_partition(2).refers_to("Gamma", 1));
    stage.advance();
    let first = stage.submit(&Document::gamma(1).in_partition(1));
    let second = stage.submit(&Document::gamma(1).in_partition(1));
    stage.complete(FlushId(1));
    let flush = flush_of(&stage, first);
    stage.read(flush);
    stage.write(flush, |_| true);
    stage.report(flush, 1);
    stage.end(flush);
    stage.advance();
    assert_eq!(running(&stage), [[second.0]]);
    stage.settle();
    let outcomes = [first, second, waits].map(|id| stage.outcome(id));
    assert_eq!(outcomes, [OutcomeKind::Failed, OutcomeKind::Inserted, OutcomeKind::Inserted].map(Some));
}

#[test]
fn its_own_identity_is_not_waited_for() {
    let mut stage = stage();
    // Beta 1 stands behind it in the line of Base 1, and a document does not help itself.
    let first = stage.submit(&Document::alpha(1).refers_to("Beta", 1).refers_to("Alpha", 1));
    let second = stage.submit(&Document::beta(1));
    stage.settle();
    assert_eq!(stage.outcome(first), Some(OutcomeKind::InvalidReferences));
    assert_eq!(stage.outcome(second), Some(OutcomeKind::Inserted));
    assert_eq!(stage.dispatcher.counters().parked_missing, 0);
}

#[test]
fn a_cycle_is_cut_as_one_beyond_the_size_of_a_batch() {
    for batching in [true, false] {
        let mut stage = Stage::new(&Limits { batch_items_max: 1, batching, ..wide() });
        for key in 0..5 {
            let document = Document::gamma(u32::from(key)).in_partition(key);
            stage.submit(&document.refers_to("Gamma", (u32::from(key) + 1) % 5));
        }
        stage.advance();
        let first = stage.flushes();
        first.into_iter().for_each(|(flush, _)| stage.complete(flush));
        stage.settle();
        assert!(all(&stage, OutcomeKind::Inserted));
        assert_eq!(stage.dispatcher.counters().cycles, 1);
    }
}

#[test]
fn a_cycle_waits_for_what_else_its_members_miss() {
    let mut stage = stage();
    let one = stage.submit(&Document::gamma(1).in_partition(1).refers_to("Gamma", 2));
    stage.advance();
    let two = stage.submit(&Document::gamma(2).in_partition(2).refers_to("Gamma", 1).refers_to(BASE, 3));
    let three = stage.submit(&Document::alpha(3).in_partition(3));
    stage.complete(FlushId(1));
    assert_eq!(stage.outcome(one), None);
    stage.settle();
    assert!([one, two, three].iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Inserted)));
    assert_eq!(stage.dispatcher.counters().cycles, 1);
}

#[test]
fn a_cycle_that_misses_something_in_vain_is_refused() {
    let mut stage = stage();
    stage.submit(&Document::gamma(1).in_partition(1).refers_to("Gamma", 2));
    stage.submit(&Document::gamma(2).in_partition(2).refers_to("Gamma", 1).refers_to("Gamma", 9));
    stage.settle();
    assert!(all(&stage, OutcomeKind::InvalidReferences));
    stage.dispatcher.check_empty();
}

/// A refers to B, B stands in line behind C, C refers to A: in no serial run that keeps B behind C is A there in time
/// for C. C is refused, B and A are stored.
#[test]
fn in_a_knot_with_a_line_the_head_of_the_line_gives_way() {
    let mut stage = stage();
    let c = stage.submit(&Document::alpha(1).in_partition(1).refers_to("Gamma", 7));
    stage.advance();
    let b = stage.submit(&Document::beta(1).in_partition(2));
    let a = stage.submit(&Document::gamma(7).in_partition(3).refers_to("Beta", 1));
    stage.settle();
    let outcomes = [a, b, c].map(|id| stage.outcome(id));
    let expected = [OutcomeKind::Inserted, OutcomeKind::Inserted, OutcomeKind::InvalidReferences];
    assert_eq!(outcomes, expected.map(Some));
    assert_eq!(stage.dispatcher.counters().gave_way, 1);
    stage.dispatcher.check_empty();
}

/// The same, but another client has stored meanwhile what C refers to.
#[test]
fn who_gives_way_is_written_if_its_reference_is_there() {
    let mut stage = stage();
    let c = stage.submit(&Document::alpha(1).in_partition(1).refers_to("Gamma", 7));
    stage.advance();
    let b = stage.submit(&Document::beta(1).in_partition(2));
    let a = stage.submit(&Document::gamma(7).in_partition(3).refers_to("Beta", 1));
    stage.complete(FlushId(1));
    stage.store.seed(&Document::gamma(7).operation());
    stage.settle();
    let outcomes = [a, b, c].map(|id| stage.outcome(id));
    let expected = [OutcomeKind::InvalidReferences, OutcomeKind::IdentityConflict, OutcomeKind::Inserted];
    assert_eq!(outcomes, expected.map(Some));
}

/// What was waited for is gone without a trace: the wait ends, and the truth is asked for once more.
#[test]
fn who_waits_for_a_cancelled_one_waits_no_longer() {
    let mut stage = stage();
    let waits = stage.submit(&Document::gamma(1).in_partition(1).refers_to("Gamma", 2));
    stage.advance();
    let busy = stage.submit(&Document::gamma(3).in_partition(2));
    stage.advance();
    let brings = stage.submit(&Document::gamma(2).in_partition(2));
    stage.complete(flush_of(&stage, waits));
    assert_eq!(running(&stage), [[busy.0]]);
    stage.event(Event::Cancel(brings));
    stage.advance();
    assert_eq!(running(&stage), [[busy.0], [waits.0]]);
    stage.settle();
    assert_eq!(stage.outcome(waits), Some(OutcomeKind::InvalidReferences));
}

#[test]
fn cancel_says_whether_it_came_in_time() {
    let mut stage = stage();
    let writing = stage.submit(&Document::alpha(1).in_partition(1));
    stage.advance();
    let standing = stage.submit(&Document::alpha(1).in_partition(1));
    let queued = stage.submit(&Document::gamma(2).in_partition(1).refers_to(BASE, 1));
    let extracting = stage.accept(&Document::gamma(3), None);
    for id in [writing, standing, queued, extracting, OperationId(99)] {
        stage.event(Event::Cancel(id));
    }
    assert_eq!(stage.cancels, [false, true, true, true, false]);
    stage.settle();
    assert_eq!(stage.outcome(writing), Some(OutcomeKind::Inserted));
    assert!([standing, queued, extracting].iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Cancelled)));
    stage.dispatcher.check_empty();
}

#[test]
fn deadlines_apply_everywhere_but_in_a_flush() {
    let mut stage = stage();
    let due = Some(5 * MS);
    let writing = stage.accept(&Document::alpha(1).in_partition(1), due);
    stage.extract(writing);
    let parked = stage.accept(&Document::gamma(4).in_partition(2).refers_to("Gamma", 5), due);
    stage.extract(parked);
    stage.advance();
    let blocker = stage.accept(&Document::gamma(5).in_partition(3), None);
    stage.complete(flush_of(&stage, parked));
    let standing = stage.accept(&Document::alpha(1), due);
    stage.extract(standing);
    let extracting = stage.accept(&Document::gamma(6), due);
    assert_eq!(stage.dispatcher.next_wake(), due);
    stage.now = 5 * MS;
    stage.advance();
    assert!([parked, standing, extracting].iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Deadline)));
    assert_eq!(stage.outcome(writing), None);
    stage.extract(blocker);
    stage.settle();
    assert_eq!(stage.outcome(writing), Some(OutcomeKind::Inserted));
    stage.dispatcher.check_empty();
}

#[test]
fn an_abort_closes_all_that_is_not_being_written() {
    let mut stage = stage();
    let writing = stage.submit(&Document::gamma(1).in_partition(1));
    let misses = stage.submit(&Document::gamma(2).in_partition(2).refers_to("Gamma", 3));
    stage.advance();
    let queued = stage.submit(&Document::gamma(3).in_partition(1));
    stage.referee.aborted();
    stage.event(Event::Abort);
    let late = stage.accept(&Document::gamma(4), None);
    stage.settle();
    assert_eq!(stage.outcome(writing), Some(OutcomeKind::Inserted));
    assert!([misses, queued, late].iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Closed)));
    assert!(stage.dispatcher.is_idle());
}

#[test]
fn what_a_flush_never_reports_fails_when_it_returns() {
    let mut stage = Stage::new(&Limits { lanes: 1, ..Limits::default() });
    let ids = [1, 2].map(|key| stage.submit(&Document::gamma(key)));
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.read(flush);
    stage.write(flush, |_| false);
    stage.report(flush, 1);
    stage.end(flush);
    assert_eq!(ids.map(|id| stage.outcome(id)), [Some(OutcomeKind::Inserted), Some(OutcomeKind::Failed)]);
}

#[test]
fn results_release_lines_and_waits_before_the_flush_returns() {
    let mut stage = Stage::new(&Limits { lanes: 2, ..Limits::default() });
    stage.submit(&Document::alpha(1).in_partition(0));
    stage.submit(&Document::gamma(1).in_partition(0));
    stage.advance();
    let next = stage.submit(&Document::alpha(1).in_partition(1));
    let (flush, _) = stage.only_flush();
    stage.read(flush);
    stage.write(flush, |_| false);
    stage.report(flush, 1);
    stage.advance();
    assert_eq!(running(&stage), [vec![1, 2], vec![next.0]]);
}

#[test]
fn without_batching_each_goes_alone_and_references_still_wait() {
    let limits = Limits { batching: false, single_concurrent_max: 2, lanes: 1, ..Limits::default() };
    let mut stage = Stage::new(&limits);
    stage.submit(&Document::gamma(1));
    stage.submit(&Document::gamma(2).refers_to("Gamma", 1));
    stage.submit(&Document::gamma(3));
    stage.submit(&Document::gamma(4));
    stage.advance();
    assert_eq!(running(&stage), [[1], [3]]);
    assert!(stage.running.values().all(|running| running.batch.mode == Mode::Single));
    stage.settle();
    assert!(all(&stage, OutcomeKind::Inserted));
    assert_eq!(stage.dispatcher.counters().parked_missing, 0);
}

#[test]
fn what_its_lane_keeps_longer_than_the_objective_goes_alone() {
    let limits = Limits { lanes: 1, latency_slo: Some(5 * MS), single_concurrent_max: 1, ..Limits::default() };
    let mut stage = Stage::new(&limits);
    stage.submit(&Document::gamma(1));
    stage.advance();
    stage.submit(&Document::gamma(2));
    stage.submit(&Document::gamma(3));
    stage.advance();
    assert_eq!(stage.dispatcher.next_wake(), Some(5 * MS));
    stage.now = 5 * MS;
    stage.advance();
    assert_eq!(running(&stage), [[1], [2]]);
    assert_eq!(stage.running[&FlushId(2)].batch.mode, Mode::Single);
    assert_eq!(stage.dispatcher.next_wake(), None, "as many as may go alone do");
}

#[test]
fn a_hot_identity_holds_up_nobody_else() {
    let mut stage = Stage::new(&Limits { lanes: 1, batch_items_max: 4, ..Limits::default() });
    for _ in 0..50 {
        stage.submit(&Document::alpha(1));
    }
    let others: Vec<OperationId> = (0..7).map(|key| stage.submit(&Document::gamma(key))).collect();
    stage.advance();
    (0..2).for_each(|_| stage.complete(stage.only_flush().0));
    assert!(others.iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Inserted)));
}
