//! Settings of the role, the database or the server that would change what statements mean, take or find: what is stored is
//! the same under each, and what takes long is logged. Also plans, which must not depend on when statistics were gathered.

use laneway_embedded::{Database, Server};
use laneway_model::OutcomeKind;
use laneway_pgconfig::Config;
use laneway_pgconfig::tokio_postgres::Client;
use laneway_postgres::{PostgresStore, StoreOptions};
use laneway_postgres_tools::{Permission, Scratch};
use laneway_sample::Settings;
use laneway_tests::isolation::store_options;
use laneway_tests::log::Log;
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::samples::{plugins, write};
use laneway_tests::wait::{WAIT_MAX, until, within};
use laneway_tests::writer::writer;

use crate::store_content::assert_as_expected;

/// Settings as an `ALTER DATABASE … SET` makes them.
const SETTINGS: &[(&str, &str)] = &[
    ("default_transaction_isolation", "'serializable'"),
    ("default_transaction_isolation", "'repeatable read'"),
    ("default_transaction_deferrable", "on"),
    ("search_path", "''"),
    ("search_path", "elsewhere, pg_catalog"),
    ("statement_timeout", "'1ms'"),
    ("lock_timeout", "'1ms'"),
    ("idle_in_transaction_session_timeout", "'1ms'"),
    ("row_security", "off"),
    ("synchronous_commit", "off"),
    ("timezone", "'Asia/Kathmandu'"),
    ("datestyle", "'SQL, DMY'"),
    ("intervalstyle", "'sql_standard'"),
    ("bytea_output", "'escape'"),
    ("standard_conforming_strings", "off"),
    ("backslash_quote", "off"),
    ("xmloption", "'document'"),
    ("extra_float_digits", "-15"),
    ("plan_cache_mode", "'force_custom_plan'"),
    ("jit_above_cost", "0"),
    ("enable_indexscan", "off"),
    ("enable_partition_pruning", "off"),
    ("transform_null_equals", "on"),
    ("array_nulls", "off"),
    ("check_function_bodies", "off"),
    ("session_replication_role", "'origin'"),
];

/// Objects of the names that statements use, in a schema that `search_path` puts first.
const ELSEWHERE: &str = "CREATE SCHEMA elsewhere; GRANT USAGE ON SCHEMA elsewhere TO PUBLIC;
    CREATE TABLE elsewhere.document (id int); CREATE TABLE elsewhere.alias (id int);
    CREATE FUNCTION elsewhere.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '-infinity'::timestamptz $$;
    CREATE FUNCTION elsewhere.unnest(bigint[]) RETURNS SETOF bigint LANGUAGE sql AS $$ SELECT 0::bigint WHERE false $$";

async fn store(server: &Server) -> (Database, Config, Client) {
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let (writer, owner) = (writer(server, &database).await, database.config().connect().await.unwrap());
    (database, writer, owner)
}

async fn open(writer: &Config) -> PostgresStore {
    PostgresStore::open(writer, store_options()).await.unwrap()
}

#[tokio::test]
async fn settings_of_a_database_change_nothing() {
    let Some(server) = need::server() else { return };
    let (plugins, settings) = (plugins(), Settings { documents: 150, ..Settings::default() });
    let (database, writer, owner) = store(server).await;
    let scratch = Scratch::open(database.config(), Permission::OnlyIfMarked).await.unwrap();
    owner.batch_execute(ELSEWHERE).await.unwrap();
    for (name, value) in SETTINGS {
        scratch.empty().await.unwrap();
        let alter = format!("ALTER DATABASE \"{}\" SET {name} = {value}", database.name());
        owner.batch_execute(&alter).await.unwrap();
        let outcomes = write(open(&writer).await, &plugins, &settings).await;
        let inserted = outcomes.iter().all(|outcome| outcome.kind() == OutcomeKind::Inserted);
        assert!(inserted, "{name} = {value}: {outcomes:?}");
        owner.batch_execute(&format!("ALTER DATABASE \"{}\" RESET ALL", database.name())).await.unwrap();
        assert_as_expected(&database, &settings).await;
        let strange =
            "SELECT count(*) FROM dms.document WHERE createdat < now() AT TIME ZONE 'UTC' - interval '3 hours'
            OR createdat > now() AT TIME ZONE 'UTC'";
        let strange: i64 = owner.query_one(strange, &[]).await.unwrap().get(0);
        assert_eq!(strange, 0, "{name} = {value}: times");
    }
}

/// The session ends between two flushes; the second takes another.
#[tokio::test]
async fn sessions_that_the_server_ends_while_idle_cost_nothing() {
    let Some(server) = need::server() else { return };
    let (database, writer, owner) = store(server).await;
    let alter = format!("ALTER DATABASE \"{}\" SET idle_session_timeout = '100ms'", database.name());
    owner.batch_execute(&alter).await.unwrap();
    let (store, plugins, settings) =
        (open(&writer).await, plugins(), Settings { documents: 100, ..Settings::default() });
    for kind in [OutcomeKind::Inserted, OutcomeKind::Updated] {
        let outcomes = write(store.clone(), &plugins, &settings).await;
        assert!(outcomes.iter().all(|outcome| outcome.kind() == kind), "{outcomes:?}");
        let others =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        until("the server has ended the idle sessions", async || {
            owner.query_one(others, &[]).await.unwrap().get::<_, i64>(0) == 0
        })
        .await;
    }
}

/// It ends a connection (25P04) whatever its transaction does; servers have it from 17 on.
#[tokio::test]
async fn a_transaction_timeout_ends_neither_opening_nor_flushes() {
    let Some(server) = need::server() else { return };
    let (database, writer, owner) = store(server).await;
    let version: i32 = owner.query_one("SELECT current_setting('server_version_num')::int", &[]).await.unwrap().get(0);
    if version < 170_000 {
        return;
    }
    let alter = format!("ALTER DATABASE \"{}\" SET transaction_timeout = '200ms'", database.name());
    owner.batch_execute(&alter).await.unwrap();
    // Longer than it allows.
    let slow = "CREATE FUNCTION dms.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
        CREATE TRIGGER slow AFTER INSERT ON dms.document FOR EACH STATEMENT EXECUTE FUNCTION dms.slow()";
    owner.batch_execute(slow).await.unwrap();
    let killed = "SELECT sessions_killed + sessions_fatal FROM pg_stat_database WHERE datname = current_database()";
    let settings = Settings { documents: 20, ..Settings::default() };
    let outcomes = write(open(&writer).await, &plugins(), &settings).await;
    assert!(outcomes.iter().all(|outcome| outcome.kind() == OutcomeKind::Inserted), "{outcomes:?}");
    assert_eq!(owner.query_one(killed, &[]).await.unwrap().get::<_, i64>(0), 0, "connections were ended");
}

#[tokio::test]
async fn the_smallest_lock_table_is_enough() {
    if need::server().is_none() {
        return;
    }
    let settings = laneway_embedded::Settings {
        connections_max: 100,
        further: &["max_locks_per_transaction=10"],
        ..laneway_embedded::Settings::for_tests()
    };
    let Ok(server) = Server::own(&settings) else {
        need::skip::<()>("no server of our own can be started");
        return;
    };
    let database = server.create_database("laneway_test").await.unwrap();
    let settings = Settings { documents: 600, ..Settings::default() };
    deploy(database.config()).await.unwrap();
    let outcomes = write(open(database.config()).await, &plugins(), &settings).await;
    assert!(outcomes.iter().all(|outcome| outcome.kind() == OutcomeKind::Inserted), "{outcomes:?}");
    assert_as_expected(&database, &settings).await;
}

/// How many index entries were read for each document that was stored, in all tables of the store.
async fn entries_read(owner: &Client, documents: u64) -> u64 {
    let text = "SELECT coalesce(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes WHERE schemaname = 'dms'";
    owner.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    owner.query_one(text, &[]).await.unwrap().get::<_, i64>(0).unsigned_abs() / documents
}

/// Loads into a fresh store, as its owner or as a role that may gather no statistics, without autovacuum's; what was read for
/// each document. `before`: how many documents there were when statistics of everything were gathered, if they were.
async fn read_in_a_load(server: &Server, before: Option<u64>, as_owner: bool) -> u64 {
    let plugins = plugins();
    let documents = 4_000;
    let (database, writer, owner) = store(server).await;
    let config = if as_owner { database.config() } else { &writer };
    for table in ["document", "alias", "reference"] {
        let partitions = (0..16).map(|n| format!("ALTER TABLE dms.{table}_{n:02} SET (autovacuum_enabled = off);"));
        owner.batch_execute(&partitions.collect::<String>()).await.unwrap();
    }
    if let Some(before) = before {
        if before > 0 {
            write(open(config).await, &plugins, &Settings { documents: before, ..Settings::default() }).await;
        }
        owner.batch_execute("VACUUM ANALYZE").await.unwrap();
    }
    let outcomes = write(open(config).await, &plugins, &Settings { documents, ..Settings::default() }).await;
    let stored = |kind| matches!(kind, OutcomeKind::Inserted | OutcomeKind::Updated);
    assert!(outcomes.iter().all(|outcome| stored(outcome.kind())), "{before:?}");
    // Sessions report what they have done when they end.
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'";
    until("sessions have ended", async || owner.query_one(others, &[]).await.unwrap().get::<_, i64>(0) == 0).await;
    entries_read(&owner, documents).await
}

/// Gathered while the tables were empty, or held little, statistics are exact and useless. As a role that may gather none.
#[tokio::test]
async fn what_is_read_for_a_document_does_not_depend_on_statistics() {
    let Some(server) = need::server() else { return };
    let mut read = Vec::new();
    for before in [None, Some(0), Some(130)] {
        read.push(read_in_a_load(server, before, false).await);
    }
    let [fresh, empty, few] = read[..] else { unreachable!("three stores") };
    assert!(fresh > 0 && empty <= 2 * fresh && few <= 2 * fresh, "index entries read for a document: {read:?}");
}

/// Without statistics of the partition key, the check of a foreign key walks through the document's partition.
#[tokio::test]
async fn an_owner_s_checks_walk_through_no_partition() {
    let Some(server) = need::server() else { return };
    let (other, owner) = (read_in_a_load(server, None, false).await, read_in_a_load(server, None, true).await);
    assert!(owner > 0 && 2 * owner < other, "index entries read for a document: {owner}; by another role: {other}");
}

/// Of a partition that held ten rows or fewer they say the opposite of what is true.
#[tokio::test]
async fn an_owner_s_checks_walk_through_no_partition_that_was_analysed_when_it_was_small() {
    let Some(server) = need::server() else { return };
    let (fresh, few) = (read_in_a_load(server, None, true).await, read_in_a_load(server, Some(130), true).await);
    assert!(2 * few <= 5 * fresh, "index entries read for a document: {fresh}; after a few were analysed: {few}");
}

/// A trigger that waits for whoever holds the lock.
const GATE: &str = "CREATE FUNCTION dms.gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
    CREATE TRIGGER gate BEFORE INSERT ON dms.document FOR EACH ROW EXECUTE FUNCTION dms.gate()";

#[tokio::test]
async fn a_flush_that_waits_for_a_lock_names_its_holder() {
    let Some(server) = need::server() else { return };
    let (_database, writer, owner) = store(server).await;
    let log = Log::default();
    let _logging = log.take_all();
    owner.batch_execute(GATE).await.unwrap();
    owner.batch_execute("SET application_name = 'gatekeeper'; SELECT pg_advisory_lock(4711)").await.unwrap();
    // Longer than it takes until a wait is reported, so that the flush does not set the documents aside.
    let options = StoreOptions { lock_timeout: WAIT_MAX, ..store_options() };
    let store = PostgresStore::open(&writer, options).await.unwrap();
    let (plugins, settings) = (plugins(), Settings { documents: 5, ..Settings::default() });
    let opened = async {
        log.has("a flush waits for a lock on a person or the hierarchy held by pid ", &owner).await;
        log.has("application 'gatekeeper'", &owner).await;
        owner.batch_execute("SELECT pg_advisory_unlock(4711)").await.unwrap();
    };
    let both = async { tokio::join!(write(store, &plugins, &settings), opened) };
    let (outcomes, ()) = within("the documents are settled", both).await;
    assert!(outcomes.iter().all(|outcome| outcome.kind() == OutcomeKind::Inserted), "{outcomes:?}");
}

/// Nothing of the server's ends the wait for a standby; cancelled, the documents are there, and known to be.
#[tokio::test]
async fn a_commit_that_waits_for_a_standby_says_so_and_is_settled_when_the_wait_is_cancelled() {
    if need::server().is_none() {
        return;
    }
    let Ok(server) = Server::own(&laneway_embedded::Settings {
        durability: laneway_embedded::Durability::Full,
        ..laneway_embedded::Settings::for_tests()
    }) else {
        need::skip::<()>("no server of our own can be started");
        return;
    };
    let log = Log::default();
    let _logging = log.take_all();
    for end in ["pg_cancel_backend", "pg_terminate_backend"] {
        let (_database, writer, owner) = store(&server).await;
        let store = open(&writer).await;
        for statement in [
            "SET synchronous_commit = local",
            "ALTER SYSTEM SET synchronous_standby_names = 'gone'",
            "SELECT pg_reload_conf()",
        ] {
            owner.batch_execute(statement).await.unwrap();
        }
        until("the setting is in force", async || {
            let client = server.config().connect().await.unwrap();
            client.query_one("SHOW synchronous_standby_names", &[]).await.unwrap().get::<_, &str>(0) == "gone"
        })
        .await;
        let settings = Settings { documents: 20, ..Settings::default() };
        let plugins = plugins();
        let written = write(store, &plugins, &settings);
        let cancelled = async {
            log.has("COMMIT waits for a synchronous standby", &owner).await;
            let end = format!("SELECT {end}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            owner.query(&end, &[]).await.unwrap();
        };
        let (outcomes, ()) = within("the documents are settled", async { tokio::join!(written, cancelled) }).await;
        assert!(outcomes.iter().all(|outcome| outcome.kind() == OutcomeKind::Inserted), "{end}: {outcomes:?}");
        owner.batch_execute("ALTER SYSTEM RESET synchronous_standby_names").await.unwrap();
        owner.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        log.clear();
    }
}
