//! A statement that the client itself refuses never reaches the server, which would commit the rest of its pipeline.

use std::sync::Arc;

use laneway_core::{Executor, Settlement};
use laneway_model::Outcome;
use laneway_postgres::{PostgresStore, StoreOptions};
use laneway_postgres_tools::read_content;
use laneway_replay::Schemas;
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::wait::within;

use crate::two_sessions::{Upsert, batch, flush};

const BEFORE: &[Upsert] = &[
    ("learningStandards", r#"{"learningStandardId":"b"}"#),
    ("learningStandards", r#"{"learningStandardId":"c"}"#),
    ("learningStandards", r#"{"learningStandardId":"a","parentLearningStandardReference":{"learningStandardId":"b"}}"#),
];
/// Its document is replaced by one statement, its references by others.
const UPDATE: Upsert =
    ("learningStandards", r#"{"learningStandardId":"a","parentLearningStandardReference":{"learningStandardId":"c"}}"#);

/// In new sessions `jsonb[]`, which only the statements that write documents name, is another type: one whose values the
/// client does not know how to encode. By the catalog, as no search path of the role's has a say in what a flush names.
const TRAP: &str = "CREATE DOMAIN public.trap AS pg_catalog.jsonb;
    SET allow_system_table_mods = on;
    UPDATE pg_catalog.pg_type SET typarray = 'public.trap[]'::regtype WHERE oid = 'pg_catalog.jsonb'::regtype";

#[tokio::test]
async fn a_statement_that_the_client_refuses_rolls_its_pipeline_back() {
    let Some(data) = need::data() else { return };
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    let config = database.config();
    deploy(config).await.unwrap();
    let plugins = Schemas::new(data.join("schemas")).plugins(&["probe".to_owned()]).unwrap();
    let open = || PostgresStore::open(config, StoreOptions::default());
    let executor = Arc::new(Executor::new(open().await.unwrap()));
    within("the documents before", flush(&executor, batch(&plugins, BEFORE))).await.unwrap();
    let before = read_content(config).await.unwrap();
    assert_eq!((before["document"].rows, before["reference"].rows), (3, 1));

    // Opening looks at the catalog, so that the trap comes after it; the pool opens its first connection even later.
    let executor = Arc::new(Executor::new(open().await.unwrap()));
    config.connect().await.unwrap().batch_execute(TRAP).await.unwrap();
    let flushed = within("the update", flush(&executor, batch(&plugins, &[UPDATE]))).await.unwrap();

    let [Settlement::Settled(Outcome::Failed { sqlstate: None, message })] =
        &flushed.iter().map(|flushed| flushed.settlement.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{flushed:?}")
    };
    // The class Data, which the driver shows by its text alone: an error of the connection would be tried again.
    assert!(message.starts_with("error serializing parameter"), "{message}");
    assert_eq!(flushed[0].info.attempts, 1);
    assert_eq!(read_content(config).await.unwrap(), before, "a part was committed");
}
