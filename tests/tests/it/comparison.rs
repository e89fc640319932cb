//! The comparison, and with it the triggers that `deploy` brings: every recorded sequence, one operation at a time.

use std::collections::HashMap;
use std::sync::Arc;

use laneway_model::Outcome;
use laneway_postgres::{Comparison, deploy};
use laneway_tests::plugins::Documents;
use laneway_tests::recorded::{Upsert, cases};
use laneway_tests::replay::{Replay, Subject};
use laneway_tests::store_content::Reader;
use laneway_tests::need;

struct OneByOne<'a> {
    comparison: &'a Comparison,
    documents: Arc<Documents>,
}

impl Subject for OneByOne<'_> {
    const AUTHORIZES: bool = false;

    async fn upsert_all(&self, upserts: &[Upsert]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(upserts.len());
        for upsert in upserts {
            outcomes.push(match self.documents.operation(upsert) {
                Ok(operation) => self.comparison.upsert(&operation).await,
                Err(refused) => refused,
            });
        }
        outcomes
    }
}

#[tokio::test]
async fn leaves_what_was_recorded() {
    const SHOWN_MAX: usize = 40;
    let (Some(data), Some(server)) = (need::data(), need::server()) else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let comparison = Comparison::open(database.config(), 1).await.unwrap();
    let mut client = database.config().connect().await.unwrap();
    let reader = Reader::new(&data);
    let mut replay = Replay { reader: &reader, client: &mut client };
    let mut compiled: HashMap<Vec<String>, Arc<Documents>> = HashMap::new();

    let cases = cases(&data);
    let mut differences = Vec::new();
    for case in &cases {
        let documents = compiled
            .entry(case.schemas.clone())
            .or_insert_with(|| Arc::new(Documents::new(&data, &case.schemas)));
        let subject = OneByOne { comparison: &comparison, documents: Arc::clone(documents) };
        differences.extend(replay.run(case, &subject).await.unwrap());
    }

    assert_eq!(cases.len(), 351, "the recorded sequences");
    let shown = differences[..differences.len().min(SHOWN_MAX)].join("\n");
    assert!(differences.is_empty(), "{} differences:\n{shown}", differences.len());
}
