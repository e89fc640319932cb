//! Order within an identity.

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::{flush_of, running, stage, wide};
use crate::dispatcher::tests::stage::Stage;
use crate::dispatcher::{Event, FlushId};
use crate::tests::documents::Document;

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
fn a_full_line_refuses_the_next_operation() {
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
fn an_unextractable_operation_holds_up_no_other() {
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
fn a_hot_identity_holds_up_no_other() {
    let mut stage = Stage::new(&Limits { lanes: 1, batch_items_max: 4, ..Limits::default() });
    for _ in 0..50 {
        stage.submit(&Document::alpha(1));
    }
    let others: Vec<OperationId> = (0..7).map(|key| stage.submit(&Document::gamma(key))).collect();
    stage.advance();
    (0..2).for_each(|_| stage.complete(stage.only_flush().0));
    assert!(others.iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Inserted)));
}

#[test]
fn a_line_goes_with_its_head_in_one_flush() {
    let mut stage = stage();
    let ids: Vec<OperationId> = (0..5).map(|_| stage.submit(&Document::gamma(1))).collect();
    stage.advance();
    let (flush, members) = stage.only_flush();
    assert_eq!(members, ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let in_line: Vec<bool> = stage.running[&flush].batch.operations.iter().map(|accepted| accepted.in_line).collect();
    assert_eq!(in_line, [false, true, true, true, true]);
    let late = stage.submit(&Document::gamma(1));
    stage.complete(flush);
    assert_eq!(stage.outcome(ids[0]), Some(OutcomeKind::Inserted));
    assert!(ids[1..].iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Updated)));
    assert_eq!(running(&stage), [[late.0]], "it came too late for the first, and is not lost");
    stage.settle();
}

#[test]
fn a_run_is_one_of_the_items_of_a_batch_and_fits_into_its_bytes() {
    let limits = Limits { lanes: 1, batch_items_max: 2, batch_bytes_max: 9, ..Limits::default() };
    let mut stage = Stage::new(&limits);
    // Two bytes each.
    let hot: Vec<OperationId> = (0..5).map(|_| stage.submit(&Document::gamma(1))).collect();
    let other = stage.submit(&Document::gamma(2));
    let last = stage.submit(&Document::gamma(3));
    stage.advance();
    let expected = [hot[0], hot[1], hot[2], other].map(|id| id.0);
    assert_eq!(running(&stage), [expected]);
    stage.complete(stage.only_flush().0);
    assert_eq!(running(&stage), [[hot[3], hot[4], last].map(|id| id.0)]);
    stage.settle();
}

#[test]
fn one_that_misses_references_keeps_its_place_in_line() {
    let mut stage = stage();
    let first = stage.submit(&Document::gamma(1));
    let missing = stage.submit(&Document::gamma(1).refers_to("Gamma", 9));
    let last = stage.submit(&Document::gamma(1));
    stage.advance();
    let (flush, members) = stage.only_flush();
    assert_eq!(members, [first.0, missing.0, last.0]);
    stage.read(flush);
    // What it refers to is accepted while it is written.
    let brings = stage.submit(&Document::gamma(9));
    stage.write(flush, |_| false);
    stage.report(flush, usize::MAX);
    assert_eq!(stage.outcome(first), Some(OutcomeKind::Inserted));
    assert_eq!((stage.outcome(missing), stage.outcome(last)), (None, None), "none has overtaken the other");
    stage.end(flush);
    stage.settle();
    let outcomes = [missing, last, brings].map(|id| stage.outcome(id));
    assert_eq!(outcomes, [OutcomeKind::Updated, OutcomeKind::Updated, OutcomeKind::Inserted].map(Some));
}

#[test]
fn one_that_waits_for_a_reference_in_flight_is_not_in_a_run() {
    let mut stage = stage();
    let brings = stage.submit(&Document::gamma(9).in_partition(3));
    stage.advance();
    let first = stage.submit(&Document::gamma(1).in_partition(4));
    let second = stage.submit(&Document::gamma(1).refers_to("Gamma", 9).in_partition(5));
    stage.advance();
    assert_eq!(running(&stage), [[brings.0], [first.0]]);
    stage.settle();
    assert_eq!(stage.outcome(second), Some(OutcomeKind::Updated));
}

#[test]
fn those_behind_a_locked_one_stay_in_line() {
    let mut stage = stage();
    let ids: Vec<OperationId> = (0..3).map(|_| stage.submit(&Document::gamma(1))).collect();
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.read(flush);
    stage.write_unlocked(flush, |_| true);
    stage.report(flush, usize::MAX);
    stage.end(flush);
    stage.advance();
    assert!(stage.running.is_empty(), "the first stands aside, the others behind it");
    stage.now = stage.dispatcher.next_wake().expect("it is tried again");
    stage.advance();
    assert_eq!(running(&stage), [[ids[0].0]]);
    stage.settle();
    assert_eq!(ids.iter().filter_map(|id| stage.outcome(*id)).count(), 3);
}

#[test]
fn what_a_flush_never_reports_of_a_run_ends_with_it() {
    let mut stage = stage();
    let ids: Vec<OperationId> = (0..3).map(|_| stage.submit(&Document::gamma(1))).collect();
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.end(flush);
    stage.advance();
    assert!(ids.iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Failed)));
    stage.dispatcher.check_empty();
}

#[test]
fn the_next_of_a_line_enters_the_lane_that_is_free_first() {
    let mut stage = Stage::new(&Limits { lanes: 2, ..Limits::default() });
    stage.submit(&Document::gamma(1).in_partition(0));
    let busy = stage.submit(&Document::gamma(2).in_partition(1));
    stage.advance();
    let next = stage.submit(&Document::gamma(1).in_partition(1));
    stage.complete(FlushId(1));
    assert_eq!(running(&stage), [[busy.0], [next.0]], "its own lane is busy, and the one before it has left the other");
    stage.settle();
}
