//! Stores that were analysed while they were empty, or held little, as after provisioning or a restore: they are written to as
//! fast as fresh ones, to the end of a load. Rounds take turns, as a machine is not equally fast all the time.

use std::time::{Duration, Instant};

use laneway_model::OutcomeKind;
use laneway_sample::{Document, generate};
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::swap::{load, open, sample_components};

use crate::table::Table;

/// Callers.
const CALLERS: usize = 64;
/// The least part of a fresh store's rate.
const RATE_MIN: f64 = 0.8;
/// The least part of the first quarter's rate that the last one has.
const LAST_QUARTER_MIN: f64 = 0.9;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Documents of each load.
    #[arg(long, default_value_t = 40_000)]
    documents: usize,
    /// How often each kind of store is loaded; the medians count.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// How fast one load was, in documents a second.
#[derive(Clone, Copy)]
struct Rate {
    whole: f64,
    last_to_first: f64,
}

pub(crate) async fn run(options: Options) -> bool {
    let kinds = [("fresh, never analysed", None), ("analysed empty", Some(0)), ("analysed with 130 rows", Some(130))];
    let mut rates: [Vec<Rate>; 3] = Default::default();
    for _ in 0..options.rounds.max(1) {
        for (kind, (_, before)) in kinds.iter().enumerate() {
            let Some(rate) = measure(*before, options.documents).await else { return false };
            rates[kind].push(rate);
        }
    }
    let mut table = Table::new(&["store", "documents a second", "of a fresh store's", "last quarter to first"]);
    let fresh = median(rates[0].iter().map(|rate| rate.whole));
    for (kind, (name, _)) in kinds.iter().enumerate() {
        let whole = median(rates[kind].iter().map(|rate| rate.whole));
        let last_to_first = median(rates[kind].iter().map(|rate| rate.last_to_first));
        let kept = whole >= RATE_MIN * fresh && last_to_first >= LAST_QUARTER_MIN;
        let cells =
            [(*name).to_owned(), format!("{whole:.0}"), format!("{:.2}", whole / fresh), format!("{last_to_first:.2}")];
        table.row(&cells, kept);
    }
    table.kept()
}

/// Loads a store that was analysed when it held so many documents; `None`: never.
async fn measure(analysed_with: Option<usize>, documents: usize) -> Option<Rate> {
    let database = need::server()?.create_database("laneway_scenario").await.expect("a database");
    let config = database.config();
    deploy(config).await.expect("a store");
    let owner = config.connect().await.expect("the owner");
    for table in ["document", "alias", "reference"] {
        let partitions = (0..16).map(|n| format!("ALTER TABLE dms.{table}_{n:02} SET (autovacuum_enabled = off);"));
        owner.batch_execute(&partitions.collect::<String>()).await.expect("partitions");
    }
    let plugins = laneway_plugin::Plugins::load(sample_components(true), laneway_plugin::PluginSettings::default());
    let runtime = open(config, &plugins.expect("plugins")).await;
    if let Some(before) = analysed_with {
        load(&runtime, same(usize::MAX - before..usize::MAX), CALLERS, |_| {}).await;
        owner.batch_execute("VACUUM ANALYZE").await.expect("statistics");
    }
    let mut quarters = vec![Instant::now()];
    let settled = load(&runtime, same(0..documents), CALLERS, |handed| {
        if handed % (documents / 4) == 0 {
            quarters.push(Instant::now());
        }
    })
    .await;
    runtime.close().await;
    let failed = settled.iter().filter(|one| one.kind != OutcomeKind::Inserted).count();
    assert_eq!(failed, 0, "documents failed");
    let quarter = |n: usize| (quarters[n + 1] - quarters[n]).max(Duration::from_millis(1)).as_secs_f64();
    let whole = documents as f64 / (quarters[4] - quarters[0]).as_secs_f64();
    Some(Rate { whole, last_to_first: quarter(0) / quarter(3) })
}

/// Documents of one kind, each with a reference, so that none costs more than another: learning standards under one of the first
/// hundred, by number.
fn same(numbers: std::ops::Range<usize>) -> impl Iterator<Item = Document> {
    let first = numbers.start;
    let any =
        generate(&laneway_sample::Settings::default()).expect("settings within bounds").next().expect("a document");
    numbers.map(move |number| {
        let parent = match number - first {
            at @ 100.. => {
                format!(r#","parentLearningStandardReference":{{"learningStandardId":"{}"}}"#, first + at % 100)
            }
            _ => String::new(),
        };
        let body = format!(r#"{{"learningStandardId":"{number}"{parent}}}"#);
        Document { endpoint: "learningStandards", body, ..any.clone() }
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
