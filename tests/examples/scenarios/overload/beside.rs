//! What goes on beside a load that has nothing to do with it, by turns with nothing: the load's latencies stay what they were.

use std::sync::Arc;
use std::time::Duration;

use laneway_core::Runtime;
use laneway_embedded::Database;
use laneway_model::{Limits, OutcomeKind};
use laneway_pgconfig::Config;
use laneway_plugin::{PluginSettings, Plugins};
use laneway_tests::locks::request;
use laneway_tests::need;
use laneway_tests::poison::trapping;
use laneway_tests::proxy::Proxy;
use laneway_tests::samples::plugins;
use laneway_tests::swap::sample_components;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_postgres::Client;

use super::{open, standard, store};
use crate::callers::{Callers, Ended, is_stored, percentile};
use crate::table::{Table, time};

/// The load: callers who pause between two documents, so that the database is not what they wait for.
const CALLERS: usize = 16;
const PAUSE: Duration = Duration::from_millis(20);
/// How long each turn is.
const TURN: Duration = Duration::from_secs(4);
/// Callers beside the load.
const OTHERS: usize = 64;
const HOT_CALLERS: usize = 10_000;
/// How many times as long as without they may take.
const SLOWDOWN_MAX: f64 = 1.5;
/// Differences of less than this are the machine's own.
const FLOOR: Duration = Duration::from_millis(10);
/// The largest document by default, but for what surrounds its text.
const HUGE_BYTES: usize = (16 << 20) - 1_024;
/// The resource whose plugin fails each time.
const POISONED: &str = "gradebookEntries";

/// What goes on beside.
#[derive(Clone, Copy)]
enum Beside {
    SilentStore,
    BrokenStore,
    PoisonPlugin,
    HugeDocument,
    HotIdentity,
}

impl Beside {
    const ALL: [(Self, &'static str); 5] = [
        (Self::SilentStore, "another store is silent, with 64 callers"),
        (Self::BrokenStore, "another store's tables are gone, with 64 callers"),
        (Self::PoisonPlugin, "a plugin traps on each document, of 64 callers"),
        (Self::HugeDocument, "one document of 16 MiB a turn"),
        (Self::HotIdentity, "10,000 callers write one document"),
    ];
}

/// The store with the load, and another.
struct Stage {
    runtime: Arc<Runtime>,
    other: Arc<Runtime>,
    proxy: Proxy,
    /// A session of the other store's.
    admin: Client,
    _databases: [Database; 2],
}

pub(super) async fn run(turns: usize) -> Option<Table> {
    let stage = Stage::set_up().await?;
    let mut table = Table::new(&[
        "beside a load",
        "its documents",
        "not stored",
        "p99 alone",
        "p99 beside it",
        "ratio",
        "what became of those beside it",
    ]);
    for (beside, name) in Beside::ALL {
        let (mut alone, mut with, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..turns {
            alone.extend(stage.turn(&format!("{name} {turn} a")).await);
            let running = stage.start(beside).await;
            with.extend(stage.turn(&format!("{name} {turn} b")).await);
            others.extend(stage.stop(beside, running).await);
        }
        row(&mut table, name, &alone, &with, &others);
    }
    stage.runtime.close().await;
    stage.other.close().await;
    Some(table)
}

fn row(table: &mut Table, name: &str, alone: &[Ended], with: &[Ended], others: &[OutcomeKind]) {
    let p99 = |of: &[Ended]| percentile(of.iter().map(|(_, latency, _)| *latency), 99);
    let (without, beside) = (p99(alone), p99(with));
    let ratio = beside.max(FLOOR).as_secs_f64() / without.max(FLOOR).as_secs_f64();
    let failed = alone.iter().chain(with).filter(|(.., kind)| !is_stored(*kind)).count();
    let count = |kind: OutcomeKind| others.iter().filter(|other| **other == kind).count();
    let outcomes = OutcomeKind::ALL.into_iter().map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0);
    let outcomes: Vec<String> = outcomes.map(|(kind, count)| format!("{count} *{}*", kind.as_str())).collect();
    let cells = [
        name.to_owned(),
        (alone.len() + with.len()).to_string(),
        failed.to_string(),
        time(without),
        time(beside),
        format!("{ratio:.2}"),
        outcomes.join(", ").replace('_', " "),
    ];
    table.row(&cells, failed == 0 && ratio <= SLOWDOWN_MAX && !others.is_empty());
}

/// What goes on beside.
enum Running {
    Callers(Callers),
    Document(JoinHandle<OutcomeKind>),
}

impl Stage {
    async fn set_up() -> Option<Self> {
        let (own, other) = (store().await?, store().await?);
        let mut components = sample_components(true);
        let poisoned =
            components.iter_mut().find(|(name, _)| name.contains(POISONED)).expect("a plugin to be poisoned");
        poisoned.1 = trapping(&poisoned.1);
        let poisonous = Plugins::load(components, PluginSettings::default()).expect("plugins");
        let runtime = open(own.config(), &poisonous, Limits::default()).await;
        let tcp: Config = need::server()?.tcp_config().with_database(other.name()).expect("an address");
        let proxy = Proxy::before(&tcp).await;
        // Callers of a store that is away give up soon, so that a turn ends.
        let limits = Limits { outage_max: Duration::from_secs(2), ..Limits::default() };
        let other_runtime = open(proxy.config(), &plugins(), limits).await;
        let admin = other.config().connect().await.expect("a connection");
        Some(Self { runtime, other: other_runtime, proxy, admin, _databases: [own, other] })
    }

    /// The load for a turn.
    async fn turn(&self, prefix: &str) -> Vec<Ended> {
        let prefix = prefix.to_owned();
        let callers = Callers::start(&self.runtime, CALLERS, PAUSE, move |number| standard(&prefix, number));
        sleep(TURN).await;
        callers.end().await
    }

    async fn start(&self, beside: Beside) -> Running {
        let others =
            |runtime: &Arc<Runtime>| Callers::start(runtime, OTHERS, PAUSE, |number| standard("other", number));
        Running::Callers(match beside {
            Beside::SilentStore => {
                self.proxy.set_silent(true);
                others(&self.other)
            }
            Beside::BrokenStore => {
                self.admin.batch_execute("ALTER SCHEMA dms RENAME TO gone").await.expect("a schema");
                others(&self.other)
            }
            Beside::PoisonPlugin => Callers::start(&self.runtime, OTHERS, PAUSE, |number| {
                (POISONED, format!(r#"{{"gradebookEntryIdentifier":"{number}","namespace":"uri://x.org"}}"#))
            }),
            Beside::HotIdentity => Callers::start(&self.runtime, HOT_CALLERS, PAUSE, |number| {
                ("contacts", format!(r#"{{"contactUniqueId":"hot","version":{number}}}"#))
            }),
            Beside::HugeDocument => {
                let runtime = Arc::clone(&self.runtime);
                return Running::Document(tokio::spawn(async move {
                    let text = "x".repeat(HUGE_BYTES);
                    let body = format!(r#"{{"learningStandardId":"huge","description":"{text}"}}"#);
                    let ticket = runtime.submit(request(("learningStandards", &body), None)).await;
                    ticket.expect("room").await.outcome.kind()
                }));
            }
        })
    }

    async fn stop(&self, beside: Beside, running: Running) -> Vec<OutcomeKind> {
        match beside {
            Beside::SilentStore => self.proxy.set_silent(false),
            Beside::BrokenStore => self.admin.batch_execute("ALTER SCHEMA gone RENAME TO dms").await.expect("a schema"),
            Beside::PoisonPlugin | Beside::HugeDocument | Beside::HotIdentity => {}
        }
        match running {
            Running::Callers(callers) => callers.end().await.into_iter().map(|(.., kind)| kind).collect(),
            Running::Document(document) => vec![document.await.expect("an outcome")],
        }
    }
}
