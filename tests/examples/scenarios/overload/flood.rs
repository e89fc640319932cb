//! Many times as many documents as the database takes, handed over whatever becomes of those before. Memory is bounded; what is
//! accepted is in time, and what is refused is refused at once, with an estimate that is right.

use std::sync::Arc;
use std::time::{Duration, Instant};

use laneway_core::{Rejected, Runtime};
use laneway_model::{Limits, OutcomeKind};
use laneway_tests::locks::request;
use laneway_tests::samples::plugins;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{open, standard, store};
use crate::callers::{Callers, is_stored, percentile};
use crate::process::Process;
use crate::table::{Table, time};

/// How many times as much as the database takes.
const TIMES: f64 = 20.0;
/// How long what the database takes is measured, from how many callers.
const MEASURED: Duration = Duration::from_secs(5);
const CALLERS: usize = 256;
/// The store's bound: what the database takes in so long.
const QUEUE: Duration = Duration::from_millis(500);
/// How long callers wait.
const DEADLINE: Duration = Duration::from_secs(2);
/// Of the refused, one in so many is kept.
const REFUSED_KEPT: usize = 64;
/// How much later an operation may be accepted than one was refused, to be compared with its estimate.
const COMPARED_WITHIN: Duration = Duration::from_millis(100);
/// Latencies are as before when so many in a row are.
const BACK: usize = 20;
/// Less than this is no delay to speak of.
const FLOOR: Duration = Duration::from_millis(20);
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The memory that the queue and what is measured may take.
const GROWTH_MAX_MIB: u64 = 128;

/// An operation that was accepted: when, how long it took, how it ended.
type Accepted = (Instant, Duration, OutcomeKind);

/// What a flood came to.
#[derive(Default)]
struct Flooded {
    sent: usize,
    refused: usize,
    /// When, how long the refusal took, and the estimate: of some.
    refusals: Vec<(Instant, Duration, Duration)>,
    accepted: Vec<Accepted>,
    resident_max_mib: u64,
}

pub(super) async fn run(length: Duration) -> Option<Table> {
    let database = store().await?;
    let plugins = plugins();
    let runtime = open(database.config(), &plugins, Limits::default()).await;
    let alone = Callers::start(&runtime, 1, Duration::from_millis(5), |number| standard("alone", number));
    sleep(MEASURED / 2).await;
    let alone = percentile(alone.end().await.into_iter().map(|(_, latency, _)| latency), 99).max(FLOOR / 2);
    let full = Callers::start(&runtime, CALLERS, Duration::ZERO, |number| standard("full", number));
    sleep(MEASURED).await;
    let rate = full.end().await.len() as f64 / MEASURED.as_secs_f64();
    runtime.close().await;
    let items = ((rate * QUEUE.as_secs_f64()) as usize).max(256);
    let limits = Limits { store_items_max: items, lane_items_max: items, ..Limits::default() };
    let runtime = open(database.config(), &plugins, limits).await;
    let before = Process::now().resident_mib;
    let (mut flooded, accepted) = flood(&runtime, rate * TIMES, length).await;
    // What is left in the queue is what the latencies afterwards are about.
    let back = back(&runtime, 2 * alone).await;
    runtime.close().await;
    flooded.accepted = accepted.await.expect("the count");
    Some(table(&flooded, rate, length, before, back))
}

async fn flood(runtime: &Arc<Runtime>, rate: f64, length: Duration) -> (Flooded, JoinHandle<Vec<Accepted>>) {
    let mut flooded = Flooded::default();
    let (report, mut reported) = mpsc::unbounded_channel::<Accepted>();
    let accepted = tokio::spawn(async move {
        let mut accepted = Vec::new();
        while let Some(one) = reported.recv().await {
            accepted.push(one);
        }
        accepted
    });
    let (begun, mut looked) = (Instant::now(), Instant::now());
    let mut ticks = interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while begun.elapsed() < length {
        ticks.tick().await;
        let due = (begun.elapsed().as_secs_f64() * rate) as usize;
        while flooded.sent < due {
            let (endpoint, body) = standard("flood", flooded.sent);
            flooded.sent += 1;
            let now = Instant::now();
            match runtime.try_submit(request((endpoint, &body), Some(now + DEADLINE))) {
                Ok(ticket) => {
                    let report = report.clone();
                    tokio::spawn(async move {
                        let kind = ticket.await.outcome.kind();
                        // Fails when the flood is over and no one counts any more.
                        let _ = report.send((now, now.elapsed(), kind));
                    });
                }
                Err(Rejected::QueueFull { retry_after_ms }) => {
                    flooded.refused += 1;
                    if flooded.refused % REFUSED_KEPT == 0 {
                        flooded.refusals.push((now, now.elapsed(), Duration::from_millis(retry_after_ms)));
                    }
                }
                Err(rejected) => panic!("{rejected}"),
            }
        }
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            flooded.resident_max_mib = flooded.resident_max_mib.max(Process::now().resident_mib);
        }
    }
    (flooded, accepted)
}

impl Flooded {
    /// The share of accepted operations that were stored in time.
    fn in_time(&self) -> f64 {
        let is_in_time = |one: &&Accepted| is_stored(one.2) && one.1 <= DEADLINE;
        share(self.accepted.iter().filter(is_in_time).count(), self.accepted.len())
    }

    /// The share of estimates that were right within a factor of two: against the operation that was accepted next.
    fn estimates_right(&self) -> f64 {
        let mut accepted = self.accepted.clone();
        accepted.sort_unstable_by_key(|(at, ..)| *at);
        let next = |at: Instant| {
            let next = accepted.get(accepted.partition_point(|(accepted, ..)| *accepted < at))?;
            (next.0 - at <= COMPARED_WITHIN).then_some(next.1)
        };
        let compared: Vec<bool> = self
            .refusals
            .iter()
            .filter_map(|(at, _, estimate)| {
                let took = next(*at)?;
                Some(took <= 2 * *estimate && *estimate <= 2 * took)
            })
            .collect();
        share(compared.iter().filter(|is_right| **is_right).count(), compared.len())
    }
}

fn share(of: usize, all: usize) -> f64 {
    of as f64 / all.max(1) as f64
}

fn table(flooded: &Flooded, rate: f64, length: Duration, before_mib: u64, back: Duration) -> Table {
    let mut table = Table::new(&[
        "the database takes",
        "handed over",
        "for",
        "accepted",
        "of them stored in time",
        "refused",
        "a refusal takes (p99)",
        "estimates within a factor of two",
        "memory before, and most",
        "latency is back after",
    ]);
    let refusal = percentile(flooded.refusals.iter().map(|(_, took, _)| *took), 99);
    let (in_time, right) = (flooded.in_time(), flooded.estimates_right());
    let cells = [
        format!("{rate:.0}/s"),
        format!("{:.0}/s", flooded.sent as f64 / length.as_secs_f64()),
        time(length),
        flooded.accepted.len().to_string(),
        format!("{:.2} %", in_time * 100.0),
        flooded.refused.to_string(),
        format!("{} µs", refusal.as_micros()),
        format!("{:.1} %", right * 100.0),
        format!("{before_mib} and {} MiB", flooded.resident_max_mib),
        time(back),
    ];
    let kept = flooded.refused > 0
        && in_time >= 0.99
        && right >= 0.9
        && refusal <= Duration::from_millis(10)
        && flooded.resident_max_mib <= before_mib + GROWTH_MAX_MIB
        && back <= Duration::from_secs(1);
    table.row(&cells, kept);
    table
}

/// How long it takes until operations take no longer than they should.
async fn back(runtime: &Arc<Runtime>, within: Duration) -> Duration {
    let (begun, mut since, mut good) = (Instant::now(), None, 0);
    for number in 0.. {
        let (endpoint, body) = standard("back", number);
        let now = Instant::now();
        let ticket = runtime.submit(request((endpoint, &body), None)).await.expect("room");
        ticket.await;
        if now.elapsed() <= within.max(FLOOR) {
            good += 1;
            since.get_or_insert(now);
        } else {
            (good, since) = (0, None);
        }
        if good == BACK || begun.elapsed() > Duration::from_secs(30) {
            break;
        }
    }
    since.map_or(begun.elapsed(), |since| since - begun)
}
