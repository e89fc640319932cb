//! The project's own data set written to a store by Laneway, in batches, without lanes between.

use std::sync::Arc;

use laneway_core::{Accepted, Batch, Executor, Flush as _, FlushReason, Mode, Settlement};
use laneway_model::{DocumentUuid, Extractor as _, Limits, Operation, OperationId, Outcome};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_postgres::PostgresStore;
use laneway_sample::{Document, SCHEMAS, Settings, generate};
use laneway_schema::{ApiSchema, compile};

/// Documents of one batch.
const BATCH: usize = 100;

/// The plugins of the data set's schemas.
///
/// # Panics
/// When they cannot be compiled.
#[must_use]
pub fn plugins() -> Plugins {
    let schemas: Vec<ApiSchema> = SCHEMAS
        .iter()
        .map(|schema| ApiSchema::parse(schema.file_name, schema.text.as_bytes()).expect("a schema"))
        .collect();
    let compiled = compile(&schemas).expect("schemas that fit");
    let components = compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
    Plugins::load(components, PluginSettings::default()).expect("plugins that load")
}

/// Writes the documents of `settings` in their order, and returns what became of each.
///
/// # Panics
/// When a document cannot be extracted.
pub async fn write(store: PostgresStore, plugins: &Plugins, settings: &Settings) -> Vec<Outcome> {
    let executor = Executor::new(store);
    let documents: Vec<Document> = generate(settings).expect("settings within bounds").collect();
    let mut outcomes = Vec::with_capacity(documents.len());
    for documents in documents.chunks(BATCH) {
        outcomes.extend(flush(&executor, batch(plugins, documents)).await);
    }
    outcomes
}

fn batch(plugins: &Plugins, documents: &[Document]) -> Batch {
    let mut worker = plugins.worker();
    let accepted = |(index, document): (usize, &Document)| {
        let route = plugins.route(document.project, document.endpoint).expect("a resource");
        let extraction = worker.extract(&route, document.body.as_bytes()).expect("an extraction");
        let document_uuid = DocumentUuid::now();
        let trace_id = document_uuid.to_string().into();
        let document = document.body.clone().into();
        let operation = Operation { document, extraction, document_uuid, trace_id, authorization: None };
        Accepted { id: OperationId(index as u64), operation: Arc::new(operation), time_left: None, in_line: false }
    };
    let operations = documents.iter().enumerate().map(accepted).collect();
    Batch { lane: 0, reason: FlushReason::Idle, mode: Mode::Batched, limits: (&Limits::default()).into(), operations }
}

async fn flush(executor: &Executor<PostgresStore>, batch: Batch) -> Vec<Outcome> {
    let (report, mut reported) = tokio::sync::mpsc::unbounded_channel();
    executor.run(batch, report).await;
    let outcome = |settlement| match settlement {
        Settlement::Settled(outcome) | Settlement::Missing { refusal: outcome, .. } => outcome,
        Settlement::Locked { .. } => panic!("no other session holds a lock"),
        Settlement::InLine => panic!("none stands in line"),
    };
    std::iter::from_fn(|| reported.try_recv().ok()).flatten().map(|flushed| outcome(flushed.settlement)).collect()
}
