//! Runs: many upserts of few identities, in sequences made at random and through the runtime. A run is written once, and
//! answers and leaves what a serial run does.

use std::sync::Arc;

use fastrand::Rng;
use laneway_core::{Accepted, Batch, Executor, Flush as _, FlushReason, Mode, Request, Settlement};
use laneway_embedded::Database;
use laneway_model::{DocumentUuid, Extractor as _, Limits, Operation, OperationId, Outcome, OutcomeKind};
use laneway_plugin::Plugins;
use laneway_postgres::PostgresStore;
use laneway_postgres_tools::{Permission, Scratch};
use laneway_replay::{Case, Cut};
use laneway_sample::{Document, Settings, generate};
use laneway_tests::isolation::store_options;
use laneway_tests::release::deploy;
use laneway_tests::samples::plugins;
use laneway_tests::{need, swap};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::replay::Bench;

/// Sequences tried; the failing one's seed is in its name.
const SEQUENCES: u64 = 150;
const OPERATIONS_MAX: usize = 16;

/// What the others refer to, written first.
fn base() -> Vec<(&'static str, Value)> {
    let descriptor = |code: &str| json!({"namespace": "uri://x", "codeValue": code, "shortDescription": code});
    vec![
        ("schools", json!({"schoolId": 1})),
        ("students", json!({"studentUniqueId": "s"})),
        ("staffs", json!({"staffUniqueId": "p"})),
        ("staffLeaveEventCategoryDescriptors", descriptor("leave")),
        ("employmentStatusDescriptors", descriptor("employed")),
    ]
}

/// One of a few documents, in a version of its own: of some the writes leave traces, and of some references are missing.
fn document(random: &mut Rng) -> (&'static str, Value) {
    let organization = || json!({"educationOrganizationId": 1});
    let (student, staff) = (json!({"studentUniqueId": "s"}), json!({"staffUniqueId": "p"}));
    match random.u8(..12) {
        0..5 => {
            let mut body = json!({"learningStandardId": random.u8(1..=2).to_string()});
            if random.u8(0..3) == 0 {
                // The third is never there.
                let parent = random.u8(1..=3).to_string();
                body["parentLearningStandardReference"] = json!({"learningStandardId": parent});
            }
            ("learningStandards", body)
        }
        5 => ("students", student),
        6 => ("schools", json!({"schoolId": 1})),
        7..9 => (
            "studentEducationOrganizationAssociations",
            json!({"educationOrganizationReference": organization(), "studentReference": student}),
        ),
        9 => (
            "studentSchoolAssociations",
            json!({"entryDate": "2020-08-01", "schoolReference": {"schoolId": 1}, "studentReference": student}),
        ),
        10 => (
            "staffLeaves",
            json!({
                "beginDate": "2020-08-01", "staffReference": staff,
                "staffLeaveEventCategoryDescriptor": "uri://x#leave",
            }),
        ),
        _ => (
            "staffEducationOrganizationEmploymentAssociations",
            json!({
                "hireDate": "2020-08-01", "educationOrganizationReference": organization(), "staffReference": staff,
                "employmentStatusDescriptor": "uri://x#employed",
            }),
        ),
    }
}

fn case(seed: u64) -> Case {
    let mut random = Rng::with_seed(seed);
    let mut documents = base();
    documents.extend((0..random.usize(4..=OPERATIONS_MAX)).map(|_| document(&mut random)));
    let step = |(place, (endpoint, mut body)): (usize, (&str, Value))| {
        body["n"] = json!(place);
        if random.u8(0..4) > 0 {
            body["_etag"] = json!(random.u8(0..3).to_string());
        }
        let uuid = Uuid::from_u64_pair(random.u64(..), random.u64(..));
        let upsert = json!({
            "project": "ed-fi", "endpoint": endpoint, "document_uuid": uuid, "trace_id": format!("t{place}"),
            "body_text": body.to_string(),
        });
        // Whatever comes of it: the serial run says what should.
        json!({"upsert": upsert, "outcome": {"outcome": "failed", "sqlstate": null}})
    };
    let steps: Vec<Value> = documents.into_iter().enumerate().map(step).collect();
    let case =
        json!({"name": format!("runs/{seed}"), "schemas": ["ds-5.2"], "steps": steps, "store": {}, "documents": {}});
    serde_json::from_str(&case.to_string()).expect("a case")
}

#[tokio::test]
async fn a_batch_with_runs_leaves_what_a_serial_run_leaves() {
    let Some(Bench { mut replay, database: _database, .. }) = Bench::set_up().await else { return };
    let (mut operations, mut transactions, mut refused) = (0, 0, 0);
    for seed in 0..SEQUENCES {
        let case = case(seed);
        // Where a batch keeps the order of the steps, it is compared with this.
        let single = replay.case(&case, Cut::Single).await.expect("a replay");
        let outcomes = single.observed.outcomes.iter().flatten();
        refused +=
            outcomes.filter(|outcome| matches!(outcome, laneway_replay::StepOutcome::InvalidReferences { .. })).count();
        let case = single.observed.record(&case);
        for cut in [Cut::One, Cut::Random(seed)] {
            let batched = replay.case(&case, cut).await.expect("a replay");
            assert!(batched.differences.is_empty(), "{} cut {cut}:\n{}", case.name, batched.differences);
            if cut == Cut::One {
                operations += case.steps.len();
                transactions += batched.tally.transactions;
            }
        }
    }
    println!("{operations} operations in {transactions} transactions, {refused} refused");
    assert!(transactions < operations as u64 / 3 && refused > 50, "too little to show anything");
}

/// How many documents go through the runtime, and how many of them are of a few identities.
const DOCUMENTS: u64 = 600;
const HOT: usize = 600;

/// The sample's documents, with new versions of a few of them everywhere behind the first.
fn hot_documents(random: &mut Rng) -> Vec<Document> {
    let mut documents: Vec<Document> =
        generate(&Settings { documents: DOCUMENTS, ..Settings::default() }).expect("settings").collect();
    // Whatever they are: some leave traces, and some do not.
    let hot: Vec<usize> = (0..8).map(|_| random.usize(100..documents.len())).collect();
    let mut versions: Vec<(usize, Document)> = Vec::new();
    for version in 0..HOT {
        let of = hot[random.usize(..hot.len())];
        let mut document = documents[of].clone();
        let mut body: Value = serde_json::from_str(&document.body).expect("JSON");
        body["_etag"] = json!(random.u8(0..4).to_string());
        body["version"] = json!(version);
        document.body = body.to_string();
        versions.push((random.usize(of + 1..=documents.len()), document));
    }
    // From behind, so that places stay.
    versions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    versions.into_iter().for_each(|(at, document)| documents.insert(at, document));
    documents
}

/// A store, and what reads it.
async fn store() -> Option<(Database, PostgresStore, Scratch)> {
    let server = need::server()?;
    let database = server.create_database("laneway_test").await.expect("a database");
    deploy(database.config()).await.expect("a store");
    let store = PostgresStore::open(database.config(), store_options()).await.expect("a store");
    let scratch = Scratch::open(database.config(), Permission::Given).await.expect("a scratch store");
    Some((database, store, scratch))
}

/// Writes one document by the single path.
async fn write_alone(
    executor: &Executor<PostgresStore>,
    plugins: &Plugins,
    number: usize,
    document: &Document,
    uuid: DocumentUuid,
) -> Outcome {
    let route = plugins.route(document.project, document.endpoint).expect("a resource");
    let extraction = plugins.worker().extract(&route, document.body.as_bytes()).expect("an extraction");
    let operation = Operation {
        document: document.body.clone().into(),
        extraction,
        document_uuid: uuid,
        trace_id: number.to_string().into(),
        authorization: None,
    };
    let id = OperationId(number as u64);
    let operations = vec![Accepted { id, operation: Arc::new(operation), time_left: None, in_line: false }];
    let limits = (&Limits::default()).into();
    let (report, mut reports) = tokio::sync::mpsc::unbounded_channel();
    let batch = Batch { lane: 0, reason: FlushReason::Single, mode: Mode::Single, limits, operations };
    executor.run(batch, report).await;
    match reports.recv().await.expect("a report").remove(0).settlement {
        Settlement::Settled(outcome) | Settlement::Missing { refusal: outcome, .. } => outcome,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn hot_identities_end_as_a_serial_run_in_the_reported_order() {
    let Some((_one, written, scratch)) = store().await else { return };
    let Some((_other, serial, serial_scratch)) = store().await else { return };
    let plugins = plugins();
    let runtime = swap::open_over(written, &plugins);
    let documents = hot_documents(&mut Rng::with_seed(7));
    let uuids: Vec<DocumentUuid> = documents.iter().map(|_| DocumentUuid::now()).collect();
    let mut tickets = Vec::new();
    for (number, document) in documents.iter().enumerate() {
        let request = Request {
            project: document.project,
            endpoint: document.endpoint,
            document: document.body.clone().into(),
            document_uuid: uuids[number],
            trace_id: number.to_string().into(),
            authorization: None,
            deadline: None,
        };
        tickets.push(runtime.submit(request).await.expect("room"));
    }
    let mut settled = Vec::new();
    for (number, ticket) in tickets.into_iter().enumerate() {
        let completion = ticket.await;
        settled.push(((completion.info.sequence, completion.info.position), number, completion.outcome));
    }
    let transactions = runtime.stats().transactions;
    runtime.close().await;
    settled.sort_by_key(|(place, ..)| *place);
    let executor = Executor::new(serial);
    for (place, number, outcome) in &settled {
        let alone = write_alone(&executor, &plugins, *number, &documents[*number], uuids[*number]).await;
        assert_eq!(*outcome, alone, "{number} at {place:?}: {:?}", documents[*number]);
    }
    let kinds = |kind| settled.iter().filter(|(_, _, outcome)| outcome.kind() == kind).count();
    assert_eq!([kinds(OutcomeKind::Inserted), kinds(OutcomeKind::Updated)], [DOCUMENTS as usize, HOT]);
    assert!(settled.iter().is_sorted_by_key(|(place, ..)| *place));
    assert_eq!(scratch.lines().await.expect("lines"), serial_scratch.lines().await.expect("lines"));
    let rows = scratch.documents().await.expect("documents");
    assert_eq!(rows, serial_scratch.documents().await.expect("documents"));
    println!("{} documents in {transactions} transactions", settled.len());
    assert!(transactions < settled.len() as u64 / 4, "{transactions} transactions: no runs");
}
