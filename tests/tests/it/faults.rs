//! Faults at steps of a flush: each caller gets one outcome, and it is true. `cargo xtask faults` tries all of them.

use std::sync::Arc;

use laneway_core::{Executor, Runtime};
use laneway_model::{Limits, OutcomeKind};
use laneway_postgres::{PostgresStore, deploy};
use laneway_tests::faults::{Bench, Case, Load, Part, at_each_step, of_records};
use laneway_tests::isolation::store_options;
use laneway_tests::locks::submit;
use laneway_tests::need;
use laneway_tests::proxy::{COMMIT, Disturbance, Fault, Proxy, STATUS, Side, XactStatus};
use laneway_tests::samples::plugins;
use laneway_tests::wait::within;

/// Steps of each load that differ most in what is lost with them.
const STEPS: [(Load, &str); 4] = [
    (Load::New, "insert_documents"),
    (Load::New, COMMIT),
    (Load::Changed, "read"),
    (Load::Changed, "update_documents"),
];

async fn check(bench: &Bench, cases: impl IntoIterator<Item = Case>) {
    for case in cases {
        let tried = bench.try_one(&case).await;
        assert!(tried.is_true(), "{} at {}: {tried:?}", case.row, case.step);
    }
}

/// Not those that take seconds, but at COMMIT.
fn is_quick(case: &Case) -> bool {
    let waits = case.faults.iter().any(|fault| fault.disturbance == Disturbance::BlackHole);
    !waits || Part::of(&case.step) == Some(Part::Commit)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_true_whatever_step_of_a_flush_a_connection_is_lost_at() {
    let Some(bench) = Bench::set_up().await else { return };
    for load in [Load::New, Load::Changed] {
        let seen = bench.steps(load).await;
        for part in Part::ALL {
            assert!(seen.keys().any(|step| Part::of(step) == Some(part)), "{load:?} lacks {part:?}: {seen:?}");
        }
        let wanted = |case: &Case| STEPS.contains(&(load, case.step.as_str())) && is_quick(case);
        check(&bench, at_each_step(load, &seen, 0).into_iter().filter(wanted)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_true_whatever_the_record_of_a_lost_commit_says() {
    let Some(bench) = Bench::set_up().await else { return };
    check(&bench, of_records()).await;
}

/// One write with a trace id that an earlier one had, as within one trace of a client's.
#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_write_with_the_same_trace_id_is_not_taken_for_one_that_was_lost() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let proxy = Proxy::before(&server.tcp_config().with_database(database.name()).unwrap()).await;
    let store = PostgresStore::open(proxy.config(), store_options()).await.unwrap_or_else(|error| panic!("{error}"));
    let runtime = Runtime::start(Executor::new(store), Arc::new(plugins()), Limits::default()).expect("threads");
    let body = |version: u32| format!(r#"{{"studentUniqueId":"1","version":{version}}}"#);
    for version in [1, 2] {
        let ticket = submit(&runtime, ("students", &body(version)), None).await;
        within("an outcome", ticket).await;
    }
    // The third is rolled back, and the server knows nothing of it any more.
    proxy.arm(Fault::once(COMMIT, Side::Statement, Disturbance::Cut));
    proxy.arm(Fault::once(STATUS, Side::Answer, Disturbance::Status(XactStatus::Null)));
    let ticket = submit(&runtime, ("students", &body(3)), None).await;
    assert_eq!(within("an outcome", ticket).await.outcome.kind(), OutcomeKind::Updated);
    assert!(proxy.first_fault().is_some());
    runtime.close().await;
    let client = database.config().connect().await.unwrap();
    let row = client.query_one("SELECT (edfidoc ->> 'version')::int FROM dms.document", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 3, "what was reported as updated is stored");
}
