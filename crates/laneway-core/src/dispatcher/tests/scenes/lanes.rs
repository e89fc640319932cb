//! When lanes flush, and with what.

use std::collections::BTreeSet;
use std::time::Duration;

use laneway_model::{Limits, OperationId, OutcomeKind};

use super::{MS, all, running, wide};
use crate::dispatcher::tests::stage::Stage;
use crate::dispatcher::{Event, FlushId};
use crate::tests::documents::Document;
use crate::{FlushLimits, FlushReason, Mode};

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
fn a_batch_is_cut_within_the_bounds_of_its_moment() {
    let mut stage = Stage::new(&Limits { lanes: 1, ..Limits::default() });
    let changed = Limits { lanes: 1, retries_max: 7, locks_per_flush_max: 9, ..Limits::default() };
    let flush = |stage: &mut Stage, key| {
        stage.submit(&Document::gamma(key));
        stage.advance();
        let (flush, _) = stage.only_flush();
        let limits = stage.running[&flush].batch.limits;
        stage.complete(flush);
        limits
    };
    assert_eq!(flush(&mut stage, 1), FlushLimits::from(&Limits::default()));
    stage.event(Event::Limits(Box::new(changed)));
    assert_eq!(
        flush(&mut stage, 2),
        FlushLimits { retries_max: 7, locks_max: 9, outage_max: Limits::default().outage_max }
    );
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
fn large_batches_beside_each_other_are_about_different_persons() {
    const STUDENTS: usize = 50;
    let students_of_flushes = |count: usize| {
        let mut stage = Stage::new(&Limits { lanes: 2, batch_items_max: 2_000, ..Limits::default() });
        let ids: Vec<OperationId> = (0..count)
            .map(|at| {
                let document = Document::gamma(at as u32).about((at % STUDENTS) as u32);
                stage.accept(&document.in_partition((at / STUDENTS % 16) as u8), None)
            })
            .collect();
        ids.iter().for_each(|id| stage.extract(*id));
        stage.advance();
        let student = |id: &u64| (*id as usize - 1) % STUDENTS;
        let flushes = stage.flushes().into_iter();
        let students: Vec<BTreeSet<usize>> = flushes.map(|(_, ids)| ids.iter().map(student).collect()).collect();
        stage.settle();
        assert!(all(&stage, OutcomeKind::Inserted));
        students
    };
    let [one, other] = students_of_flushes(1_000).try_into().expect("two lanes");
    assert!(one.is_disjoint(&other) && one.len() + other.len() == STUDENTS, "{one:?} {other:?}");
    // Few go by their partitions: each student is in both.
    assert_eq!(students_of_flushes(200), vec![BTreeSet::from_iter(0..STUDENTS); 2]);
}

#[test]
fn an_operation_that_a_flush_never_reports_fails_when_it_returns() {
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
    assert_eq!(stage.dispatcher.counters().awaiting_references_late, 0);
}

#[test]
fn an_operation_queued_longer_than_the_objective_goes_alone() {
    let limits = Limits { lanes: 1, latency_objective: Some(5 * MS), single_concurrent_max: 1, ..Limits::default() };
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
fn a_batch_is_full_when_its_documents_are_expected_to_take_long() {
    let mut stage = Stage::new(&Limits { lanes: 1, ..Limits::default() });
    // The sizes of the batches in which so many documents are written, the first of which is alone.
    let mut key = 0;
    let mut batches = |documents: usize, flush: Duration, each: Duration| {
        for count in [1, documents] {
            for _ in 0..count {
                key += 1;
                stage.submit(&Document::gamma(key));
            }
            stage.advance();
        }
        let mut sizes = Vec::new();
        while !stage.running.is_empty() {
            let (id, members) = stage.only_flush();
            stage.flush_time = flush + each * u32::try_from(members.len()).unwrap();
            stage.complete(id);
            sizes.push(members.len());
        }
        sizes
    };
    assert_eq!(batches(256, MS, MS / 10), [1, 128, 128]);
    batches(512, MS, 10 * MS);
    let slow = batches(100, MS, 10 * MS);
    assert!(slow.iter().all(|size| *size <= 30), "{slow:?}");
    // What a flush takes whatever it carries is no reason for small ones.
    (0..40).for_each(|_| drop(batches(128, 500 * MS, MS)));
    assert_eq!(batches(256, 500 * MS, MS), [1, 128, 128]);
}

#[test]
fn batches_that_wait_for_locks_do_not_stay_small() {
    let mut stage = Stage::new(&Limits { lanes: 1, ..Limits::default() });
    stage.lock_time = 300 * MS;
    for key in 1..=200 {
        stage.submit(&Document::gamma(key));
        stage.advance();
        let (flush, _) = stage.only_flush();
        stage.complete(flush);
    }
    stage.lock_time = Duration::ZERO;
    for key in 201..=329 {
        stage.submit(&Document::gamma(key));
        stage.advance();
    }
    let (first, members) = stage.only_flush();
    assert_eq!(members.len(), 1);
    stage.complete(first);
    assert_eq!(stage.only_flush().1.len(), 128);
}

#[test]
fn lanes_are_more_while_more_make_the_database_write_more() {
    let mut stage = Stage::new(&Limits { batch_items_max: 8, ..Limits::default() });
    assert_eq!(stage.dispatcher.lanes(), 2);
    let mut key = 0;
    let mut submit = |stage: &mut Stage, count: usize| {
        for _ in 0..count {
            key += 1;
            stage.submit(&Document::gamma(key));
        }
    };
    submit(&mut stage, 96);
    stage.advance();
    // Each flush takes as long, however many run: a database of many cores.
    while stage.now < 120_000 * MS && stage.dispatcher.lanes() < 4 {
        stage.now += 100 * MS;
        for (flush, members) in stage.flushes() {
            stage.complete(flush);
            submit(&mut stage, members.len());
        }
        stage.advance();
    }
    assert!(stage.dispatcher.lanes() >= 4, "{}", stage.dispatcher.lanes());
    stage.event(Event::Limits(Box::new(Limits { lanes: 3, ..Limits::default() })));
    assert_eq!(stage.dispatcher.lanes(), 3);
}
