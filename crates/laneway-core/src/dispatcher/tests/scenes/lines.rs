//! Order within an identity.

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::{flush_of, running, stage, wide};
use crate::dispatcher::Event;
use crate::dispatcher::tests::stage::Stage;
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
