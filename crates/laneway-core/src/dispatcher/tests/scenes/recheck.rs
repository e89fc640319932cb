//! References that another server may be about to commit: looked for again, for as long as was asked for.

use std::time::Duration;

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::{MS, flush_of, running, wide};
use crate::dispatcher::Event;
use crate::dispatcher::tests::stage::Stage;
use crate::tests::documents::{BASE, Document};

const PATIENCE: Duration = Duration::from_millis(250);

fn patient() -> Stage {
    Stage::new(&Limits { reference_recheck: PATIENCE, ..wide() })
}

/// An operation whose first flush has missed what it refers to.
fn missing(stage: &mut Stage) -> OperationId {
    let id = stage.submit(&Document::gamma(2).in_partition(1).refers_to(BASE, 1));
    look(stage, id);
    id
}

/// Lets the next flush of an operation run to its end.
fn look(stage: &mut Stage, id: OperationId) {
    stage.advance();
    stage.complete(flush_of(stage, id));
}

/// Lets time pass until something is to be done.
fn pass(stage: &mut Stage) {
    stage.now = stage.dispatcher.next_wake().expect("it looks again");
    stage.advance();
}

#[test]
fn what_another_server_commits_meanwhile_is_found() {
    let mut stage = patient();
    let id = missing(&mut stage);
    assert_eq!((stage.outcome(id), running(&stage)), (None, vec![]), "it pauses");
    stage.store.seed(&Document::alpha(1).operation());
    pass(&mut stage);
    look(&mut stage, id);
    assert_eq!(stage.outcome(id), Some(OutcomeKind::Inserted));
    assert!(stage.now < 50 * MS, "soon: {:?}", stage.now);
}

#[test]
fn what_does_not_come_is_looked_for_until_the_time_is_over() {
    let mut stage = patient();
    let id = missing(&mut stage);
    let mut looks = vec![];
    while stage.outcome(id).is_none() {
        pass(&mut stage);
        looks.push(stage.now.as_millis());
        look(&mut stage, id);
    }
    assert_eq!(stage.outcome(id), Some(OutcomeKind::InvalidReferences));
    assert_eq!(looks, [10, 30, 70, 150, 250]);
}

#[test]
fn an_operation_that_looks_again_keeps_its_lane_free() {
    let mut stage = patient();
    let id = missing(&mut stage);
    let other = stage.submit(&Document::gamma(3).in_partition(1));
    look(&mut stage, other);
    assert_eq!([other, id].map(|id| stage.outcome(id)), [Some(OutcomeKind::Inserted), None]);
    stage.event(Event::Cancel(id));
    assert_eq!(stage.outcome(id), Some(OutcomeKind::Cancelled));
    stage.advance();
    stage.dispatcher.check_empty();
}

#[test]
fn an_operation_is_refused_before_its_deadline_not_by_it() {
    let mut stage = patient();
    let id = stage.accept(&Document::gamma(2).refers_to(BASE, 1), Some(20 * MS));
    stage.extract(id);
    look(&mut stage, id);
    pass(&mut stage);
    look(&mut stage, id);
    assert_eq!((stage.outcome(id), stage.now), (Some(OutcomeKind::InvalidReferences), 10 * MS));
}

/// Of two that refer to each other one misses a third: both wait for it, and are written together once it is there.
#[test]
fn a_cycle_waits_for_what_one_of_it_misses() {
    let mut stage = patient();
    let one = stage.submit(&Document::gamma(2).in_partition(1).refers_to("Gamma", 3).refers_to(BASE, 1));
    let two = stage.submit(&Document::gamma(3).in_partition(2).refers_to("Gamma", 2));
    stage.settle();
    assert_eq!([one, two].map(|id| stage.outcome(id)), [None; 2]);
    stage.store.seed(&Document::alpha(1).operation());
    pass(&mut stage);
    stage.settle();
    assert_eq!([one, two].map(|id| stage.outcome(id)), [Some(OutcomeKind::Inserted); 2]);
}

#[test]
fn a_limit_of_zero_ends_the_looking_too() {
    let mut stage = patient();
    let id = missing(&mut stage);
    stage.event(Event::Limits(Box::new(wide())));
    stage.referee.limits(&wide());
    pass(&mut stage);
    look(&mut stage, id);
    assert_eq!((stage.outcome(id), stage.now), (Some(OutcomeKind::InvalidReferences), 10 * MS));
}
