//! A database that goes away, refuses, or falls silent under load: it costs latency, and no document.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use laneway_core::{Executor, Runtime};
use laneway_model::{Limits, OutcomeKind};
use laneway_pgconfig::Config;
use laneway_plugin::{PluginSettings, Plugins};
use laneway_postgres::{PostgresStore, StoreOptions, deploy};
use laneway_sample::{Document, Settings};
use laneway_tests::account::Account;
use laneway_tests::cluster::Cluster;
use laneway_tests::isolation::store_options;
use laneway_tests::log::Log;
use laneway_tests::need;
use laneway_tests::proxy::Proxy;
use laneway_tests::samples;
use laneway_tests::swap::{Settled, load, sample_components, sample_documents};
use laneway_tests::wait::within;
use tokio::sync::mpsc;

fn plugins() -> Plugins {
    Plugins::load(sample_components(true), PluginSettings::default()).unwrap()
}

async fn open(config: &Config, options: StoreOptions) -> Runtime {
    let store = PostgresStore::open(config, options).await.unwrap_or_else(|error| panic!("{error}"));
    Runtime::start(Executor::new(store), Arc::new(plugins()), Limits::default()).expect("threads")
}

/// That each document is stored once.
async fn check(settled: &[Settled], documents: &[Document], config: &Config) {
    let account = Account::of(settled, config).await;
    assert!(account.documents == documents.len() && account.is_clean(), "{account}");
}

/// Loads with 64 callers; calls `disturb` each time that so many documents more were handed over.
async fn disturbed(
    config: &Config,
    options: StoreOptions,
    documents: &[Document],
    every: usize,
    mut disturb: impl AsyncFnMut(usize) + Send,
) {
    let runtime = open(config, options).await;
    let (report, mut reached) = mpsc::unbounded_channel();
    let load = load(&runtime, documents, 64, |handed| {
        if handed % every == 0 {
            let _ = report.send(handed / every);
        }
    });
    let over = AtomicBool::new(false);
    let disturbing = async {
        while let Some(times) = reached.recv().await {
            disturb(times).await;
            if over.load(Ordering::Relaxed) && reached.is_empty() {
                break;
            }
        }
    };
    let loading = async {
        let settled = within("the load", load).await;
        over.store(true, Ordering::Relaxed);
        settled
    };
    tokio::pin!(disturbing);
    tokio::pin!(loading);
    let settled = tokio::select! {
        settled = &mut loading => settled,
        () = &mut disturbing => within("the load", &mut loading).await,
    };
    runtime.close().await;
    check(&settled, documents, config).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_costs_no_document() {
    let Some(cluster) = Cluster::start().await else { return };
    let config = cluster.create_database("restarted").await;
    deploy(&config).await.unwrap();
    let documents = sample_documents(3_000);
    disturbed(&config, store_options(), &documents, 700, async |times| {
        let (mode, seconds_down) = [("immediate", 0), ("fast", 2), ("immediate", 3), ("fast", 0)][(times - 1) % 4];
        cluster.restart(mode, seconds_down).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backends_that_are_killed_cost_no_document() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let admin = server.config().connect().await.unwrap();
    let documents = sample_documents(3_000);
    disturbed(database.config(), store_options(), &documents, 100, async |_| {
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        admin.execute(kill, &[&database.name()]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_one_connection_stores_everything() {
    let Some(cluster) = Cluster::start().await else { return };
    let owner = cluster.create_database("narrow").await;
    deploy(&owner).await.unwrap();
    let admin = owner.connect().await.unwrap();
    admin.batch_execute("CREATE ROLE narrow LOGIN CONNECTION LIMIT 1; GRANT laneway TO narrow").await.unwrap();
    let documents = sample_documents(1_000);
    let config = cluster.config("narrow", "narrow");
    disturbed(&config, store_options(), &documents, 2_000, async |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_waited_out() {
    let Some(cluster) = Cluster::start().await else { return };
    let owner = cluster.create_database("refused").await;
    deploy(&owner).await.unwrap();
    let admin = cluster.config("laneway", "postgres").connect().await.unwrap();
    admin.batch_execute("CREATE ROLE app LOGIN; GRANT laneway TO app").await.unwrap();
    let documents = sample_documents(1_500);
    disturbed(&cluster.config("app", "refused"), store_options(), &documents, 500, async |times| {
        if times == 1 {
            let kill = "ALTER ROLE app NOLOGIN;
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";
            admin.batch_execute(kill).await.unwrap();
            // Meanwhile the load meets refusals.
            admin.batch_execute("SELECT pg_sleep(5); ALTER ROLE app LOGIN").await.unwrap();
        }
    })
    .await;
    // At once, and after 1, 3 and 7 seconds: whoever wants to log in, commits in doubt among them. 7 has passed the refusal.
    let refused = cluster.logged("is not permitted to log in").await;
    assert!((2..=3).contains(&refused), "{refused} logins were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_deployed_anew_under_the_load_is_found_again() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let runtime = open(database.config(), store_options()).await;
    let documents = sample_documents(300);
    let before = within("the first load", load(&runtime, &documents, 64, |_| {})).await;
    check(&before, &documents, database.config()).await;
    let admin = database.config().connect().await.unwrap();
    admin.batch_execute("DROP SCHEMA dms CASCADE; DROP PUBLICATION IF EXISTS to_debezium").await.unwrap();
    deploy(database.config()).await.unwrap();
    let after = within("the second load", load(&runtime, &documents, 64, |_| {})).await;
    runtime.close().await;
    check(&after, &documents, database.config()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_withholds_its_wal_position_is_written_to() {
    let Some(cluster) = Cluster::start().await else { return };
    let owner = cluster.create_database("withheld").await;
    deploy(&owner).await.unwrap();
    let admin = owner.connect().await.unwrap();
    let revoke = "CREATE ROLE app LOGIN; GRANT laneway TO app; ALTER ROLE app NOINHERIT;
                  GRANT USAGE ON SCHEMA dms TO app; GRANT ALL ON ALL TABLES IN SCHEMA dms TO app;
                  GRANT ALL ON ALL SEQUENCES IN SCHEMA dms TO app;
                  REVOKE laneway FROM app;
                  REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC";
    admin.batch_execute(revoke).await.unwrap();
    let documents = sample_documents(200);
    let config = cluster.config("app", "withheld");
    disturbed(&config, store_options(), &documents, 50, async |_| {
        // A lost COMMIT is settled by the data alone.
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";
        admin.batch_execute(kill).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_costs_no_document() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let tcp = server.tcp_config().with_database(database.name()).unwrap();
    let proxy = Proxy::before(&tcp).await;
    let options = StoreOptions {
        statement_timeout: Duration::from_millis(900),
        answer_timeout: Duration::from_secs(1),
        ..store_options()
    };
    let documents = sample_documents(1_000);
    let admin = server.config().connect().await.unwrap();
    disturbed(proxy.config(), options, &documents, 400, async |_| {
        proxy.set_silent(true);
        // Longer than a flush waits for an answer.
        admin.batch_execute("SELECT pg_sleep(3)").await.unwrap();
        proxy.set_silent(false);
    })
    .await;
}

/// What may be lost is reported when the next connection finds it out, and once.
#[tokio::test]
async fn a_promotion_under_an_open_store_is_reported() {
    let Some(cluster) = Cluster::start().await else { return };
    let config = cluster.create_database("promoted").await;
    deploy(&config).await.unwrap();
    let log = Log::default();
    let _logging = log.take_all();
    let store = PostgresStore::open(&config, store_options()).await.unwrap();
    let (plugins, settings) = (samples::plugins(), Settings { documents: 20, ..Settings::default() });
    for kind in [OutcomeKind::Inserted, OutcomeKind::Updated] {
        let outcomes = samples::write(store.clone(), &plugins, &settings).await;
        assert!(outcomes.iter().all(|outcome| outcome.kind() == kind), "{outcomes:?}");
        let promoted = "a standby has been promoted (timeline 00000002 instead of 00000001)";
        assert_eq!(log.holds(promoted), kind == OutcomeKind::Updated);
        log.clear();
        if kind == OutcomeKind::Inserted {
            cluster.promote().await;
        }
    }
}
