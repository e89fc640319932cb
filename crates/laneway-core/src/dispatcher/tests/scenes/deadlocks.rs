//! Operations that wait for each other.

use laneway_model::{Limits, OutcomeKind};

use super::{all, stage, wide};
use crate::dispatcher::FlushId;
use crate::dispatcher::tests::stage::Stage;
use crate::tests::documents::{BASE, Document};

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
fn in_a_deadlock_with_a_line_the_head_of_the_line_gives_way() {
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
fn an_operation_that_gives_way_is_written_if_its_reference_is_there() {
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

/// The first attempt at a cycle fails with the first of a line; the second of that line is stored, which is news for a
/// second attempt.
#[test]
fn a_cycle_is_tried_again_when_what_it_missed_has_come() {
    let mut stage = stage();
    let bad = stage.submit(&Document::gamma(0).in_partition(1).refers_to("Gamma", 6).refers_to("Gamma", 99));
    let good = stage.submit(&Document::gamma(0).in_partition(2));
    let four = stage.submit(&Document::gamma(4).in_partition(3).refers_to("Gamma", 6).refers_to(BASE, 1));
    stage.advance();
    let six = stage.submit(&Document::gamma(6).in_partition(4).refers_to("Gamma", 4).refers_to("Gamma", 0));
    let base = stage.submit(&Document::alpha(1).in_partition(5));
    stage.settle();
    let outcomes = [bad, good, four, six, base].map(|id| stage.outcome(id));
    let mut expected = [Some(OutcomeKind::Inserted); 5];
    expected[0] = Some(OutcomeKind::InvalidReferences);
    assert_eq!(outcomes, expected);
    assert_eq!(stage.dispatcher.counters().cycles, 2);
}
