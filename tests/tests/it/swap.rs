//! Plugins replaced while documents are written: only callers that wait for it notice.

use std::collections::BTreeMap;

use laneway_model::OutcomeKind;
use laneway_plugin::{PluginSettings, Plugins};
use laneway_postgres::deploy;
use laneway_tests::need;
use laneway_tests::swap::{Settled, Swapper, generations, load, open, sample_components, sample_documents};

fn kinds(settled: &[Settled]) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for one in settled {
        *kinds.entry(one.kind.as_str()).or_default() += 1;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_is_lost_or_fails_because_of_a_swap() {
    const DOCUMENTS: u64 = 2_000;
    const GENERATIONS: usize = 40;
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let components = sample_components(true);
    let settings = PluginSettings::default();
    let kept = settings.generations_kept_max + 1;
    let plugins = Plugins::load(components.clone(), settings).unwrap();
    let runtime = open(database.config(), &plugins).await;
    let swapper = Swapper::start(plugins.clone(), generations(&components, GENERATIONS));
    let documents = sample_documents(DOCUMENTS);
    let every = documents.len() / GENERATIONS;
    let settled = load(&runtime, &documents, 64, |handed| {
        if handed.is_multiple_of(every) {
            swapper.swap();
        }
    })
    .await;
    assert_eq!(swapper.finish(), GENERATIONS);
    runtime.close().await;
    let mut numbers: Vec<usize> = settled.iter().map(|one| one.number).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..documents.len()), "exactly one outcome each");
    assert_eq!(kinds(&settled), [("inserted", documents.len())].into());
    let stats = plugins.stats();
    assert_eq!((stats.generation, stats.generations_alive), (1 + GENERATIONS as u64, kept));
    assert_eq!(stats.plugins, components.len());
    // Each kept generation has at most ten plugins of its own.
    assert!(stats.plugins_alive <= components.len() + 10 * kept, "{} plugins", stats.plugins_alive);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_added_while_the_service_runs() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    deploy(database.config()).await.unwrap();
    let plugins = Plugins::load(sample_components(false), PluginSettings::default()).unwrap();
    let runtime = open(database.config(), &plugins).await;
    let (extension, core): (Vec<_>, Vec<_>) =
        sample_documents(600).into_iter().partition(|document| document.project == "campus");
    assert!(!extension.is_empty());
    let settled = load(&runtime, &core, 64, |_| ()).await;
    assert_eq!(kinds(&settled), [("inserted", core.len())].into());
    let settled = load(&runtime, &extension, 64, |_| ()).await;
    assert_eq!(kinds(&settled), [(OutcomeKind::UnknownResource.as_str(), extension.len())].into());
    plugins.publish(sample_components(true)).unwrap();
    let settled = load(&runtime, &extension, 64, |_| ()).await;
    assert_eq!(kinds(&settled), [("inserted", extension.len())].into());
    runtime.close().await;
}
