//! Stores on real PostgreSQL, through the C ABI: the switch and the objective while operations run, and many stores of
//! one runtime that do not touch each other. Operations come with their extractions, so that no plugin is needed.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it states.

use std::time::Instant;

use laneway::abi::laneway_isolation_t::{LANEWAY_ISOLATION_READ_COMMITTED, LANEWAY_ISOLATION_REPEATABLE_READ};
use laneway::abi::{laneway_limits_t, laneway_result_t};
use laneway::exports as c;
use laneway_embedded::{Database, Server, Settings};
use laneway_postgres::deploy;
use laneway_postgres_tools::run_script;

use crate::extraction::thing;
use crate::host::{Host, Upsert, WAIT_MAX, call};
use crate::need::skip;

/// The index of a reason in `laneway_stats_t.flush_reasons`.
const SINGLE: usize = 7;

/// A server of this test's own, and a client that can do without Laneway.
struct Bench {
    server: Server,
    threads: tokio::runtime::Runtime,
}

impl Bench {
    fn new(start: impl FnOnce(&Settings) -> Result<Server, laneway_embedded::EmbeddedError>) -> Option<Self> {
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        match start(&Settings::for_tests()) {
            Ok(server) => Some(Self { server, threads }),
            Err(error) => {
                skip(&format!("no server: {error}"));
                None
            }
        }
    }

    fn store(&self) -> Database {
        self.threads.block_on(async {
            let database = self.server.create_database("laneway_test").await.unwrap();
            deploy(database.config()).await.unwrap();
            database
        })
    }
}

fn upsert(id: u32, refers_to: &[u32]) -> Upsert {
    Upsert {
        project: "made-up".into(),
        endpoint: "things".into(),
        document: format!("{{\"thingId\":{id}}}"),
        extraction: thing(id, refers_to).to_string(),
        ..Upsert::default()
    }
}

#[test]
fn batching_is_off_until_it_is_switched_on_and_both_ways_end_alike() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let database = bench.store();
    let mut host = Host::new();
    let store = host.open(database.url(), 0, |_| {}).unwrap();
    assert_eq!(host.limits(store).batching, 0);
    // Each refers to the one before; every tenth to one that never comes.
    let hand_in = |host: &mut Host, ids: std::ops::Range<u32>| -> Vec<u64> {
        ids.map(|id| {
            let refers_to = if id % 10 == 9 { [99_999] } else { [(id / 10) * 10] };
            host.submit(store, &upsert(id, if id % 10 == 0 { &[] } else { &refers_to })).unwrap()
        })
        .collect()
    };
    let check = |host: &mut Host, tokens: Vec<u64>| {
        for (at, token) in tokens.into_iter().enumerate() {
            let end = host.end_of(token);
            assert_eq!(end.outcome, if at % 10 == 9 { 7 } else { 1 }, "{at}: {end:?}");
        }
    };
    let off = hand_in(&mut host, 0..200);
    check(&mut host, off);
    let reasons = host.flush_reasons(store);
    assert_eq!(reasons[SINGLE], reasons.iter().sum::<u64>(), "off: none goes with another: {reasons:?}");

    // Switched, both ways, while operations run.
    let mut running = hand_in(&mut host, 1_000..1_100);
    host.set_batching(store, true);
    running.extend(hand_in(&mut host, 1_100..1_300));
    host.set_batching(store, false);
    running.extend(hand_in(&mut host, 1_300..1_400));
    host.set_batching(store, true);
    running.extend(hand_in(&mut host, 1_400..1_600));
    check(&mut host, running);
    let reasons = host.flush_reasons(store);
    assert!(reasons[..SINGLE].iter().sum::<u64>() > 0, "on: they go together: {reasons:?}");
    let limits = host.limits(store);
    assert_eq!((limits.batching, limits.lanes), (1, 0), "the other bounds are as they were");
}

#[test]
fn a_stores_isolation_is_the_one_asked_for_and_an_unknown_one_is_refused() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let database = bench.store();
    let note = "CREATE TABLE seen (level text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO public.seen VALUES (current_setting('transaction_isolation')); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT ON dms.document FOR EACH STATEMENT EXECUTE FUNCTION note()";
    bench.threads.block_on(run_script(database.config(), note)).unwrap();
    let mut host = Host::new();
    for (id, isolation) in [(1, LANEWAY_ISOLATION_READ_COMMITTED), (2, LANEWAY_ISOLATION_REPEATABLE_READ)] {
        let store = host.open_with(database.url(), 0, |options| options.isolation = isolation as u32, |_| {}).unwrap();
        assert_eq!(host.upsert(store, &upsert(id, &[])).outcome, 1);
    }
    let rows = bench.threads.block_on(run_script(database.config(), "SELECT level FROM seen ORDER BY level")).unwrap();
    let seen: Vec<_> = rows.iter().map(|row| row[0].as_deref().unwrap()).collect();
    assert_eq!(seen, ["read committed", "repeatable read"]);
    let error = host.open_with(database.url(), 0, |options| options.isolation = 2, |_| {}).unwrap_err();
    assert_eq!(error.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(error.message.contains("isolation is 2 (0 to 1)"), "{}", error.message);
}

#[test]
fn an_objective_that_is_exceeded_sends_operations_by_the_single_path() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let database = bench.store();
    let mut host = Host::new();
    // One lane and one flush at a time: what comes during a flush waits, however short.
    let store = host
        .open(database.url(), 0, |limits| {
            (limits.batching, limits.lanes, limits.flushes_concurrent_max) = (1, 1, 1);
            limits.batch_items_max = 8;
        })
        .unwrap();
    let hand_in = |host: &mut Host, first: u32| -> Vec<u64> {
        (first..first + 400).map(|id| host.submit(store, &upsert(id, &[])).unwrap()).collect()
    };
    let without = hand_in(&mut host, 0);
    assert!(without.into_iter().all(|token| host.end_of(token).is_stored()));
    assert_eq!(host.flush_reasons(store)[SINGLE], 0, "without an objective nothing exceeds it");
    host.set_latency_objective(store, 1);
    let with = hand_in(&mut host, 1_000);
    assert!(with.into_iter().all(|token| host.end_of(token).is_stored()));
    let singles = host.flush_reasons(store)[SINGLE];
    assert!(singles > 0, "what waited longer than a microsecond went alone");
    host.set_latency_objective(store, 0);
    assert_eq!(host.limits(store).latency_objective_us, 0);
}

#[test]
fn a_store_that_is_blocked_delays_no_other() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let (blocked, free) = (bench.store(), bench.store());
    let mut host = Host::new();
    let blocked_store = host.open(blocked.url(), 0, |limits| limits.batching = 1).unwrap();
    let free_store = host.open(free.url(), 0, |limits| limits.batching = 1).unwrap();
    let config = blocked.config().clone();
    let locker = bench.threads.block_on(async {
        let client = config.connect().await.unwrap();
        client.batch_execute("BEGIN; LOCK TABLE dms.Document IN ACCESS EXCLUSIVE MODE").await.unwrap();
        client
    });
    // Enough to fill every connection of the blocked store.
    let waiting: Vec<u64> = (0..300).map(|id| host.submit(blocked_store, &upsert(id, &[])).unwrap()).collect();
    for id in 0..300 {
        assert!(host.upsert(free_store, &upsert(id, &[])).is_stored());
    }
    // Opened and closed meanwhile.
    let third = bench.store();
    let third_store = host.open(third.url(), 0, |_| {}).unwrap();
    assert!(host.upsert(third_store, &upsert(1, &[])).is_stored());
    host.close(third_store);
    assert!(!waiting.iter().any(|token| host.has_ended(*token)), "the blocked store's wait for the lock");
    bench.threads.block_on(locker.batch_execute("COMMIT")).unwrap();
    assert!(waiting.into_iter().all(|token| host.end_of(token).is_stored()), "they go on when the lock is gone");
}

#[test]
fn a_store_whose_server_is_gone_delays_no_other() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let Some(going) = Bench::new(Server::own) else { return };
    let (gone, here) = (going.store(), bench.store());
    let mut host = Host::new();
    let impatient = |limits: &mut laneway_limits_t| {
        limits.batching = 1;
        limits.outage_ms_max = 1_000;
    };
    let gone_store = host.open(gone.url(), 0, impatient).unwrap();
    let here_store = host.open(here.url(), 0, |limits| limits.batching = 1).unwrap();
    assert!(host.upsert(gone_store, &upsert(0, &[])).is_stored());
    gone.keep();
    drop(going);
    let lost: Vec<u64> = (1..100).map(|id| host.submit(gone_store, &upsert(id, &[])).unwrap()).collect();
    for id in 0..300 {
        assert!(host.upsert(here_store, &upsert(id, &[])).is_stored());
    }
    for token in lost {
        let end = host.end_of(token);
        assert!(!end.is_stored(), "{end:?}");
    }
    assert!(host.upsert(here_store, &upsert(1_000, &[])).is_stored());
}

#[test]
fn a_store_that_cannot_be_opened_leaves_nothing_behind() {
    let host = Host::new();
    let failed = host.open("postgres://u:secret@127.0.0.1:1/d", 0, |_| {}).unwrap_err();
    assert_eq!(failed.code, laneway_result_t::LANEWAY_E_DATABASE);
    assert!(failed.message.contains("127.0.0.1:1") && !failed.message.contains("secret"), "{}", failed.message);
}

#[test]
fn fewer_connections_than_flushes_are_refused_by_name_at_opening_and_when_limits_change() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let database = bench.store();
    let host = Host::new();
    let refused = host.open_with(database.url(), 0, |options| options.connections_max = 20, |_| {}).unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(refused.message.contains("connections_max is 20, fewer than the 21 flushes"), "{}", refused.message);
    let bounded = host.open_with(database.url(), 0, |options| options.connections_max = 21, |_| {}).unwrap();
    let unbounded = host.open(database.url(), 0, |_| {}).unwrap();
    let asked = laneway_limits_t { flushes_concurrent_max: 40, ..host.limits(bounded) };
    let set = |store| call(|error| unsafe { c::laneway_store_set_limits(store, &raw const asked, error) });
    let refused = set(bounded).unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(refused.message.contains("connections_max is 21, fewer than the 45 flushes"), "{}", refused.message);
    assert_eq!(host.limits(bounded).flushes_concurrent_max, 16, "no bound has changed");
    set(unbounded).unwrap();
    assert_eq!(host.limits(unbounded).flushes_concurrent_max, 40);
}

#[test]
fn what_a_store_waits_for_is_read_with_its_counters() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let database = bench.store();
    let mut host = Host::new();
    let store = host.open(database.url(), 0, |_| {}).unwrap();
    let holder = bench.threads.block_on(database.config().connect()).unwrap();
    let execute = |sql: &str| bench.threads.block_on(holder.batch_execute(sql)).unwrap();
    execute("SET application_name = 'migration'; BEGIN; LOCK TABLE dms.document IN ACCESS EXCLUSIVE MODE");
    let token = host.submit(store, &upsert(1, &[])).unwrap();
    let until = Instant::now() + WAIT_MAX;
    let wait = loop {
        assert!(Instant::now() < until, "no holder is named: {}", host.wait(store));
        // A round trip, so that this does not spin.
        execute("SELECT");
        let wait = host.wait(store);
        // Until the holder has been looked for, it is the server's refusal.
        if wait.contains(" held by pid ") {
            break wait;
        }
    };
    assert!(wait.starts_with("waits for a lock on dms.document held by pid "), "{wait}");
    assert!(wait.contains(", application 'migration', role '"), "{wait}");
    assert!(host.stats(store).oldest_pending_us > 0);
    execute("ROLLBACK");
    assert!(host.end_of(token).is_stored());
    assert_eq!(host.stats(store).oldest_pending_us, 0);
}

#[test]
fn a_store_says_what_its_tables_are() {
    let Some(bench) = Bench::new(Server::start) else { return };
    let database = bench.store();
    let host = Host::new();
    let of_database = host.open(database.url(), 0, |_| {}).unwrap();
    assert_eq!(host.layout(of_database, 64).unwrap(), "document store of DMS 0.7");
    assert_eq!(host.layout(host.echo(), 64).unwrap(), "echo, which stores nothing");
    let small = host.layout(of_database, 3).unwrap_err();
    assert_eq!(small.code, laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL);
}
