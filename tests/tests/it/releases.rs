//! What only an older release's tables can hold, and what becomes of it. That everything else is as on the newest is shown by the
//! other tests, which run on each.

use std::sync::Arc;

use laneway_core::Executor;
use laneway_plugin::Plugins;
use laneway_postgres::{PostgresStore, Release, StoreOptions, deploy_as};
use laneway_replay::Schemas;
use laneway_tests::need;
use laneway_tests::wait::within;
use tokio_postgres::Client;

use crate::two_sessions::{Upsert, batch, flush};

const BEFORE: &[Upsert] = &[
    ("learningStandards", r#"{"learningStandardId":"b"}"#),
    ("learningStandards", r#"{"learningStandardId":"c"}"#),
    ("learningStandards", r#"{"learningStandardId":"a","parentLearningStandardReference":{"learningStandardId":"b"}}"#),
];
const WITH_THE_SAME: Upsert = (
    "learningStandards",
    r#"{"learningStandardId":"a","parentLearningStandardReference":{"learningStandardId":"b"},"written":"again"}"#,
);
const WITH_ANOTHER: Upsert =
    ("learningStandards", r#"{"learningStandardId":"a","parentLearningStandardReference":{"learningStandardId":"c"}}"#);

/// A store of 0.6, and who writes to it.
struct Stage {
    executor: Arc<Executor<PostgresStore>>,
    plugins: Plugins,
    client: Client,
    _database: laneway_embedded::Database,
}

impl Stage {
    async fn set_up() -> Option<Self> {
        let data = need::data()?;
        let database = need::server()?.create_database("laneway_test").await.unwrap();
        deploy_as(database.config(), Release::V0_6).await.unwrap();
        let store = PostgresStore::open(database.config(), StoreOptions::default()).await.unwrap();
        let plugins = Schemas::new(data.join("schemas")).plugins(&["probe".to_owned()]).unwrap();
        let client = database.config().connect().await.unwrap();
        let stage = Self { executor: Arc::new(Executor::new(store)), plugins, client, _database: database };
        stage.write(BEFORE).await;
        Some(stage)
    }

    async fn write(&self, upserts: &[Upsert]) {
        within("a flush", flush(&self.executor, batch(&self.plugins, upserts))).await.unwrap();
    }

    /// What the rows of `Reference` name: by ReferentialId, and by document.
    async fn references(&self) -> Vec<(String, Option<String>)> {
        const NAMED: &str = "SELECT named.edfidoc ->> 'learningStandardId', referred.edfidoc ->> 'learningStandardId'
            FROM dms.reference r
            JOIN dms.alias a ON (a.referentialpartitionkey, a.referentialid) = (r.referentialpartitionkey, r.referentialid)
            JOIN dms.document named ON (named.documentpartitionkey, named.id) = (a.documentpartitionkey, a.documentid)
            LEFT JOIN dms.document referred
                ON (referred.documentpartitionkey, referred.id) = (r.referenceddocumentpartitionkey, r.referenceddocumentid)
            ORDER BY r.id";
        self.client.query(NAMED, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

fn named(by_id: &str, by_document: &str) -> (String, Option<String>) {
    (by_id.to_owned(), Some(by_document.to_owned()))
}

#[tokio::test]
async fn a_reference_that_stands_twice_stays_until_the_document_refers_to_another() {
    let Some(stage) = Stage::set_up().await else { return };
    let twice = "INSERT INTO dms.reference (parentdocumentid, parentdocumentpartitionkey, referenceddocumentid,
            referenceddocumentpartitionkey, referentialid, referentialpartitionkey)
        SELECT parentdocumentid, parentdocumentpartitionkey, referenceddocumentid, referenceddocumentpartitionkey,
            referentialid, referentialpartitionkey FROM dms.reference";
    stage.client.batch_execute(twice).await.unwrap();
    stage.write(&[WITH_THE_SAME]).await;
    assert_eq!(stage.references().await, [named("b", "b"), named("b", "b")]);
    stage.write(&[WITH_ANOTHER]).await;
    assert_eq!(stage.references().await, [named("c", "c")]);
}

/// As a service leaves it that does not validate references.
#[tokio::test]
async fn a_reference_without_its_document_gets_it_with_the_next_update() {
    let Some(stage) = Stage::set_up().await else { return };
    let lose = "UPDATE dms.reference SET referenceddocumentid = NULL, referenceddocumentpartitionkey = NULL";
    stage.client.batch_execute(lose).await.unwrap();
    assert_eq!(stage.references().await, [("b".to_owned(), None)]);
    stage.write(&[WITH_THE_SAME]).await;
    assert_eq!(stage.references().await, [named("b", "b")]);
}
