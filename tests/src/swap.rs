//! Documents through the runtime while plugins are replaced. Makes the traffic and the generations; what may become of
//! them, its users know.

use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use laneway_core::{Executor, Request, Runtime};
use laneway_model::{DocumentUuid, Limits, OutcomeKind};
use laneway_pgconfig::Config;
use laneway_plugin::{PluginSet, Plugins, Publish};
use laneway_postgres::PostgresStore;
use laneway_sample::{Document, SCHEMAS, Settings, generate};
use laneway_schema::{ApiSchema, compile};

use crate::isolation::store_options;

/// The most plugins that one generation changes.
const CHANGES_MAX: usize = 10;

/// Components, as (name, Wasm).
pub type Components = Vec<(String, Vec<u8>)>;

/// The sample's plugins, one for each resource: of its core schema, or of its extension too.
///
/// # Panics
/// When the sample's schemas do not compile, which tests of its own would have found.
#[must_use]
pub fn sample_components(with_extension: bool) -> Components {
    let schemas = &SCHEMAS[..if with_extension { SCHEMAS.len() } else { 1 }];
    let schemas: Vec<ApiSchema> = schemas
        .iter()
        .map(|schema| ApiSchema::parse(schema.file_name, schema.text.as_bytes()).expect("a schema"))
        .collect();
    compile(&schemas).expect("plugins").into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect()
}

/// The sample's documents, all of which can be stored in this order.
///
/// # Panics
/// When the settings are out of bounds.
#[must_use]
pub fn sample_documents(documents: u64) -> Vec<Document> {
    generate(&Settings { documents, ..Settings::default() }).expect("settings within bounds").collect()
}

/// A runtime over the store of `config`.
///
/// # Panics
/// When there is no store.
pub async fn open(config: &Config, plugins: &Plugins) -> Runtime {
    open_over(PostgresStore::open(config, store_options()).await.expect("a store"), plugins)
}

/// A runtime over a store.
///
/// # Panics
/// When there are no threads for it.
#[must_use]
pub fn open_over(store: PostgresStore, plugins: &Plugins) -> Runtime {
    Runtime::start(Executor::new(store), Arc::new(plugins.clone()), Limits::default()).expect("threads")
}

/// What became of one document.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// Its place among those handed over.
    pub number: usize,
    /// The id that it was handed over with.
    pub document_uuid: DocumentUuid,
    /// Its outcome.
    pub kind: OutcomeKind,
    /// From handing it over to its outcome.
    pub latency: Duration,
}

/// Hands documents over in order, at most `concurrency` of them unsettled, and calls `handed` after each with their
/// number. Returns outcomes in the order in which they came.
pub async fn load(
    runtime: &Runtime,
    documents: impl IntoIterator<Item = impl Borrow<Document>>,
    concurrency: usize,
    mut handed: impl FnMut(usize),
) -> Vec<Settled> {
    let (mut unsettled, mut settled) = (FuturesUnordered::new(), Vec::new());
    for (number, document) in documents.into_iter().enumerate() {
        let document = document.borrow();
        if unsettled.len() == concurrency {
            settled.extend(unsettled.next().await);
        }
        let document_uuid = DocumentUuid::now();
        let request = Request {
            project: document.project,
            endpoint: document.endpoint,
            document: document.body.clone().into(),
            document_uuid,
            trace_id: document_uuid.to_string().into(),
            authorization: None,
            deadline: None,
        };
        let started = Instant::now();
        let submitted = runtime.submit(request).await;
        unsettled.push(async move {
            let kind = match submitted {
                Ok(ticket) => ticket.await.outcome.kind(),
                Err(rejected) => rejected.outcome().kind(),
            };
            Settled { number, document_uuid, kind, latency: started.elapsed() }
        });
        handed(number + 1);
    }
    while let Some(one) = unsettled.next().await {
        settled.push(one);
    }
    settled
}

/// Generations, each of which changes one to ten plugins: the same code under another content, so that none of them
/// is known already.
///
/// # Panics
/// When there are no components.
#[must_use]
pub fn generations(components: &Components, count: usize) -> Vec<PluginSet> {
    let mut next = components.iter().cycle();
    let generation = |number: usize| {
        let changed = (0..1 + number % CHANGES_MAX).map(|_| next.next().expect("components"));
        let marked: Components = changed.map(|(name, wasm)| (name.clone(), marked(wasm, number))).collect();
        marked.into()
    };
    (0..count).map(generation).collect()
}

/// The component with a number in a custom section at its end, which means nothing.
fn marked(wasm: &[u8], number: usize) -> Vec<u8> {
    let text = format!("generation {number}");
    // Section 0, its length, the length of its name, the name; both lengths are below 128, so each is one byte.
    let length = u8::try_from(1 + text.len()).expect("a short text");
    [wasm, &[0, length, length - 1], text.as_bytes()].concat()
}

/// A thread that publishes one generation after another, each when asked to.
pub struct Swapper {
    go: Sender<()>,
    thread: JoinHandle<usize>,
}

impl Swapper {
    /// Starts the thread.
    ///
    /// # Panics
    /// In the thread, when a generation cannot be published.
    #[must_use]
    pub fn start(plugins: Plugins, generations: Vec<PluginSet>) -> Self {
        let (go, orders) = channel();
        let thread = std::thread::spawn(move || {
            let mut published = 0;
            for (generation, ()) in generations.iter().zip(orders) {
                plugins.publish_set(generation, Publish::Add).expect("a generation that loads");
                published += 1;
            }
            published
        });
        Self { go, thread }
    }

    /// Publishes the next generation, without waiting for it.
    pub fn swap(&self) {
        // The thread has ended: nothing is left to publish.
        let _ = self.go.send(());
    }

    /// Waits for those under way; how many there were.
    ///
    /// # Panics
    /// When one could not be published.
    #[must_use]
    pub fn finish(self) -> usize {
        drop(self.go);
        self.thread.join().expect("every generation loads")
    }
}
