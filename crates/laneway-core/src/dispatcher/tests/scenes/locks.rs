//! What is locked by another client, and who waits for it.

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::{MS, running};
use crate::FlushReason;
use crate::dispatcher::FlushId;
use crate::dispatcher::tests::stage::Stage;
use crate::tests::documents::Document;

const BASE: &str = "Base";

fn one_lane() -> Stage {
    Stage::new(&Limits { lanes: 1, ..Limits::default() })
}

/// Lets the flush that carries an operation find it locked, and the others not.
fn find_locked(stage: &mut Stage, id: OperationId) {
    let flush = super::flush_of(stage, id);
    stage.read(flush);
    stage.write_unlocked(flush, |other| other == id);
    stage.report(flush, usize::MAX);
    stage.end(flush);
    stage.advance();
}

/// Lets a flush find all of its operations locked, each by itself.
fn find_all_locked(stage: &mut Stage, flush: FlushId) {
    let count = stage.running[&flush].batch.operations.len();
    stage.read(flush);
    stage.write_unlocked(flush, |_| true);
    (0..count).for_each(|_| stage.report(flush, 1));
    stage.end(flush);
    stage.advance();
}

/// A document that was found locked.
fn locked(stage: &mut Stage) -> OperationId {
    let id = stage.submit(&Document::alpha(1));
    stage.advance();
    find_locked(stage, id);
    id
}

fn pass(stage: &mut Stage) {
    stage.now = stage.dispatcher.next_wake().expect("it is tried again");
    stage.advance();
}

#[test]
fn what_is_locked_is_tried_again_beside_its_lane() {
    let mut stage = one_lane();
    let id = locked(&mut stage);
    assert!(stage.running.is_empty(), "it pauses");
    let other = stage.submit(&Document::gamma(2));
    stage.advance();
    pass(&mut stage);
    assert_eq!(running(&stage), [vec![other.0], vec![id.0]]);
    let flush = super::flush_of(&stage, id);
    assert_eq!(stage.running[&flush].batch.reason, FlushReason::Locked);
    stage.settle();
    assert_eq!(stage.outcome(id), Some(OutcomeKind::Inserted));
}

#[test]
fn only_its_own_identity_waits_for_what_is_locked() {
    let mut stage = one_lane();
    stage.store.seed(&Document::alpha(1).operation());
    let id = locked(&mut stage);
    let same = stage.submit(&Document::alpha(1));
    let refers = stage.submit(&Document::gamma(3).refers_to(BASE, 1));
    stage.settle();
    assert_eq!(stage.outcome(refers), Some(OutcomeKind::Inserted), "it needs no more than the stored document");
    assert_eq!((stage.outcome(id), stage.outcome(same)), (None, None));
    pass(&mut stage);
    stage.settle();
    assert_eq!([stage.outcome(id), stage.outcome(same)], [Some(OutcomeKind::Updated); 2]);
}

#[test]
fn what_refers_to_a_locked_document_that_is_not_stored_waits_for_it() {
    let mut stage = one_lane();
    let id = locked(&mut stage);
    let refers = stage.submit(&Document::gamma(2).refers_to(BASE, 1));
    stage.settle();
    assert_eq!((stage.outcome(id), stage.outcome(refers)), (None, None));
    pass(&mut stage);
    stage.settle();
    assert_eq!(stage.outcome(refers), Some(OutcomeKind::Inserted));
}

#[test]
fn what_stays_locked_is_given_up_as_a_write_conflict_or_at_its_deadline() {
    let limits = Limits { lanes: 1, ..Limits::default() };
    let mut stage = Stage::new(&limits);
    let id = locked(&mut stage);
    let hurried = stage.accept(&Document::gamma(2), Some(1_000 * MS));
    stage.extract(hurried);
    stage.advance();
    find_locked(&mut stage, hurried);
    while stage.outcome(id).is_none() {
        pass(&mut stage);
        if !stage.running.is_empty() {
            let (flush, _) = stage.only_flush();
            find_all_locked(&mut stage, flush);
        }
        assert!(stage.now < 1_000 * MS || stage.outcome(hurried) == Some(OutcomeKind::Deadline), "{:?}", stage.now);
    }
    assert_eq!(stage.outcome(id), Some(OutcomeKind::WriteConflict));
    assert!(stage.now >= limits.outage_max && stage.now < limits.outage_max + 1_000 * MS, "{:?}", stage.now);
}

/// In turn: one, which waits for its lock, and as many as a batch carries, of which it is asked whether they are locked.
#[test]
fn each_of_many_has_its_turn_and_all_follow_when_one_is_free() {
    let mut stage = one_lane();
    let ids: Vec<OperationId> = (1..=4).map(|key| stage.submit(&Document::gamma(key))).collect();
    stage.advance();
    while !stage.running.is_empty() {
        let (flush, _) = stage.only_flush();
        find_all_locked(&mut stage, flush);
    }
    let mut tried = Vec::new();
    for _ in 0..8 {
        pass(&mut stage);
        let (flush, members) = stage.only_flush();
        tried.push(members);
        find_all_locked(&mut stage, flush);
    }
    let all: Vec<u64> = ids.iter().map(|id| id.0).collect();
    assert_eq!(tried.iter().filter(|members| **members == all).count(), 4, "{tried:?}");
    let mut alone: Vec<u64> = tried.into_iter().filter(|members| members.len() == 1).flatten().collect();
    alone.sort_unstable();
    assert_eq!(alone, all);
    pass(&mut stage);
    stage.settle();
    assert!(super::all(&stage, OutcomeKind::Inserted));
}
