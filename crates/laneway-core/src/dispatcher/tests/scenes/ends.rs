//! Ends that no flush decides: cancellation, deadlines, aborts; and checkpoints.

use laneway_model::{OperationId, OutcomeKind};

use super::{MS, flush_of, stage};
use crate::dispatcher::{DEADLINE_GRACE, Event};
use crate::tests::documents::{BASE, Document};

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
fn cancel_returns_whether_it_came_in_time() {
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
    let awaiting = stage.accept(&Document::gamma(4).in_partition(2).refers_to("Gamma", 5), due);
    stage.extract(awaiting);
    stage.advance();
    let blocker = stage.accept(&Document::gamma(5).in_partition(3), None);
    stage.complete(flush_of(&stage, awaiting));
    let standing = stage.accept(&Document::alpha(1), due);
    stage.extract(standing);
    let extracting = stage.accept(&Document::gamma(6), due);
    assert_eq!(stage.dispatcher.next_wake(), due);
    stage.now = 5 * MS;
    stage.advance();
    assert!([awaiting, standing, extracting].iter().all(|id| stage.outcome(*id) == Some(OutcomeKind::Deadline)));
    assert_eq!(stage.outcome(writing), None);
    stage.extract(blocker);
    stage.settle();
    assert_eq!(stage.outcome(writing), Some(OutcomeKind::Inserted));
    stage.dispatcher.check_empty();
}

#[test]
fn a_caller_whose_flush_says_nothing_for_a_while_past_the_deadline_is_in_doubt_and_the_operation_goes_on() {
    let mut stage = stage();
    let overdue = stage.accept(&Document::alpha(1).in_partition(1), Some(5 * MS));
    stage.extract(overdue);
    stage.advance();
    let same = stage.submit(&Document::alpha(1).in_partition(1));
    stage.event(Event::Checkpoint { key: 7 });
    stage.now = 5 * MS;
    stage.advance();
    assert_eq!(stage.outcome(overdue), None, "its flush may take it back");
    assert_eq!(stage.dispatcher.next_wake(), Some(5 * MS + DEADLINE_GRACE));
    stage.now = 5 * MS + DEADLINE_GRACE;
    stage.advance();
    assert_eq!(stage.outcome(overdue), Some(OutcomeKind::InDoubt));
    // It is known to its flush alone what becomes of it: nothing of its identity overtakes it, and it ends once.
    assert_eq!(stage.only_flush().1, [overdue.0]);
    assert!(stage.checkpoints.is_empty());
    stage.settle();
    assert_eq!(stage.outcome(overdue), Some(OutcomeKind::InDoubt));
    assert_eq!(stage.outcome(same), Some(OutcomeKind::Updated), "the one before was written");
    assert_eq!(stage.checkpoints, [7]);
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
