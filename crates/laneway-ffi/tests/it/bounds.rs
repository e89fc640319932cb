//! What a caller may ask for, and how it reads what a store has counted: bounds and their ranges, counters whose number
//! may grow, and what an operation carries beside its document. On an echo store.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it states.

use std::time::Instant;

use laneway::abi::{
    laneway_limits_t, laneway_operation_t, laneway_outcome_t, laneway_result_t, laneway_stats_t, laneway_strategy_t,
};
use laneway::exports as c;

use crate::host::{Failed, Host, Upsert, call, sized, text};

fn set_limits(store: u64, limits: &laneway_limits_t) -> Result<(), Failed> {
    call(|error| unsafe { c::laneway_store_set_limits(store, limits, error) })
}

/// A bound, the value that is outside of its range, and how it is set.
type Outside = (&'static str, fn(&mut laneway_limits_t));

#[test]
fn a_bound_outside_of_its_range_is_refused_by_name_and_none_changes() {
    let host = Host::new();
    let store = host.echo();
    let outside: [Outside; 22] = [
        ("batching is 2, not within 0 to 1", |l| l.batching = 2),
        ("lanes is 17, not within 0 to 16", |l| l.lanes = 17),
        ("batch_items_max is 0, not within 1 to 4294967295", |l| l.batch_items_max = 0),
        ("batch_bytes_max is 0, not within 1 to 1099511627776", |l| l.batch_bytes_max = 0),
        ("linger_us is 60000001, not within 0 to 60000000", |l| l.linger_us = 60_000_001),
        ("flushes_concurrent_max is 0,", |l| l.flushes_concurrent_max = 0),
        ("single_concurrent_max is 0,", |l| l.single_concurrent_max = 0),
        ("store_items_max is 4294967296, not within 1 to 4294967295", |l| l.store_items_max = 1 << 32),
        ("store_bytes_max is 18446744073709551615,", |l| l.store_bytes_max = u64::MAX),
        ("lane_items_max is 0,", |l| l.lane_items_max = 0),
        ("identity_line_max is 0,", |l| l.identity_line_max = 0),
        ("document_bytes_max is 0,", |l| l.document_bytes_max = 0),
        ("extract_threads is 257, not within 0 to 256", |l| l.extract_threads = 257),
        ("retries_max is 1001, not within 0 to 1000", |l| l.retries_max = 1_001),
        ("latency_objective_us is 86400000001,", |l| l.latency_objective_us = 86_400_000_001),
        ("locks_per_flush_max is 0,", |l| l.locks_per_flush_max = 0),
        ("lock_timeout_ms is 0, not within 1 to 2147483647", |l| l.lock_timeout_ms = 0),
        ("statement_timeout_ms is 2147483648,", |l| l.statement_timeout_ms = 1 << 31),
        ("idle_in_transaction_timeout_ms is 0,", |l| l.idle_in_transaction_timeout_ms = 0),
        ("answer_timeout_ms is 0,", |l| l.answer_timeout_ms = 0),
        ("outage_ms_max is 0,", |l| l.outage_ms_max = 0),
        ("reference_recheck_ms is 251, not within 0 to 250", |l| l.reference_recheck_ms = 251),
    ];
    let before = format!("{:?}", host.limits(store));
    for (message, change) in outside {
        let mut limits = laneway_limits_t { linger_us: 7, ..host.limits(store) };
        change(&mut limits);
        let failed = set_limits(store, &limits).expect_err(message);
        assert_eq!(failed.code, laneway_result_t::LANEWAY_E_ARGUMENT, "{message}");
        assert!(failed.message.starts_with(message), "{message}: {}", failed.message);
        assert_eq!(format!("{:?}", host.limits(store)), before, "{message}");
    }
}

#[test]
fn bounds_that_change_are_read_back_and_those_fixed_at_opening_stay() {
    let host = Host::new();
    let store = host.echo();
    let opened = host.limits(store);
    let asked = laneway_limits_t {
        retries_max: 0,
        lanes: 16,
        reference_recheck_ms: 250,
        extract_threads: opened.extract_threads + 1,
        lock_timeout_ms: opened.lock_timeout_ms + 1,
        statement_timeout_ms: opened.statement_timeout_ms + 1,
        idle_in_transaction_timeout_ms: opened.idle_in_transaction_timeout_ms + 1,
        answer_timeout_ms: opened.answer_timeout_ms + 1,
        ..opened
    };
    set_limits(store, &asked).unwrap();
    let expected = laneway_limits_t { retries_max: 0, lanes: 16, reference_recheck_ms: 250, ..opened };
    assert_eq!(format!("{:?}", host.limits(store)), format!("{expected:?}"));
}

#[test]
fn counters_are_written_as_far_as_there_is_room_and_their_number_is_returned() {
    let mut host = Host::new();
    let store = host.echo();
    let document: Upsert = Upsert { endpoint: "updated".into(), document: "{}".into(), ..Upsert::default() };
    host.upsert(store, &document);
    let all = laneway_outcome_t::LANEWAY_OUTCOME_CANCELLED as usize;
    for capacity in [0, 1, 2, all, all + 3] {
        let mut outcomes = vec![99; all + 4];
        let mut stats: laneway_stats_t = sized();
        (stats.outcomes, stats.outcomes_capacity) = (outcomes.as_mut_ptr(), capacity);
        let stats = host.read_stats(store, &mut stats).unwrap();
        assert_eq!((stats.accepted, stats.outcomes_len, stats.outcomes_capacity), (1, all, capacity));
        let mut expected = vec![99; all + 4];
        for (at, count) in expected.iter_mut().enumerate().take(capacity.min(all)) {
            *count = u64::from(at + 1 == laneway_outcome_t::LANEWAY_OUTCOME_UPDATED as usize);
        }
        assert_eq!(outcomes, expected, "with a capacity of {capacity}");
    }
}

#[test]
fn an_array_or_a_buffer_that_is_null_and_has_a_capacity_is_refused() {
    let host = Host::new();
    let store = host.echo();
    for (mut stats, name) in [
        (laneway_stats_t { flush_reasons_capacity: 1, ..sized() }, "flush_reasons"),
        (laneway_stats_t { wait_capacity: 1, ..sized() }, "wait is NULL"),
    ] {
        let failed = host.read_stats(store, &mut stats).unwrap_err();
        assert_eq!(failed.code, laneway_result_t::LANEWAY_E_ARGUMENT);
        assert!(failed.message.contains(name), "{}", failed.message);
    }
}

#[test]
fn the_oldest_pending_operation_is_counted_from_its_acceptance() {
    let mut host = Host::new();
    let store = host.echo();
    assert_eq!(host.stats(store).oldest_pending_us, 0);
    host.hold(store, true);
    let before = Instant::now();
    let held = host.submit(store, &Upsert { endpoint: "inserted".into(), ..Upsert::default() }).unwrap();
    let accepted = Instant::now();
    let others = host.submit(store, &Upsert { endpoint: "inserted".into(), ..Upsert::default() }).unwrap();
    let least = accepted.elapsed();
    let stats = host.stats(store);
    assert!(u128::from(stats.oldest_pending_us) >= least.as_micros(), "{}", stats.oldest_pending_us);
    assert!(u128::from(stats.oldest_pending_us) <= before.elapsed().as_micros(), "{}", stats.oldest_pending_us);
    assert_eq!(stats.wait_len, 0, "an echo has nothing to wait for");
    host.hold(store, false);
    host.end_of(held);
    host.end_of(others);
    assert_eq!(host.stats(store).oldest_pending_us, 0);
}

/// Submits one operation, as `change` makes it of one with a small document.
fn submit(store: u64, change: impl FnOnce(&mut laneway_operation_t)) -> Result<(), Failed> {
    let mut operation: laneway_operation_t = sized();
    operation.document = text(b"{}");
    change(&mut operation);
    let (size, mut accepted) = (size_of::<laneway_operation_t>(), 0);
    call(|error| unsafe { c::laneway_store_submit(store, &raw const operation, 1, size, &raw mut accepted, error) })
}

#[test]
fn a_trace_id_of_more_characters_than_are_stored_is_refused() {
    let host = Host::new();
    let store = host.echo();
    let submit_traced = |trace_id: &str| submit(store, |operation| operation.trace_id = text(trace_id.as_bytes()));
    submit_traced(&"ü".repeat(128)).unwrap();
    let failed = submit_traced(&"ü".repeat(129)).unwrap_err();
    assert_eq!(failed.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(failed.message.contains("trace_id has 129 characters"), "{}", failed.message);
    assert_eq!(host.stats(store).accepted, 1);
}

#[test]
fn strategies_and_filters_count_towards_the_bytes_of_a_store() {
    let mut host = Host::new();
    let store = host.echo();
    set_limits(store, &laneway_limits_t { store_bytes_max: 10_000, ..host.limits(store) }).unwrap();
    for (token, filter_len, outcome) in [
        (1, 100, laneway_outcome_t::LANEWAY_OUTCOME_INSERTED),
        (2, 10_000, laneway_outcome_t::LANEWAY_OUTCOME_TOO_LARGE),
    ] {
        let filter = "1".repeat(filter_len);
        let filter = text(filter.as_bytes());
        let strategy = laneway_strategy_t { filters: &raw const filter, filters_count: 1, ..sized() };
        submit(store, |operation| {
            (operation.token, operation.authorize) = (token, 1);
            (operation.strategies, operation.strategies_count) = (&raw const strategy, 1);
        })
        .unwrap();
        assert_eq!(host.end_of(token).outcome, outcome as u32, "a filter of {filter_len} bytes");
    }
}
