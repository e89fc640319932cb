//! A server whose disk is full, for a while: outcomes are clear, and true, and when there is room there is service again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use laneway_model::Limits;
use laneway_postgres::deploy;
use laneway_sample::{Settings, generate};
use laneway_tests::account::Account;
use laneway_tests::cluster::Cluster;
use laneway_tests::samples::plugins;
use laneway_tests::swap::load;
use laneway_tests::wait::WAIT_MAX;
use tokio::time::sleep;

use super::open;
use crate::table::{Table, time};

/// The file system, and what of it is left when it is to run full.
const DISK_MIB: usize = 192;
const LEFT_MIB: usize = 24;
/// How long it stays full, and how long callers are held then.
const FULL: Duration = Duration::from_secs(6);
const OUTAGE_MAX: Duration = Duration::from_secs(3);
const CALLERS: usize = 64;
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// More than any load gets through.
const DOCUMENTS_MAX: u64 = 1_000_000;

pub(super) async fn run() -> Option<Table> {
    let mut table = Table::new(&[
        "a full disk",
        "documents",
        "outcomes",
        "lost",
        "stored though failed",
        "in doubt",
        "named as",
        "stored again after",
    ]);
    let cluster = Cluster::start_small(DISK_MIB).await?;
    let config = cluster.create_database("crowded").await;
    deploy(&config).await.expect("a store");
    let runtime = open(&config, &plugins(), Limits { outage_max: OUTAGE_MAX, ..Limits::default() }).await;
    let is_over = AtomicBool::new(false);
    let settings = Settings { documents: DOCUMENTS_MAX, ..Settings::default() };
    let documents = generate(&settings).expect("settings within bounds");
    let documents = documents.take_while(|_| !is_over.load(Ordering::Relaxed));
    let loading = load(&runtime, documents, CALLERS, |_| {});
    let filling = async {
        sleep(FULL).await;
        cluster.fill(Some(LEFT_MIB));
        let named = named(&runtime).await;
        sleep(FULL).await;
        let stored = || runtime.stats().outcomes[0];
        let before = stored();
        cluster.fill(None);
        let room = Instant::now();
        cluster.revive().await;
        while stored() == before && room.elapsed() < WAIT_MAX {
            sleep(LOOK_EVERY).await;
        }
        let again = room.elapsed();
        sleep(FULL / 2).await;
        is_over.store(true, Ordering::Relaxed);
        (named, again)
    };
    let (settled, (named, again)) = tokio::join!(loading, filling);
    runtime.close().await;
    let account = Account::of(&settled, &config).await;
    let outcomes: Vec<String> = account.outcomes.iter().map(|(name, count)| format!("{count} *{name}*")).collect();
    let cells = [
        "of a server that writes".to_owned(),
        account.documents.to_string(),
        outcomes.join(", ").replace('_', " "),
        account.lost.to_string(),
        account.failed_stored.to_string(),
        account.in_doubt().to_string(),
        named.clone(),
        time(again),
    ];
    table.row(&cells, account.is_true() && !named.is_empty() && again < WAIT_MAX);
    Some(table)
}

/// What the runtime says that it waits for, when it does.
async fn named(runtime: &laneway_core::Runtime) -> String {
    let since = Instant::now();
    while since.elapsed() < WAIT_MAX {
        if let Some(wait) = runtime.wait() {
            return wait.to_string().replace('|', "\\|");
        }
        sleep(LOOK_EVERY).await;
    }
    String::new()
}
