//! Restarts, killed sessions and silence under a load of 64 callers: no document fails, is lost or is written twice. What is in
//! doubt is counted with what became of it.

use std::time::{Duration, Instant};

use laneway_pgconfig::Config;
use laneway_plugin::{PluginSettings, Plugins};
use laneway_postgres::deploy;
use laneway_sample::{Settings, generate};
use laneway_tests::account::Account;
use laneway_tests::cluster::Cluster;
use laneway_tests::need;
use laneway_tests::proxy::Proxy;
use laneway_tests::swap::{load, open, sample_components};
use tokio::time::sleep;

use crate::Length;
use crate::table::{Table, time};

/// Callers.
const CALLERS: usize = 64;
/// How long the server is up between two restarts.
const UP: Duration = Duration::from_secs(5);
/// How often all sessions are killed.
const KILL_EVERY: Duration = Duration::from_millis(200);
/// How long the proxy is silent.
const SILENCE: Duration = Duration::from_secs(20);
/// More than any load gets through.
const DOCUMENTS_MAX: u64 = 1_000_000;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    length: Length,
}

pub(crate) async fn run(options: Options) -> bool {
    let length = options.length.duration();
    let columns =
        ["under the load", "documents", "failed", "lost", "doubled", "in doubt: stored", "not", "longest wait"];
    let mut table = Table::new(&columns);
    for seconds_down in [0, 2, 5, 15] {
        let Some(cluster) = Cluster::start().await else { return false };
        let config = store(cluster.create_database("restarted").await).await;
        let restarts = async {
            loop {
                sleep(UP).await;
                cluster.restart("immediate", seconds_down).await;
            }
        };
        let account = disturbed(&config, &config, length, restarts).await;
        let name = format!("restarts (immediate, {seconds_down} s down) every {} s", UP.as_secs());
        row(&mut table, &name, &account);
    }
    let Some(server) = need::server() else { return false };
    let database = server.create_database("laneway_scenario").await.expect("a database");
    let config = store(database.config().clone()).await;
    let admin = server.config().connect().await.expect("the server");
    let kills = async {
        loop {
            sleep(KILL_EVERY).await;
            let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            admin.execute(kill, &[&database.name()]).await.expect("kills");
        }
    };
    row(&mut table, "sessions killed every 200 ms", &disturbed(&config, &config, length, kills).await);
    let database = server.create_database("laneway_scenario").await.expect("a database");
    let config = store(server.tcp_config().with_database(database.name()).expect("an address")).await;
    let proxy = Proxy::before(&config).await;
    let silence = async {
        sleep(UP).await;
        proxy.set_silent(true);
        sleep(SILENCE).await;
        proxy.set_silent(false);
        std::future::pending::<()>().await;
    };
    row(&mut table, "a silence of 20 s", &disturbed(proxy.config(), &config, length, silence).await);
    table.kept()
}

async fn store(config: Config) -> Config {
    deploy(&config).await.expect("a store");
    config
}

fn row(table: &mut Table, name: &str, account: &Account) {
    let cells = [
        name.to_owned(),
        account.documents.to_string(),
        account.failed().to_string(),
        account.lost.to_string(),
        account.doubled.to_string(),
        account.in_doubt_stored.to_string(),
        account.in_doubt_absent.to_string(),
        time(account.waited_max),
    ];
    table.row(&cells, account.failed() + account.lost + account.doubled == 0);
}

/// Loads for so long while something goes on, and looks at the store afterwards.
pub(crate) async fn disturbed(
    config: &Config,
    afterwards: &Config,
    length: Duration,
    disturbance: impl Future<Output = ()>,
) -> Account {
    let plugins = Plugins::load(sample_components(true), PluginSettings::default()).expect("plugins");
    let runtime = open(config, &plugins).await;
    let end = Instant::now() + length;
    let settings = Settings { documents: DOCUMENTS_MAX, ..Settings::default() };
    let documents = generate(&settings).expect("settings within bounds").take_while(|_| Instant::now() < end);
    let loading = load(&runtime, documents, CALLERS, |_| {});
    tokio::pin!(loading);
    let settled = tokio::select! {
        settled = &mut loading => settled,
        () = disturbance => loading.await,
    };
    runtime.close().await;
    Account::of(&settled, afterwards).await
}
