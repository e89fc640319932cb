//! Several servers at one store, each with connections and a runtime of its own: what flushes about one person or one organization
//! could do to each other, with both transactions open at the worst moment, and references that another server is about to commit.
//! No scene rests on time: a flush is held between its phases, or before its COMMIT by a lock of the test's.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::{Batch, Executor, Runtime, Settlement};
use laneway_embedded::{Database, Server, Settings};
use laneway_model::{Limits, Outcome, OutcomeKind};
use laneway_pgconfig::tokio_postgres::Client;
use laneway_plugin::Plugins;
use laneway_postgres::{PostgresStore, StoreOptions};
use laneway_postgres_tools::{Permission, Scratch};
use laneway_replay::Schemas;
use laneway_tests::isolation::store_options;
use laneway_tests::locks::submit;
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::wait::{WAIT_MAX, until, within};
use laneway_tests::watched::{Refusals, Watched};

use crate::two_sessions::{Upsert, batch, flush};

/// Lets transactions that have written a document wait for the gate before they commit.
const GATE: &str = "
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT OR UPDATE ON dms.document DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION gate()";

/// Two batches that concern one person or one organization.
struct Race {
    name: &'static str,
    before: &'static [Upsert],
    one: &'static [Upsert],
    two: &'static [Upsert],
}

const PEOPLE: &[Upsert] = &[
    ("localEducationAgencies", r#"{"localEducationAgencyId":1}"#),
    ("localEducationAgencies", r#"{"localEducationAgencyId":2}"#),
    ("schools", r#"{"schoolId":4}"#),
    ("schools", r#"{"schoolId":5,"localEducationAgencyReference":{"localEducationAgencyId":1}}"#),
    ("students", r#"{"studentUniqueId":"s"}"#),
    ("contacts", r#"{"contactUniqueId":"c"}"#),
    ("staffs", r#"{"staffUniqueId":"f"}"#),
];
const RELATED: &[Upsert] = &[PEOPLE[2], PEOPLE[4], PEOPLE[5], RELATION];
const ENROLLED: &[Upsert] = &[PEOPLE[0], PEOPLE[2], PEOPLE[3], PEOPLE[4], PEOPLE[5], RELATION, DOCUMENT, ENROLMENT];

const RELATION: Upsert = (
    "studentContactAssociations",
    r#"{"key":"x","studentReference":{"studentUniqueId":"s"},"contactReference":{"contactUniqueId":"c"}}"#,
);
const ENROLMENT: Upsert = (
    "studentSchoolAssociations",
    r#"{"key":"a","studentReference":{"studentUniqueId":"s"},"schoolReference":{"schoolId":4}}"#,
);
const SECOND_ENROLMENT: Upsert = (
    "studentSchoolAssociations",
    r#"{"key":"b","studentReference":{"studentUniqueId":"s"},"schoolReference":{"schoolId":5}}"#,
);
const RESPONSIBILITY: Upsert = (
    "studentEducationOrganizationResponsibilityAssociations",
    r#"{"key":"a","studentReference":{"studentUniqueId":"s"},"educationOrganizationReference":{"educationOrganizationId":4}}"#,
);
const EMPLOYMENT: Upsert = (
    "staffEducationOrganizationEmploymentAssociations",
    r#"{"key":"a","staffReference":{"staffUniqueId":"f"},"educationOrganizationReference":{"educationOrganizationId":4}}"#,
);
const ASSIGNMENT: Upsert = (
    "staffEducationOrganizationAssignmentAssociations",
    r#"{"key":"b","staffReference":{"staffUniqueId":"f"},"educationOrganizationReference":{"educationOrganizationId":5}}"#,
);
const DOCUMENT: Upsert =
    ("disciplineActions", r#"{"key":"d","otherStudents":["s"],"contacts":["c"],"otherStaff":["f"]}"#);
const MOVED_AGENCY: Upsert = (
    "localEducationAgencies",
    r#"{"localEducationAgencyId":1,"parentLocalEducationAgencyReference":{"localEducationAgencyId":2}}"#,
);
const MOVED_SCHOOL: Upsert =
    ("schools", r#"{"schoolId":4,"localEducationAgencyReference":{"localEducationAgencyId":2}}"#);

/// `dms-store` has the kinds: what reads a person's arrays beside what changes them, two that change them, and an organization's
/// parents beside what takes its ancestors.
const RACES: &[Race] = &[
    Race { name: "a student's document, an enrolment", before: PEOPLE, one: &[DOCUMENT], two: &[ENROLMENT] },
    Race { name: "two enrolments", before: ENROLLED, one: &[ENROLMENT], two: &[SECOND_ENROLMENT] },
    Race { name: "a document, a second enrolment", before: ENROLLED, one: &[DOCUMENT], two: &[SECOND_ENROLMENT] },
    Race { name: "a contact's document, an enrolment", before: RELATED, one: &[DOCUMENT], two: &[ENROLMENT] },
    Race { name: "a relation, an enrolment", before: PEOPLE, one: &[RELATION, DOCUMENT], two: &[ENROLMENT] },
    Race { name: "a contact's document, a relation", before: ENROLLED_ALONE, one: &[DOCUMENT], two: &[RELATION] },
    Race { name: "a document, a responsibility", before: PEOPLE, one: &[DOCUMENT], two: &[RESPONSIBILITY] },
    Race {
        name: "an enrolment, a responsibility",
        before: RELATED,
        one: &[DOCUMENT, ENROLMENT],
        two: &[RESPONSIBILITY],
    },
    Race { name: "a document, an employment", before: PEOPLE, one: &[DOCUMENT], two: &[EMPLOYMENT] },
    Race { name: "an employment, an assignment", before: EMPLOYED, one: &[EMPLOYMENT], two: &[ASSIGNMENT] },
    Race {
        name: "a moved agency, an enrolment below it",
        before: PEOPLE,
        one: &[MOVED_AGENCY],
        two: &[SECOND_ENROLMENT],
    },
    Race { name: "a moved agency, a moved school", before: PEOPLE, one: &[MOVED_AGENCY], two: &[MOVED_SCHOOL] },
    Race { name: "a moved school, an enrolment", before: RELATED_IN_AGENCIES, one: &[MOVED_SCHOOL], two: &[ENROLMENT] },
];
const ENROLLED_ALONE: &[Upsert] = &[PEOPLE[2], PEOPLE[4], PEOPLE[5], ENROLMENT];
const EMPLOYED: &[Upsert] = &[PEOPLE[0], PEOPLE[2], PEOPLE[3], PEOPLE[6], DOCUMENT];
const RELATED_IN_AGENCIES: &[Upsert] = &[PEOPLE[0], PEOPLE[1], PEOPLE[2], PEOPLE[4], PEOPLE[5], RELATION, DOCUMENT];

/// When the first flush is held while the second comes.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// It has read and written nothing.
    Read,
    /// It has written everything, and is about to commit.
    Written,
}

/// What a store holds, in canonical lines.
type Content = Vec<(String, String)>;

/// A database with two servers of Laneway's.
struct Stage {
    servers: [PostgresStore; 2],
    scratch: Scratch,
    other: Client,
    plugins: Plugins,
    _database: Database,
}

impl Stage {
    /// Longer than any test: what waits is to be seen waiting.
    fn options() -> StoreOptions {
        StoreOptions { lock_timeout: WAIT_MAX, ..store_options() }
    }

    async fn set_up(server: &Server) -> Option<Self> {
        let mut schemas = Schemas::new(need::data()?.join("schemas"));
        let plugins = schemas.plugins(&["probe".to_owned()]).expect("plugins");
        let database = server.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let open = async || PostgresStore::open(database.config(), Self::options()).await.expect("a store");
        let servers = [open().await, open().await];
        let scratch = Scratch::open(database.config(), Permission::OnlyIfMarked).await.expect("a scratch store");
        let other = database.config().connect().await.expect("a connection");
        other.batch_execute(GATE).await.expect("a gate");
        Some(Self { servers, scratch, other, plugins, _database: database })
    }

    async fn prepare(&self, before: &[Upsert]) {
        self.scratch.empty().await.expect("an empty store");
        for upsert in before {
            self.write(&batch(&self.plugins, &[*upsert])).await;
        }
    }

    async fn write(&self, batch: &Batch) {
        let executor = Arc::new(Executor::new(self.servers[0].clone()));
        assert_stored(within("a flush", flush(&executor, batch.clone())).await.expect("a flush"));
    }

    async fn content(&self) -> Content {
        self.scratch.lines().await.expect("the store's content")
    }

    async fn in_turn(&self, before: &[Upsert], batches: [&Batch; 2]) -> Content {
        self.prepare(before).await;
        for batch in batches {
            self.write(batch).await;
        }
        self.content().await
    }

    /// Runs both, each on a server of its own: the second comes while the first is held at `moment`.
    async fn at_once(&self, before: &[Upsert], batches: [&Batch; 2], moment: Moment) -> Content {
        self.prepare(before).await;
        let [one, two] = batches;
        let watched = Watched::new(self.servers[0].clone(), Refusals::default());
        let second = Arc::new(Executor::new(self.servers[1].clone()));
        let (first, second) = match moment {
            Moment::Read => {
                let (held, is_there, go) = watched.held();
                let first = flush(&Arc::new(Executor::new(held)), one.clone());
                within("the first flush reads", is_there).await.expect("the first flush");
                let second = flush(&second, two.clone());
                until("the second waits or ends", async || second.is_finished() || self.waiting().await >= 1).await;
                go.send(()).expect("the first flush is held");
                (first, second)
            }
            Moment::Written => {
                self.close_gate().await;
                let first = flush(&Arc::new(Executor::new(watched)), one.clone());
                until("the first flush is about to commit", async || self.waiting().await >= 1).await;
                let second = flush(&second, two.clone());
                until("the second waits too", async || self.waiting().await >= 2).await;
                self.open_gate().await;
                (first, second)
            }
        };
        assert_stored(within("the first flush", first).await.expect("the first flush"));
        assert_stored(within("the second flush", second).await.expect("the second flush"));
        self.content().await
    }

    async fn close_gate(&self) {
        self.other.batch_execute("SELECT pg_advisory_lock(4711)").await.expect("the gate");
    }

    async fn open_gate(&self) {
        self.other.batch_execute("SELECT pg_advisory_unlock(4711)").await.expect("the gate");
    }

    /// How many sessions wait for another one.
    async fn waiting(&self) -> i64 {
        let text = "SELECT count(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
        self.other.query_one(text, &[]).await.expect("an answer").get(0)
    }
}

fn assert_stored(flushed: Vec<laneway_core::Flushed>) {
    for flushed in flushed {
        let is_stored = matches!(&flushed.settlement, Settlement::Settled(outcome) if outcome.is_stored());
        assert!(is_stored, "{:?}", flushed.settlement);
    }
}

/// A server whose lock table has the size that those settings make; `None`, after saying so, where none can be started.
fn server(connections_max: u32, further: &'static [&'static str]) -> Option<Server> {
    need::server()?;
    let settings = Settings { connections_max, further, ..Settings::for_tests() };
    Server::own(&settings).ok().or_else(|| need::skip("no server of our own can be started"))
}

/// Every race, at each moment, in both orders.
async fn races(server: Server) {
    let Some(stage) = Stage::set_up(&server).await else { return };
    for race in RACES {
        let (one, two) = (batch(&stage.plugins, race.one), batch(&stage.plugins, race.two));
        let legal = [stage.in_turn(race.before, [&one, &two]).await, stage.in_turn(race.before, [&two, &one]).await];
        for moment in [Moment::Read, Moment::Written] {
            for batches in [[&one, &two], [&two, &one]] {
                let content = stage.at_once(race.before, batches, moment).await;
                let lines =
                    |of: &Content| of.iter().map(|(table, line)| format!("{table} {line}\n")).collect::<String>();
                assert!(
                    legal.contains(&content),
                    "{}, the first held when it has {moment:?}: no serial run leaves\n{}but\n{}",
                    race.name,
                    lines(&content),
                    lines(&legal[0])
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_between_servers_leave_what_a_serial_run_leaves() {
    let Some(server) = server(100, &[]) else { return };
    races(server).await;
}

/// 10 locks for each of few connections: a flush over some partitions fills the table.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_in_the_smallest_lock_table_leave_what_a_serial_run_leaves() {
    let Some(server) = server(25, &["max_locks_per_transaction=10"]) else { return };
    races(server).await;
}

/// A hundred persons of each kind, their documents and associations.
fn persons(plugins: &Plugins, prefix: &str) -> [Batch; 2] {
    let mut persons: Vec<(&'static str, &'static str)> = Vec::new();
    let mut about: Vec<(&'static str, &'static str)> = Vec::new();
    for n in 0..25 {
        let id = format!("{prefix}{n}");
        let leak = |text: String| -> &'static str { text.leak() };
        persons.push(("students", leak(format!(r#"{{"studentUniqueId":"{id}"}}"#))));
        persons.push(("contacts", leak(format!(r#"{{"contactUniqueId":"{id}"}}"#))));
        persons.push(("staffs", leak(format!(r#"{{"staffUniqueId":"{id}"}}"#))));
        let student = format!(r#""studentReference":{{"studentUniqueId":"{id}"}}"#);
        about.push((
            "studentSchoolAssociations",
            leak(format!(r#"{{"key":"{id}",{student},"schoolReference":{{"schoolId":4}}}}"#)),
        ));
        about.push((
            "studentContactAssociations",
            leak(format!(r#"{{"key":"{id}",{student},"contactReference":{{"contactUniqueId":"{id}"}}}}"#)),
        ));
        about.push((
            "staffEducationOrganizationEmploymentAssociations",
            leak(format!(
                r#"{{"key":"{id}","staffReference":{{"staffUniqueId":"{id}"}},"educationOrganizationReference":{{"educationOrganizationId":4}}}}"#
            )),
        ));
        about.push((
            "disciplineActions",
            leak(format!(r#"{{"key":"{id}","otherStudents":["{id}"],"contacts":["{id}"],"otherStaff":["{id}"]}}"#)),
        ));
    }
    [batch(plugins, &persons), batch(plugins, &about)]
}

/// Of one school, whose organizations they all read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flushes_about_different_persons_do_not_wait_for_each_other() {
    let Some(server) = server(100, &[]) else { return };
    let Some(stage) = Stage::set_up(&server).await else { return };
    stage.prepare(&PEOPLE[2..3]).await;
    let held = persons(&stage.plugins, "held");
    let free = persons(&stage.plugins, "free");
    for persons in [&held[0], &free[0]] {
        stage.write(persons).await;
    }
    // First inserts, then updates of the same documents, which lock the persons that are stored.
    for _ in 0..2 {
        let (store, is_there, go) = Watched::new(stage.servers[0].clone(), Refusals::default()).held();
        let first = flush(&Arc::new(Executor::new(store)), held[1].clone());
        within("the first flush reads", is_there).await.expect("the first flush");
        let second = flush(&Arc::new(Executor::new(stage.servers[1].clone())), free[1].clone());
        assert_stored(within("the second flush, beside the first", second).await.expect("the second flush"));
        go.send(()).expect("the first flush is held");
        assert_stored(within("the first flush", first).await.expect("the first flush"));
    }
}

/// Another server has written a document and not committed. What refers to it looks again, and finds it once it is committed;
/// without the setting it is refused while the other transaction is still open. (What refers to a person meets the person's lock,
/// and waits for that.) Others that come with it do not wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_that_another_server_is_about_to_commit_is_looked_for_again() {
    const PATIENCE: Duration = Duration::from_millis(250);
    let Some(server) = need::server() else { return };
    let Some(stage) = Stage::set_up(server).await else { return };
    // Of what is written here only this waits for the gate.
    let standards = "DROP TRIGGER gate ON dms.document;
        CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON dms.document DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.resourcename = 'LearningStandard') EXECUTE FUNCTION gate()";
    stage.other.batch_execute(standards).await.expect("a gate");
    let limits = |reference_recheck| Limits { reference_recheck, ..Limits::default() };
    let plugins = Arc::new(stage.plugins.clone());
    let executor = Executor::new(stage.servers[1].clone());
    let runtime = Runtime::start(executor, plugins, limits(Duration::ZERO)).expect("threads");
    let mut found = false;
    // Where the machine stands still for longer than is looked for, it is tried once more.
    for n in 0..10 {
        let parent = format!(r#"{{"learningStandardId":"parent{n}"}}"#).leak();
        let reference = format!(r#""parentLearningStandardReference":{{"learningStandardId":"parent{n}"}}"#);
        let child = format!(r#"{{"learningStandardId":"child{n}",{reference}}}"#);
        let (child, other) = (("learningStandards", &*child), format!(r#"{{"studentUniqueId":"s{n}"}}"#));
        stage.close_gate().await;
        let executor = Arc::new(Executor::new(stage.servers[0].clone()));
        let first = flush(&executor, batch(&stage.plugins, &[("learningStandards", parent)]));
        until("the parent is written and not committed", async || stage.waiting().await >= 1).await;

        runtime.set_limits(limits(Duration::ZERO)).expect("limits");
        let refused = within("a refusal", submit(&runtime, child, None).await).await;
        assert_eq!(refused.outcome.kind(), OutcomeKind::InvalidReferences, "at once");

        runtime.set_limits(limits(PATIENCE)).expect("limits");
        let flushed = runtime.stats().batch_operations;
        let waits = submit(&runtime, child, None).await;
        let beside = submit(&runtime, ("students", &other), None).await;
        // It was submitted later, and goes through the same lanes.
        let beside = within("what came with it", beside).await;
        assert_eq!(beside.outcome.kind(), OutcomeKind::Inserted);
        stage.open_gate().await;
        assert_stored(within("the first flush", first).await.expect("the first flush"));
        let ended = within("the child", waits).await;
        found = match &ended.outcome {
            // Once with what came with it, and again.
            Outcome::Inserted { .. } => runtime.stats().batch_operations - flushed >= 3,
            Outcome::InvalidReferences { .. } if ended.elapsed >= PATIENCE => false,
            outcome => panic!("{outcome:?} after {:?}", ended.elapsed),
        };
        if found {
            break;
        }
    }
    assert!(found, "it was never found in time");
    within("the runtime", runtime.close()).await;
}
