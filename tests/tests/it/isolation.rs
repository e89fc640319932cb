//! Flushes under each isolation: what the server runs them with, what is begun again, and that no lock of theirs outlives them,
//! however they end.

use std::sync::Arc;

use laneway_core::{Executor, Flushed, Settlement};
use laneway_embedded::{Database, Server};
use laneway_model::{Outcome, OutcomeKind};
use laneway_pgconfig::tokio_postgres::Client;
use laneway_plugin::Plugins;
use laneway_postgres::{Isolation, PostgresStore, StoreOptions};
use laneway_replay::Schemas;
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::wait::{WAIT_MAX, until, within};
use laneway_tests::watched::{Refusals, Watched};
use laneway_tests::writer::writer;

use crate::two_sessions::{Upsert, batch, flush};

const PEOPLE: &[Upsert] = &[
    ("schools", r#"{"schoolId":4}"#),
    ("students", r#"{"studentUniqueId":"s"}"#),
    ("contacts", r#"{"contactUniqueId":"c"}"#),
];
const ABOUT: &[Upsert] = &[
    (
        "studentSchoolAssociations",
        r#"{"key":"a","studentReference":{"studentUniqueId":"s"},"schoolReference":{"schoolId":4}}"#,
    ),
    ("disciplineActions", r#"{"key":"d","otherStudents":["s"],"contacts":["c"]}"#),
];
/// A document that refers to nothing that is there.
const MISSING: &[Upsert] = &[(
    "studentSchoolAssociations",
    r#"{"key":"b","studentReference":{"studentUniqueId":"stranger"},"schoolReference":{"schoolId":4}}"#,
)];

struct Stage {
    store: PostgresStore,
    owner: Client,
    plugins: Plugins,
    _database: Database,
}

impl Stage {
    async fn set_up(server: &Server, isolation: Isolation) -> Option<Self> {
        let mut schemas = Schemas::new(need::data()?.join("schemas"));
        let plugins = schemas.plugins(&["probe".to_owned()]).expect("plugins");
        let database = server.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let writer = writer(server, &database).await;
        let options = StoreOptions { isolation, lock_timeout: WAIT_MAX, ..StoreOptions::default() };
        let store = PostgresStore::open(&writer, options).await.expect("a store");
        let owner = database.config().connect().await.expect("a connection");
        Some(Self { store, owner, plugins, _database: database })
    }

    async fn write(&self, upserts: &[Upsert]) -> Vec<OutcomeKind> {
        let executor = Arc::new(Executor::new(self.store.clone()));
        let flushed = within("a flush", flush(&executor, batch(&self.plugins, upserts))).await.expect("a flush");
        flushed.iter().map(kind).collect()
    }

    /// Advisory locks that are held in this database.
    async fn locks(&self) -> i64 {
        let text = "SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        self.owner.query_one(text, &[]).await.expect("an answer").get(0)
    }

    /// Sessions that wait for another one.
    async fn waiting(&self) -> i64 {
        let text = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
        self.owner.query_one(text, &[]).await.expect("an answer").get(0)
    }
}

fn kind(flushed: &Flushed) -> OutcomeKind {
    match &flushed.settlement {
        Settlement::Settled(outcome) | Settlement::Missing { refusal: outcome, .. } => Outcome::kind(outcome),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn flushes_run_as_they_were_asked_to_and_leave_no_lock() {
    let Some(server) = need::server() else { return };
    for isolation in Isolation::ALL {
        let Some(stage) = Stage::set_up(server, isolation).await else { return };
        let note = "CREATE TABLE seen (level text);
            GRANT INSERT ON seen TO PUBLIC;
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO public.seen VALUES (current_setting('transaction_isolation')); RETURN NULL; END $$;
            CREATE TRIGGER note AFTER INSERT OR UPDATE ON dms.document FOR EACH STATEMENT EXECUTE FUNCTION note()";
        stage.owner.batch_execute(note).await.expect("a trigger");
        for round in 0..4 {
            let expected = if round == 0 { OutcomeKind::Inserted } else { OutcomeKind::Updated };
            for upserts in [PEOPLE, ABOUT] {
                assert_eq!(stage.write(upserts).await, vec![expected; upserts.len()], "{isolation}");
                assert_eq!(stage.locks().await, 0, "{isolation}: a flush that wrote");
            }
            assert_eq!(stage.write(MISSING).await, [OutcomeKind::InvalidReferences], "{isolation}");
            assert_eq!(stage.locks().await, 0, "{isolation}: a flush that wrote nothing");
        }
        let seen = "SELECT DISTINCT replace(level, ' ', '-') FROM seen";
        let seen: String = stage.owner.query_one(seen, &[]).await.expect("one level").get(0);
        assert_eq!(seen, isolation.as_str());
    }
}

/// As where another server updates the same document: what was read is as old as the snapshot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_session_changed_meanwhile_makes_a_flush_begin_again() {
    let Some(server) = need::server() else { return };
    let Some(stage) = Stage::set_up(server, Isolation::RepeatableRead).await else { return };
    stage.write(PEOPLE).await;
    let refusals = Refusals::default();
    let executor = Arc::new(Executor::new(Watched::new(stage.store.clone(), Arc::clone(&refusals))));
    stage.owner.batch_execute("BEGIN; UPDATE dms.document SET lastmodifiedtraceid = 'other'").await.expect("an update");
    let running =
        flush(&executor, batch(&stage.plugins, &[("contacts", r#"{"contactUniqueId":"c","written":"again"}"#)]));
    until("the flush waits for the row", async || stage.waiting().await > 0).await;
    stage.owner.batch_execute("COMMIT").await.expect("a commit");
    let flushed = within("the flush", running).await.expect("the flush");
    assert_eq!(flushed.iter().map(kind).collect::<Vec<_>>(), [OutcomeKind::Updated]);
    assert_eq!(*refusals.lock().expect("refusals"), ["40001"]);
    assert_eq!((flushed[0].info.attempts, stage.locks().await), (2, 0));
}

/// Also where a flush is dropped between its phases, or while it takes its locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_flush_leaves_no_lock() {
    let Some(server) = need::server() else { return };
    for isolation in Isolation::ALL {
        let Some(stage) = Stage::set_up(server, isolation).await else { return };
        stage.write(PEOPLE).await;
        let (held, is_there, go) = Watched::new(stage.store.clone(), Refusals::default()).held();
        let running = flush(&Arc::new(Executor::new(held)), batch(&stage.plugins, ABOUT));
        within("the flush reads", is_there).await.expect("the flush");
        assert!(stage.locks().await > 0, "{isolation}: it holds its locks");
        let waits = flush(&Arc::new(Executor::new(stage.store.clone())), batch(&stage.plugins, ABOUT));
        until("another waits for them", async || stage.waiting().await > 0).await;
        waits.abort();
        running.abort();
        drop(go);
        until("the server has noticed", async || stage.locks().await == 0).await;
        assert_eq!(stage.write(ABOUT).await, [OutcomeKind::Inserted; 2], "{isolation}: the next flush");
    }
}
