//! The project's own data set in a real store: what a serial run leaves there is what the account says, and the
//! query that looks at it agrees with the one that came with the recorded data.

use std::collections::BTreeSet;

use laneway_embedded::Database;
use laneway_model::{DocumentUuid, Extractor as _, Operation, Outcome, OutcomeKind};
use laneway_postgres_tools::baseline::Baseline;
use laneway_postgres_tools::{Content, TableContent, read_content, read_content_lines, run_script};
use laneway_sample::{Account, Detail, Document, Settings, expected_lines, generate};
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::samples::plugins;

/// A store with the documents of `settings`, handed over one at a time as the DMS would; those that are refused
/// although nothing is wrong with them are handed in again, in rounds. Also says how each ended.
async fn loaded(settings: &Settings) -> Option<(Database, Vec<(Document, Outcome)>)> {
    let database = need::server()?.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let baseline = Baseline::open(database.config(), 1).await.unwrap();
    let plugins = plugins();
    let mut worker = plugins.worker();
    let mut settled = Vec::new();
    let mut round: Vec<Document> = generate(settings).unwrap().collect();
    while !round.is_empty() {
        let (mut again, count) = (Vec::new(), round.len());
        for document in round {
            let route = plugins.route(document.project, document.endpoint).map_err(Outcome::from);
            let extraction = route.and_then(|route| worker.extract(&route, document.body.as_bytes()));
            let outcome = match extraction {
                Err(outcome) => outcome,
                Ok(extraction) => {
                    let operation = Operation {
                        document: document.body.clone().into(),
                        extraction,
                        document_uuid: DocumentUuid::now(),
                        trace_id: "sample".into(),
                        authorization: None,
                    };
                    baseline.upsert(&operation).await
                }
            };
            let is_early = document.fault.is_none()
                && matches!(outcome.kind(), OutcomeKind::InvalidReferences | OutcomeKind::InvalidDescriptors);
            if is_early { again.push(document) } else { settled.push((document, outcome)) }
        }
        assert!(again.len() < count, "a round without progress: {:?}", again[0]);
        round = again;
    }
    Some((database, settled))
}

/// Fails with the lines that differ, unless the store holds what the account says.
pub(super) async fn assert_as_expected(database: &Database, settings: &Settings) {
    let account = Account::of(settings, Detail::Hashes).unwrap();
    let expected: Content = account
        .tables
        .into_iter()
        .map(|(name, table)| {
            let sha256 = table.sha256.expect("a hash was asked for");
            (name.to_owned(), TableContent { rows: table.rows, sha256 })
        })
        .collect();
    let found = read_content(database.config()).await.unwrap();
    if found == expected {
        return;
    }
    let wanted: BTreeSet<(String, String)> =
        expected_lines(settings).into_iter().map(|(table, line)| (table.to_owned(), line)).collect();
    let mut got = BTreeSet::new();
    read_content_lines(database.config(), |table, line| {
        got.insert((table.to_owned(), line.to_owned()));
    })
    .await
    .unwrap();
    const SHOWN_MAX: usize = 10;
    let missing: Vec<_> = wanted.difference(&got).take(SHOWN_MAX).collect();
    let further: Vec<_> = got.difference(&wanted).take(SHOWN_MAX).collect();
    panic!("the store differs; missing {missing:#?}, instead {further:#?}");
}

#[tokio::test]
async fn a_serial_run_of_the_sample_leaves_what_the_account_says() {
    let settings = Settings { documents: 1_500, ..Settings::default() };
    let Some((database, settled)) = loaded(&settings).await else { return };
    assert!(settled.iter().all(|(_, outcome)| outcome.kind() == OutcomeKind::Inserted));
    assert_as_expected(&database, &settings).await;
}

/// Updates that move students between schools and make mutual pairs, documents before what they refer to, and
/// documents with every fault.
#[tokio::test]
async fn a_serial_run_with_everything_ends_and_leaves_what_it_should() {
    let settings = Settings {
        documents: 1_800,
        seed: 9,
        updates: 0.25,
        forward: 0.08,
        invalid: 0.08,
        skew: 80,
        ..Settings::default()
    };
    let Some((database, settled)) = loaded(&settings).await else { return };
    for (document, outcome) in &settled {
        assert_eq!(outcome.kind(), document.outcome, "{outcome:?} for {document:?}");
        if let (Some(expected), Outcome::Failed { sqlstate, .. }) =
            (document.fault.and_then(laneway_sample::Fault::sqlstate), outcome)
        {
            assert_eq!(sqlstate.map(|code| code.to_string()).as_deref(), Some(expected), "{document:?}");
        }
    }
    assert_as_expected(&database, &settings).await;
}

/// The script that came with the recorded data: table, rows, hash; it leaves out empty tables.
#[tokio::test]
async fn the_query_for_a_stores_content_agrees_with_the_recorded_script() {
    let Some(data) = need::data() else { return };
    let settings = Settings { documents: 600, updates: 0.1, ..Settings::default() };
    let Some((database, _)) = loaded(&settings).await else { return };
    let script = std::fs::read_to_string(data.join("canonical-store.sql")).unwrap();
    let rows = run_script(database.config(), &script).await.unwrap();
    let text = |column: &Option<String>| column.clone().expect("no null");
    let expected: Content = rows
        .iter()
        .map(|row| (text(&row[0]), TableContent { rows: text(&row[1]).parse().unwrap(), sha256: text(&row[2]) }))
        .collect();
    let mut found = read_content(database.config()).await.unwrap();
    assert_eq!(found.len(), 15);
    found.retain(|_, table| table.rows > 0);
    assert_eq!(found, expected);
    assert_eq!(found.len(), 15, "the sample leaves rows in every table");
}

#[tokio::test]
async fn a_database_without_a_store_has_no_content_and_says_so() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    let error = read_content(database.config()).await.unwrap_err().to_string();
    assert!(error.contains(database.name()) && error.contains("does not exist"), "{error}");
}
