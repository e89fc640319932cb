//! Locks that another session holds while documents are handed over: those that need them wait, and no others. No scene
//! rests on time: what does not need the lock settles before it is released.

use std::sync::Arc;
use std::time::{Duration, Instant};

use laneway_core::{Executor, FlushReason, Request, Runtime, Stats, Ticket};
use laneway_embedded::Database;
use laneway_model::{DocumentUuid, Limits, OutcomeKind, ReferentialId};
use laneway_plugin::Plugins;
use laneway_postgres::{PostgresStore, StoreOptions, deploy};
use laneway_replay::Schemas;
use laneway_tests::need;
use laneway_tests::wait::{until, within};
use tokio_postgres::Client;

/// How many documents that do not need the lock are handed over before those that do, and after them.
const OTHERS: usize = 100;

/// Endpoint and document.
type Upsert = (&'static str, &'static str);

struct Scene<'a> {
    lock: &'a str,
    /// What needs it.
    needs: &'static [Upsert],
    /// What does not, although it has to do with the same documents.
    related: &'static [Upsert],
}

const BEFORE: &[Upsert] = &[
    ("schools", r#"{"schoolId":4}"#),
    ("students", r#"{"studentUniqueId":"s"}"#),
    ("learningStandards", r#"{"learningStandardId":"parent"}"#),
];

const CHILD: Upsert = (
    "learningStandards",
    r#"{"learningStandardId":"child","parentLearningStandardReference":{"learningStandardId":"parent"}}"#,
);

const DOCUMENT: Scene<'_> = Scene {
    lock: "SELECT FROM dms.document WHERE resourcename = 'LearningStandard' FOR UPDATE",
    needs: &[("learningStandards", r#"{"learningStandardId":"parent","written":"again"}"#)],
    // It needs the stored document's alias alone, whatever becomes of the update before it.
    related: &[CHILD],
};
const ALIAS: Scene<'_> = Scene {
    lock: "SELECT FROM dms.alias a JOIN dms.document d ON d.id = a.documentid AND d.documentpartitionkey = a.documentpartitionkey \
           WHERE d.resourcename = 'LearningStandard' FOR UPDATE OF a",
    needs: &[CHILD],
    related: &[("learningStandards", r#"{"learningStandardId":"parent","written":"again"}"#)],
};
const PERSON: Scene<'_> = Scene {
    lock: "SELECT pg_advisory_xact_lock(hashtextextended('laneway student s', 0))",
    needs: &[
        ("disciplineActions", r#"{"key":"d","otherStudents":["s"]}"#),
        ("disciplineActions", r#"{"key":"e","otherStudents":["s"]}"#),
    ],
    related: &[("disciplineActions", r#"{"key":"f","otherStudents":["t"]}"#)],
};
const HIERARCHY: Scene<'_> = Scene {
    lock: "SELECT pg_advisory_xact_lock(hashtextextended('laneway hierarchy', 0))",
    needs: &[("schools", r#"{"schoolId":5}"#), ("students", r#"{"studentUniqueId":"t"}"#)],
    related: &[],
};
const TABLE: &str = "LOCK TABLE dms.document IN ACCESS EXCLUSIVE MODE";
/// As while an index is built: everybody may read.
const INDEX: &str = "LOCK TABLE dms.reference IN SHARE MODE";

struct Stage {
    runtime: Arc<Runtime>,
    other: Client,
    database: Database,
}

impl Stage {
    async fn set_up(limits: Limits) -> Option<Self> {
        let data = need::data()?;
        let database = need::server()?.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let mut schemas = Schemas::new(data.join("schemas"));
        let plugins: Plugins = schemas.plugins(&["probe".to_owned()]).expect("plugins");
        let options = StoreOptions { connections_max: limits.flushes_max(), ..StoreOptions::default() };
        let store = PostgresStore::open(database.config(), options).await.expect("a store");
        let runtime = Runtime::start(Executor::new(store), Arc::new(plugins), limits).expect("threads");
        let other = database.config().connect().await.expect("a connection");
        let stage = Self { runtime: Arc::new(runtime), other, database };
        for upsert in BEFORE {
            let ticket = stage.submit(*upsert).await;
            assert_eq!(outcome(ticket).await, OutcomeKind::Inserted);
        }
        Some(stage)
    }

    async fn submit(&self, (endpoint, body): (&str, &str)) -> Ticket {
        self.submit_until((endpoint, body), None).await
    }

    async fn submit_until(&self, (endpoint, body): (&str, &str), deadline: Option<Instant>) -> Ticket {
        let request = Request {
            project: "ed-fi",
            endpoint,
            document: body.to_owned().into(),
            document_uuid: DocumentUuid::now(),
            trace_id: "t".into(),
            authorization: None,
            deadline,
        };
        self.runtime.submit(request).await.expect("room")
    }

    /// Documents that have to do with nothing else.
    async fn submit_others(&self, from: usize) -> Vec<Ticket> {
        let mut tickets = Vec::with_capacity(OTHERS);
        for number in from..from + OTHERS {
            let body = format!(r#"{{"learningStandardId":"other {number}"}}"#);
            tickets.push(self.submit(("learningStandards", &body)).await);
        }
        tickets
    }

    async fn lock(&self, lock: &str) {
        self.other.batch_execute(&format!("BEGIN; {lock}")).await.expect("a lock");
    }

    async fn release(&self) {
        self.other.batch_execute("ROLLBACK").await.expect("a rollback");
    }

    async fn play(&self, scene: &Scene<'_>) {
        self.lock(scene.lock).await;
        let mut others = self.submit_others(0).await;
        let mut needs = Vec::new();
        for upsert in scene.needs {
            needs.push(self.submit(*upsert).await);
        }
        for upsert in scene.related {
            others.push(self.submit(*upsert).await);
        }
        others.extend(self.submit_others(OTHERS).await);
        for ticket in others {
            let kind = outcome(ticket).await;
            assert!(is_stored(kind), "{kind:?} under {}", scene.lock);
        }
        for ticket in &mut needs {
            assert!(futures_util::poll!(ticket).is_pending(), "settled under {}", scene.lock);
        }
        self.release().await;
        for ticket in needs {
            let kind = outcome(ticket).await;
            assert!(is_stored(kind), "{kind:?} after {}", scene.lock);
        }
    }

    fn stats(&self) -> Stats {
        self.runtime.stats()
    }
}

fn is_stored(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::Inserted | OutcomeKind::Updated)
}

async fn outcome(ticket: Ticket) -> OutcomeKind {
    within("an outcome", ticket).await.outcome.kind()
}

async fn play(scene: &Scene<'_>, batching: bool) {
    let limits = Limits { batching, ..Limits::default() };
    let Some(stage) = Stage::set_up(limits).await else { return };
    stage.play(scene).await;
    assert_eq!(stage.stats().retries, 0, "what is locked counts as no retry");
    stage.runtime.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_document_costs_no_other() {
    play(&DOCUMENT, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_document_costs_no_other_without_batches() {
    play(&DOCUMENT, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_alias_costs_only_what_refers_to_it() {
    play(&ALIAS, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_person_costs_only_their_documents() {
    play(&PERSON, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_locked_hierarchy_costs_only_what_reads_it() {
    play(&HIERARCHY, true).await;
}

/// A key that another session is inserting is waited for as a lock is, but cannot be asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_that_another_session_inserts_costs_no_other() {
    let id = ReferentialId::of("Ed-Fi", "LearningStandard", [("$.learningStandardId", "new")]);
    let lock = format!(
        "INSERT INTO dms.alias (referentialpartitionkey, referentialid, documentpartitionkey, documentid) \
         SELECT {}, '{}', documentpartitionkey, id FROM dms.document WHERE resourcename = 'LearningStandard'",
        id.partition().get(),
        id.0,
    );
    let needs = &[("learningStandards", r#"{"learningStandardId":"new"}"#)];
    play(&Scene { lock: &lock, needs, related: &[] }, true).await;
}

/// Held for long enough that every flush has run into it: three tries of what was set aside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_table_is_waited_for() {
    for lock in [TABLE, INDEX] {
        let Some(stage) = Stage::set_up(Limits::default()).await else { return };
        stage.lock(lock).await;
        let mut tickets = stage.submit_others(0).await;
        tickets.push(stage.submit(CHILD).await);
        let is_tried = async || {
            // A round trip, so that the loop does not spin.
            stage.other.batch_execute("SELECT").await.expect("an answer");
            stage.stats().reason(FlushReason::Locked) >= 3
        };
        until("three tries", is_tried).await;
        stage.release().await;
        for ticket in tickets {
            assert_eq!(outcome(ticket).await, OutcomeKind::Inserted, "{lock}");
        }
        stage.runtime.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_lock_ends_at_its_deadline_or_as_a_write_conflict() {
    let limits = Limits { outage_max: Duration::from_secs(2), ..Limits::default() };
    let Some(stage) = Stage::set_up(limits).await else { return };
    stage.lock(DOCUMENT.lock).await;
    let student = stage.submit(("students", r#"{"studentUniqueId":"t"}"#)).await;
    let deadline = Instant::now() + Duration::from_secs(1);
    let hurried = stage.submit_until(DOCUMENT.needs[0], Some(deadline)).await;
    let patient = stage.submit(DOCUMENT.needs[0]).await;
    assert_eq!(outcome(hurried).await, OutcomeKind::Deadline);
    assert!(Instant::now() >= deadline);
    assert_eq!(outcome(patient).await, OutcomeKind::WriteConflict);
    assert_eq!(outcome(student).await, OutcomeKind::Inserted);
    stage.release().await;
    // What was given up left nothing behind, and the identity is free.
    let text = "SELECT count(*) FROM dms.document WHERE edfidoc ->> 'written' = 'again'";
    let count: i64 = stage.other.query_one(text, &[]).await.expect("a count").get(0);
    assert_eq!(count, 0);
    assert_eq!(outcome(stage.submit(DOCUMENT.needs[0]).await).await, OutcomeKind::Updated);
    stage.runtime.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_holder_of_a_lock_is_found_by_who_waits_for_it() {
    const HOLDER: &str = include_str!("../../../crates/laneway-postgres/queries/flush/lock_holder.sql");
    let Some(stage) = Stage::set_up(Limits::default()).await else { return };
    let (waiter, watcher) =
        tokio::try_join!(stage.database.config().connect(), stage.database.config().connect()).expect("connections");
    let pid = async |client: &Client| -> i32 {
        client.query_one("SELECT pg_backend_pid()", &[]).await.expect("a process").get(0)
    };
    let (waits, holds) = (pid(&waiter).await, pid(&stage.other).await);
    assert!(watcher.query_opt(HOLDER, &[&waits]).await.expect("an answer").is_none(), "it does not wait yet");
    stage.lock(&format!("SET application_name = 'migration'; {TABLE}")).await;
    let waiting = tokio::spawn(async move { waiter.batch_execute("SELECT FROM dms.document").await });
    let found = async || {
        let row = watcher.query_opt(HOLDER, &[&waits]).await.expect("an answer")?;
        let (process, application): (i32, String) = (row.get("pid"), row.get("application"));
        let (seconds, relation): (Option<f64>, Option<String>) = (row.get("seconds"), row.get("relation"));
        Some((process, application, seconds.is_some_and(|seconds| seconds >= 0.0), relation))
    };
    until("it waits", async || found().await.is_some()).await;
    let expected = (holds, "migration".to_owned(), true, Some("dms.document".to_owned()));
    assert_eq!(found().await, Some(expected));
    stage.release().await;
    within("the waiting session", waiting).await.expect("a task").expect("an answer");
    stage.runtime.close().await;
}
