//! What a hot identity costs: students each of their own, and as many of which every second one is the same student in another
//! version, loads in turn.
//!
//!     cargo run --release -p laneway-tests --example hot_identity -- [DOCUMENTS [ROUNDS [CALLERS…]]]
//!
//! Each load has a database of its own on a throw-away server (or on the one of LANEWAY_DATABASE_URL). Prints each load, and
//! for each number of callers the ratios of medians and of the best.

use std::time::{Duration, Instant};

use laneway_embedded::{Server, Settings as ServerSettings};
use laneway_model::OutcomeKind;
use laneway_plugin::Plugins;
use laneway_postgres::deploy;
use laneway_sample::Document;
use laneway_tests::samples::plugins;
use laneway_tests::swap::{load, open, sample_documents};

/// Students of the same kind that are loaded beforehand: while a store is nearly empty, statements are planned anew each time.
const STORED: usize = 2_000;

/// What one load came to.
struct Measured {
    rate: f64,
    /// The 99th percentile of the latencies of those that are there once.
    p99: Duration,
    transactions: u64,
}

/// Students; with `hot` every second one is the same.
fn students(numbers: std::ops::Range<usize>, hot: bool) -> Vec<Document> {
    let sample =
        sample_documents(2_000).into_iter().find(|document| document.endpoint == "students").expect("a student");
    let document = |number: usize| {
        let student = if hot && number % 2 == 1 { STORED + 1 } else { number };
        let body = format!(
            r#"{{"studentUniqueId":"{student:08}","firstName":"A","lastSurname":"B","birthDate":"2010-01-01","version":{number},"note":"{:300}"}}"#,
            "n"
        );
        Document { body, ..sample.clone() }
    };
    numbers.map(document).collect()
}

async fn measure(server: &Server, plugins: &Plugins, count: usize, hot: bool, callers: usize) -> Measured {
    let database = server.create_database("laneway_test").await.expect("a database");
    deploy(database.config()).await.expect("a store");
    let runtime = open(database.config(), plugins).await;
    load(&runtime, students(0..STORED, hot), callers, |_| ()).await;
    let documents = students(STORED..STORED + count, hot);
    let before = runtime.stats().transactions;
    let begun = Instant::now();
    let settled = load(&runtime, &documents, callers, |_| ()).await;
    let elapsed = begun.elapsed();
    let transactions = runtime.stats().transactions - before;
    runtime.close().await;
    assert!(
        settled.iter().all(|one| matches!(one.kind, OutcomeKind::Inserted | OutcomeKind::Updated)),
        "all are stored"
    );
    let mut latencies: Vec<Duration> =
        settled.iter().filter(|one| one.number % 2 == 0).map(|one| one.latency).collect();
    latencies.sort_unstable();
    let p99 = latencies[latencies.len() * 99 / 100];
    Measured { rate: documents.len() as f64 / elapsed.as_secs_f64(), p99, transactions }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// On a machine that others use too, the best load is the one that they disturbed least.
fn most(values: Vec<f64>) -> f64 {
    values.into_iter().fold(0.0, f64::max)
}

fn least(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<usize>().expect("a number"));
    let (count, rounds) = (numbers.next().unwrap_or(12_000), numbers.next().unwrap_or(3));
    let mut callers: Vec<usize> = numbers.collect();
    if callers.is_empty() {
        callers = vec![64, 1_000];
    }
    let server = Server::start(&ServerSettings::default()).expect("a server");
    let plugins = plugins();
    for callers in callers {
        let mut measured: [Vec<Measured>; 2] = Default::default();
        for round in 0..rounds {
            // Which comes first takes turns.
            for hot in [round % 2, (round + 1) % 2] {
                let one = measure(&server, &plugins, count, hot == 1, callers).await;
                let name = if hot == 1 { "every second the same" } else { "each its own" };
                println!(
                    "{callers} callers, {name}: {:.0} a second, p99 of the others {:.0} ms, {} transactions",
                    one.rate,
                    one.p99.as_secs_f64() * 1e3,
                    one.transactions
                );
                measured[hot].push(one);
            }
        }
        let ratio = |of: fn(&Measured) -> f64, pick: fn(Vec<f64>) -> f64| {
            let [without, with] = [0, 1].map(|hot: usize| pick(measured[hot].iter().map(of).collect()));
            with / without
        };
        let (rate, p99) = (|one: &Measured| one.rate, |one: &Measured| one.p99.as_secs_f64());
        println!(
            "{callers} callers, medians: {:.2} of the rate, {:.2} of the others' p99",
            ratio(rate, median),
            ratio(p99, median)
        );
        println!(
            "{callers} callers, best: {:.2} of the rate, {:.2} of the others' p99",
            ratio(rate, most),
            ratio(p99, least)
        );
    }
}
