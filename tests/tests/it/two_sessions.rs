//! What two flushes at the same time could do to each other, and the lock or order that prevents it: each is left out
//! once, and a scene of two sessions then ends wrong. No scene rests on time: the first flush is held between its two
//! phases until the second is over, or waits for the first in the server.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use laneway_core::store::Store;
use laneway_core::{Accepted, Batch, Executor, FaultPoint, Flush as _, FlushReason, Flushed, Mode};
use laneway_embedded::Database;
use laneway_model::{DocumentUuid, Extractor as _, Limits, Operation, OperationId};
use laneway_plugin::Plugins;
use laneway_postgres::{Isolation, PostgresStore, StoreOptions};
use laneway_postgres_tools::{Permission, Scratch};
use laneway_replay::Schemas;
use laneway_tests::isolation::{isolation, store_options};
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::wait::{WAIT_MAX, until, within};
use laneway_tests::watched::{Refusals, Watched};
use laneway_tests::writer::writer;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Endpoint and document.
pub(super) type Upsert = (&'static str, &'static str);

/// Two batches at the same time, and how it must end.
struct Scene {
    /// What prevents that it ends otherwise.
    step: FaultPoint,
    schema: &'static str,
    before: &'static [Upsert],
    first: &'static [Upsert],
    second: &'static [Upsert],
    /// One value of the store at the end.
    value: &'static str,
    /// What it is, and what the server refused on the way.
    ends: (&'static str, &'static [&'static str]),
}

/// The steps that scenes notice.
pub(super) fn steps() -> impl Iterator<Item = FaultPoint> {
    HELD.iter().map(|scene| scene.step).chain([ALIASES.step])
}

const PEOPLE: &[Upsert] = &[
    ("schools", r#"{"schoolId":4}"#),
    ("students", r#"{"studentUniqueId":"s"}"#),
    ("contacts", r#"{"contactUniqueId":"c"}"#),
    ("staffs", r#"{"staffUniqueId":"f"}"#),
    (
        "studentContactAssociations",
        r#"{"key":"x","studentReference":{"studentUniqueId":"s"},"contactReference":{"contactUniqueId":"c"}}"#,
    ),
];
const ENROLLED: &[Upsert] = &[(
    "studentSchoolAssociations",
    r#"{"key":"a","studentReference":{"studentUniqueId":"s"},"schoolReference":{"schoolId":4}}"#,
)];

/// In each of these the first flush has read when the second comes.
const HELD: &[Scene] = &[
    Scene {
        step: FaultPoint::HierarchyLock,
        schema: "ds-5.2",
        before: &[
            ("localEducationAgencies", r#"{"localEducationAgencyId":1}"#),
            ("localEducationAgencies", r#"{"localEducationAgencyId":2}"#),
        ],
        first: &[(
            "localEducationAgencies",
            r#"{"localEducationAgencyId":1,"parentLocalEducationAgencyReference":{"localEducationAgencyId":2}}"#,
        )],
        second: &[(
            "localEducationAgencies",
            r#"{"localEducationAgencyId":2,"parentLocalEducationAgencyReference":{"localEducationAgencyId":1}}"#,
        )],
        // Otherwise each is below the other: neither saw the cycle that both close.
        value: "SELECT string_agg(educationorganizationid::text, ',') FROM dms.educationorganizationhierarchy \
                WHERE parentid IS NOT NULL",
        ends: ("1", &[]),
    },
    Scene {
        step: FaultPoint::StudentLocks,
        schema: "probe",
        before: PEOPLE,
        first: &[("disciplineActions", r#"{"key":"d","otherStudents":["s"]}"#)],
        second: ENROLLED,
        value: "SELECT studentschoolauthorizationedorgids::text FROM dms.document WHERE resourcename = 'DisciplineAction'",
        ends: (r#"["4"]"#, &[]),
    },
    Scene {
        step: FaultPoint::StaffLocks,
        schema: "probe",
        before: PEOPLE,
        first: &[("disciplineActions", r#"{"key":"d","otherStaff":["f"]}"#)],
        second: &[(
            "staffEducationOrganizationEmploymentAssociations",
            r#"{"key":"a","staffReference":{"staffUniqueId":"f"},"educationOrganizationReference":{"educationOrganizationId":4}}"#,
        )],
        value: "SELECT staffeducationorganizationauthorizationedorgids::text FROM dms.document \
                WHERE resourcename = 'DisciplineAction'",
        ends: (r#"["4"]"#, &[]),
    },
    Scene {
        step: FaultPoint::ContactLocks,
        schema: "probe",
        before: PEOPLE,
        first: &[("disciplineActions", r#"{"key":"d","contacts":["c"]}"#)],
        second: ENROLLED,
        value: "SELECT contactstudentschoolauthorizationedorgids::text FROM dms.document \
                WHERE resourcename = 'DisciplineAction'",
        ends: (r#"["4"]"#, &[]),
    },
    Scene {
        step: FaultPoint::DocumentLocks,
        schema: "probe",
        before: &[("students", r#"{"studentUniqueId":"s"}"#)],
        first: &[("students", r#"{"studentUniqueId":"s","written":"first"}"#)],
        second: &[("students", r#"{"studentUniqueId":"s","written":"second"}"#)],
        // What was read first takes effect first.
        value: "SELECT edfidoc ->> 'written' FROM dms.document",
        ends: ("second", &[]),
    },
];

/// Here both have inserted one alias when they come to the other's: the second finds both taken, and updates.
const ALIASES: Scene = Scene {
    step: FaultPoint::AliasKeyOrder,
    schema: "probe",
    before: &[],
    first: &[("students", r#"{"studentUniqueId":"s"}"#), ("students", r#"{"studentUniqueId":"t"}"#)],
    second: &[("students", r#"{"studentUniqueId":"t"}"#), ("students", r#"{"studentUniqueId":"s"}"#)],
    value: "SELECT count(*)::text FROM dms.document",
    ends: ("2", &["23505"]),
};

/// Lets every transaction wait for the gate before its second alias.
const GATE: &str = "
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('gate.passed', true) = 'one' THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF;
        PERFORM set_config('gate.passed', 'one', true);
        RETURN NEW;
    END $$;
    CREATE TRIGGER gate BEFORE INSERT ON dms.alias FOR EACH ROW EXECUTE FUNCTION gate()";

/// How a scene ended.
type End = (String, Vec<String>);

/// A store for scenes.
struct Stage {
    store: PostgresStore,
    scratch: Scratch,
    client: tokio_postgres::Client,
    schemas: Schemas,
    _database: Database,
}

impl Stage {
    async fn set_up() -> Option<Self> {
        let data = need::data()?;
        let server = need::server()?;
        let database = server.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let writer = writer(server, &database).await;
        // Longer than `deadlock_timeout`, so that the server finds a deadlock before the lock's waiter gives up.
        let options = StoreOptions { lock_timeout: WAIT_MAX, ..store_options() };
        Some(Self {
            store: PostgresStore::open(&writer, options).await.expect("a store"),
            scratch: Scratch::open(database.config(), Permission::OnlyIfMarked).await.expect("a scratch store"),
            client: database.config().connect().await.expect("a connection"),
            schemas: Schemas::new(data.join("schemas")),
            _database: database,
        })
    }

    /// Empties the store and brings what stands before the scene.
    async fn prepare(&mut self, scene: &Scene) -> Plugins {
        let plugins = self.schemas.plugins(&[scene.schema.to_owned()]).expect("plugins");
        self.scratch.empty().await.expect("an empty store");
        let executor = Arc::new(Executor::new(self.store.clone()));
        for upsert in scene.before {
            flush(&executor, batch(&plugins, &[*upsert])).await.expect("a flush");
        }
        plugins
    }

    /// Plays a scene in which the first flush is held.
    async fn play_held(&mut self, scene: &Scene, faults: Option<FaultPoint>) -> End {
        let plugins = self.prepare(scene).await;
        let refusals = Refusals::default();
        let watched = || Watched::new(self.store.clone(), Arc::clone(&refusals));
        let (held, is_there, go) = watched().held();
        let first = flush(&executor(held, faults), batch(&plugins, scene.first));
        within("the first flush", is_there).await.expect("the first flush");
        let second = flush(&executor(watched(), faults), batch(&plugins, scene.second));
        until("the second flush waits or ends", async || second.is_finished() || self.waiting().await >= 1).await;
        go.send(()).expect("the first flush is held");
        within("the first flush", first).await.expect("the first flush");
        within("the second flush", second).await.expect("the second flush");
        self.end(scene, &refusals).await
    }

    /// Plays a scene in which both wait at the gate, or for the one that waits there.
    async fn play_at_the_gate(&mut self, scene: &Scene, faults: Option<FaultPoint>) -> End {
        let plugins = self.prepare(scene).await;
        let refusals = Refusals::default();
        let watched = || Watched::new(self.store.clone(), Arc::clone(&refusals));
        self.client.batch_execute("SELECT pg_advisory_lock(4711)").await.expect("the gate");
        let first = flush(&executor(watched(), faults), batch(&plugins, scene.first));
        until("the first flush waits", async || self.waiting().await >= 1).await;
        let second = flush(&executor(watched(), faults), batch(&plugins, scene.second));
        until("both flushes wait", async || self.waiting().await >= 2).await;
        self.client.batch_execute("SELECT pg_advisory_unlock(4711)").await.expect("the gate");
        within("the first flush", first).await.expect("the first flush");
        within("the second flush", second).await.expect("the second flush");
        self.end(scene, &refusals).await
    }

    /// How many sessions wait for another one.
    async fn waiting(&self) -> i64 {
        let text = "SELECT count(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
        self.client.query_one(text, &[]).await.expect("an answer").get(0)
    }

    async fn end(&self, scene: &Scene, refusals: &Refusals) -> End {
        let row = self.client.query_one(scene.value, &[]).await.expect("a value");
        let value: Option<String> = row.get(0);
        (value.unwrap_or_else(|| "null".to_owned()), refusals.lock().expect("refusals").clone())
    }
}

fn executor<S: Store>(store: S, faults: Option<FaultPoint>) -> Arc<Executor<S>> {
    let mut executor = Executor::new(store);
    executor.skip(faults);
    Arc::new(executor)
}

/// Runs a batch beside everything else, and returns what it reported.
pub(super) fn flush<S: Store>(executor: &Arc<Executor<S>>, batch: Batch) -> JoinHandle<Vec<Flushed>> {
    let executor = Arc::clone(executor);
    let (report, mut reported) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        executor.run(batch, report).await;
        std::iter::from_fn(|| reported.try_recv().ok()).flatten().collect()
    })
}

pub(super) fn batch(plugins: &Plugins, upserts: &[Upsert]) -> Batch {
    let mut worker = plugins.worker();
    let accepted = |(index, (endpoint, body)): (usize, &Upsert)| {
        let document = Bytes::from_static(body.as_bytes());
        let route = plugins.route("ed-fi", endpoint).expect("a resource");
        let extraction = worker.extract(&route, &document).expect("an extraction");
        let document_uuid = DocumentUuid(Uuid::from_u128(fastrand::u128(..)));
        let operation = Operation { document, extraction, document_uuid, trace_id: "t".into(), authorization: None };
        Accepted { id: OperationId(index as u64), operation: Arc::new(operation), time_left: None, in_line: false }
    };
    let operations = upserts.iter().enumerate().map(accepted).collect();
    Batch { lane: 0, reason: FlushReason::Idle, mode: Mode::Batched, limits: (&Limits::default()).into(), operations }
}

/// Checks the end of a scene under repeatable read: there, what a step prevents may be refused by the server as well (40001), and
/// the flush begins again.
fn check_end(scene: &Scene, (value, refused): &End) {
    assert_eq!(value, scene.ends.0, "with {:?}", scene.step);
    let unexpected = refused.iter().find(|code| **code != "40001" && !scene.ends.1.contains(&code.as_str()));
    assert_eq!(unexpected, None, "with {:?}", scene.step);
}

/// Checks both ends of a scene; returns a line about the one without the step.
fn check(scene: &Scene, whole: &End, without: &End) -> String {
    let (value, refused) = scene.ends;
    let expected = (value.to_owned(), refused.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
    assert_eq!(*whole, expected, "with {:?}", scene.step);
    assert_ne!(whole, without, "the scene ends alike without {:?}", scene.step);
    let end = |(value, codes): &End| if whole.0 == without.0 { codes.join(", ") } else { value.clone() };
    format!("without {:?}: two sessions end with {} instead of {}\n", scene.step, end(without), end(whole))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lock_is_missed_by_two_sessions() {
    let Some(mut stage) = Stage::set_up().await else { return };
    let mut list = String::new();
    for scene in HELD {
        let whole = stage.play_held(scene, None).await;
        if isolation() == Isolation::RepeatableRead {
            check_end(scene, &whole);
            continue;
        }
        let without = stage.play_held(scene, Some(scene.step)).await;
        list.push_str(&check(scene, &whole, &without));
    }
    stage.client.batch_execute(GATE).await.expect("a gate");
    let whole = stage.play_at_the_gate(&ALIASES, None).await;
    let without = stage.play_at_the_gate(&ALIASES, Some(ALIASES.step)).await;
    assert!(without.1.iter().any(|code| code == "40P01"), "a deadlock without the order of aliases: {without:?}");
    list.push_str(&check(&ALIASES, &whole, &without));
    // Standard error of a passing test is captured by the test harness; this is to be seen.
    std::io::stderr().write_all(list.as_bytes()).expect("standard error");
}
