//! PgBouncer before the server: in which of its modes Laneway works, what it says in the others, and that nothing of its
//! settings reaches another client of the pooler.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::{Executor, Settlement};
use laneway_embedded::Database;
use laneway_model::OutcomeKind;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::{Isolation, PostgresStore, StoreOptions, deploy};
use laneway_postgres_tools::read_content;
use laneway_replay::Schemas;
use laneway_tests::need;
use laneway_tests::pgbouncer::{Pooler, Program};
use laneway_tests::wait::within;

use crate::two_sessions::{Upsert, batch, flush};

/// How many flushes run beside each other, and how many rounds of them.
const FLUSHES: usize = 4;
const ROUNDS: usize = 5;

/// Enough for statements of several kinds; another flush's documents are others.
const DOCUMENTS: [&[Upsert]; FLUSHES] = [
    &[("schools", r#"{"schoolId":4}"#), ("schools", r#"{"schoolId":5}"#)],
    &[("students", r#"{"studentUniqueId":"s"}"#), ("students", r#"{"studentUniqueId":"t"}"#)],
    &[("contacts", r#"{"contactUniqueId":"c"}"#)],
    &[("staffs", r#"{"staffUniqueId":"f"}"#)],
];
const STORED: u64 = 6;

/// What another client of the pooler sees; each is a setting of every flush.
const SETTINGS: [&str; 9] = [
    "enable_seqscan",
    "enable_hashjoin",
    "enable_mergejoin",
    "jit",
    "plan_cache_mode",
    "lock_timeout",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_isolation",
];

/// A store, reached directly, and where the pooler is to find it.
struct Stage {
    database: Database,
    behind: Config,
    plugins: Plugins,
}

impl Stage {
    async fn set_up() -> Option<Self> {
        let (server, data) = (need::server()?, need::data()?);
        if !server.is_own() {
            return need::skip("the pooler needs the password of a server of our own");
        }
        let database = server.create_database("laneway_test").await.unwrap();
        deploy(database.config()).await.unwrap();
        let behind = server.tcp_config().with_database(database.name()).unwrap();
        let plugins = Schemas::new(data.join("schemas")).plugins(&["probe".to_owned()]).unwrap();
        Some(Self { database, behind, plugins })
    }

    /// Loads through the pooler, and looks at what another client of it then finds.
    async fn loads(&self, pooler: &Pooler, what: &str) {
        // It has connections of the server's in use that a flush may get later.
        let others = [pooler.config().connect().await.unwrap(), pooler.config().connect().await.unwrap()];
        let before = settings(pooler.config()).await;
        // On a busy machine the flushes may wait for each other's locks for longer than is usual.
        let options = StoreOptions { lock_timeout: Duration::from_secs(30), ..StoreOptions::default() };
        let store = PostgresStore::open(pooler.config(), options).await;
        let executor = Arc::new(Executor::new(store.unwrap_or_else(|error| panic!("{what}: {error}"))));
        for round in 0..ROUNDS {
            let running = DOCUMENTS.map(|upserts| flush(&executor, batch(&self.plugins, upserts)));
            for (running, upserts) in running.into_iter().zip(DOCUMENTS) {
                let flushed = within("a flush", running).await.unwrap();
                assert_eq!(flushed.len(), upserts.len(), "{what}");
                for flushed in flushed {
                    let Settlement::Settled(outcome) = &flushed.settlement else { panic!("{what}: {flushed:?}") };
                    let expected = if round == 0 { OutcomeKind::Inserted } else { OutcomeKind::Updated };
                    assert_eq!(outcome.kind(), expected, "{what}: {flushed:?}");
                    assert_eq!(flushed.info.attempts, 1, "{what}: {flushed:?}");
                }
            }
        }
        assert_eq!(read_content(self.database.config()).await.unwrap()["document"].rows, STORED, "{what}");
        // While the store is open, and its connections are among those that the pooler hands out.
        assert_eq!(settings(pooler.config()).await, before, "{what}");
        drop(others);
    }
}

/// The settings on every connection of the server's that a client of the pooler can get at the same time as others.
async fn settings(config: &Config) -> Vec<(&'static str, String)> {
    let mut clients = Vec::new();
    let mut found = Vec::new();
    for _ in 0..FLUSHES {
        let client = config.connect().await.unwrap();
        client.batch_execute("BEGIN").await.unwrap();
        for name in SETTINGS {
            let messages = client.simple_query(&format!("SHOW {name}")).await.unwrap();
            let value = messages.iter().find_map(|message| match message {
                laneway_pgconfig::tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            found.push((name, value.unwrap().to_owned()));
        }
        // Its transaction keeps the connection from the next one.
        clients.push(client);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_in_session_mode_is_not_noticed() {
    let Some(programs) = Program::all() else { return };
    for program in programs {
        let Some(stage) = Stage::set_up().await else { return };
        let pooler = Pooler::start(&program, &stage.behind, "pool_mode = session");
        stage.loads(&pooler, &format!("{program}, session")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_keeps_prepared_statements_is_not_noticed() {
    let Some(program) = Program::keeping_statements() else { return };
    for more in ["", "server_round_robin = 1", "default_pool_size = 5"] {
        let Some(stage) = Stage::set_up().await else { return };
        let settings = format!("pool_mode = transaction\nmax_prepared_statements = 200\n{more}");
        let pooler = Pooler::start(&program, &stage.behind, &settings);
        stage.loads(&pooler, &format!("{program}, transaction, {more}")).await;
    }
}

/// However it chooses among its connections, and when others of its clients are busy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_without_prepared_statements_is_refused_at_opening() {
    let Some(programs) = Program::all() else { return };
    for program in programs {
        let without = if program.keeps_statements() { "max_prepared_statements = 0" } else { "" };
        for (mode, more, connections) in [
            ("transaction", "", 0),
            ("transaction", "", 3),
            ("transaction", "server_round_robin = 1", 3),
            ("transaction", "server_round_robin = 1", 2),
            ("transaction", "default_pool_size = 1", 1),
            ("statement", "", 0),
        ] {
            let Some(stage) = Stage::set_up().await else { return };
            let pooler = Pooler::start(&program, &stage.behind, &format!("pool_mode = {mode}\n{without}\n{more}"));
            make_connections(pooler.config(), connections).await;
            let opened = PostgresStore::open(pooler.config(), StoreOptions::default()).await;
            let what = format!("{program}, {mode}, {more}, {connections} connections");
            let error = opened.expect_err(&what).to_string();
            for part in ["pool_mode=session", "max_prepared_statements=200", &*pooler.config().to_string()] {
                assert!(error.contains(part), "{what}: {error}");
            }
        }
    }
}

/// Its locks would stay with a session that serves others next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeatable_read_is_refused_behind_a_pooler_that_shares_sessions() {
    let Some(program) = Program::keeping_statements() else { return };
    let Some(stage) = Stage::set_up().await else { return };
    let options = StoreOptions { isolation: Isolation::RepeatableRead, ..StoreOptions::default() };
    let settings = "pool_mode = transaction\nmax_prepared_statements = 200";
    let pooler = Pooler::start(&program, &stage.behind, settings);
    let error = PostgresStore::open(pooler.config(), options.clone()).await.expect_err("refused").to_string();
    for part in ["repeatable-read", "pool_mode=session", "read-committed", &*pooler.config().to_string()] {
        assert!(error.contains(part), "{error}");
    }
    let pooler = Pooler::start(&program, &stage.behind, "pool_mode = session");
    PostgresStore::open(pooler.config(), options).await.expect("a session of its own");
}

/// Lets the pooler open so many connections of the server's, which it then chooses among.
async fn make_connections(config: &Config, count: usize) {
    let mut clients = Vec::new();
    for _ in 0..count {
        let client = config.connect().await.unwrap();
        client.batch_execute("BEGIN").await.unwrap();
        clients.push(client);
    }
    for client in clients {
        client.batch_execute("COMMIT").await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_grants_one_connection_needs_no_second_to_be_opened() {
    let Some(stage) = Stage::set_up().await else { return };
    let admin = stage.database.config().connect().await.unwrap();
    let role = format!("only_{}", stage.database.name());
    admin
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN CONNECTION LIMIT 1 PASSWORD 'only'; GRANT USAGE ON SCHEMA dms TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dms TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA dms TO {role}"
        ))
        .await
        .unwrap();
    let (_, place) = stage.behind.url().split_once('@').unwrap();
    let config = Config::parse(&format!("postgres://{role}:only@{place}")).unwrap();
    PostgresStore::open(&config, StoreOptions::default()).await.expect("one connection is enough");
    admin.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}
