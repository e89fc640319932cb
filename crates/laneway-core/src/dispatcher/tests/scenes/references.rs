//! What refers to operations in flight.

use laneway_model::{OperationId, OutcomeKind};

use super::{all, flush_of, running, stage};
use crate::dispatcher::{Event, FlushId};
use crate::tests::documents::{BASE, Document};

#[test]
fn an_operation_that_refers_to_an_earlier_one_goes_into_its_lane() {
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
    assert_eq!(stage.dispatcher.counters().awaiting_references_late, 0);
}

#[test]
fn an_operation_that_refers_to_several_lanes_waits_for_all_but_one() {
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
fn an_operation_that_may_refer_to_an_earlier_one_waits_until_that_is_extracted() {
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

/// The first of a chain awaits its references, and with it, outside the lanes, all the others. They do not return one by one, each
/// after a flush: as the first enters a lane, the rest follow into it.
#[test]
fn a_chain_that_waited_is_written_together() {
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
fn a_document_stored_lately_is_not_waited_for() {
    let mut stage = stage();
    stage.submit(&Document::alpha(1).in_partition(1));
    stage.settle();
    let update = stage.submit(&Document::alpha(1).in_partition(1));
    let other = stage.submit(&Document::gamma(2).in_partition(2).refers_to(BASE, 1));
    stage.advance();
    assert_eq!(running(&stage), [[update.0], [other.0]]);
}

#[test]
fn an_operation_that_refers_to_a_later_one_is_tried_first_and_then_waits() {
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
    assert_eq!(running(&stage), [[later.0]], "the first awaits its references and blocks no lane");
    stage.settle();
    assert!(all(&stage, OutcomeKind::Inserted));
}

#[test]
fn an_operation_that_settled_since_the_read_counts_as_in_flight() {
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
fn an_operation_that_settled_before_the_read_does_not_count_as_in_flight() {
    let mut stage = stage();
    let refused = stage.submit(&Document::gamma(2).refers_to("Gamma", 9));
    stage.settle();
    let first = stage.submit(&Document::gamma(1).refers_to("Gamma", 2));
    stage.advance();
    let (flush, _) = stage.only_flush();
    stage.complete(flush);
    assert_eq!([refused, first].map(|id| stage.outcome(id)), [Some(OutcomeKind::InvalidReferences); 2]);
    assert_eq!(stage.dispatcher.counters().awaiting_references_late, 0);
}

#[test]
fn a_refusal_waits_for_unextracted_operations_of_that_name() {
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
fn an_operation_that_turns_out_to_bring_the_reference_is_waited_for() {
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
    let waits = stage.submit(&Document::gamma(2).in_partition(2).refers_to("Alpha", 1));
    stage.advance();
    let first = stage.submit(&Document::alpha(1).in_partition(1));
    let second = stage.submit(&Document::alpha(1).in_partition(1));
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
fn an_operation_does_not_wait_for_its_own_identity() {
    let mut stage = stage();
    // Beta 1 stands behind it in the line of Base 1, and a document does not help itself.
    let first = stage.submit(&Document::alpha(1).refers_to("Beta", 1).refers_to("Alpha", 1));
    let second = stage.submit(&Document::beta(1));
    stage.settle();
    assert_eq!(stage.outcome(first), Some(OutcomeKind::InvalidReferences));
    assert_eq!(stage.outcome(second), Some(OutcomeKind::Inserted));
    assert_eq!(stage.dispatcher.counters().awaiting_references_late, 0);
}

/// What was waited for is gone without a trace: the wait ends, and the truth is asked for once more.
#[test]
fn a_wait_for_a_cancelled_operation_ends() {
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
