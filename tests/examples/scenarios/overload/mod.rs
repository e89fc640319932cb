//! More than the database takes, and what must not stall others: a store that is silent or broken, a plugin that fails each time, a
//! huge document, one identity that everybody writes, a full disk. Writes its tables into `docs/reliability.md`.

mod beside;
mod disk;
mod flood;

use std::sync::Arc;
use std::time::Duration;

use laneway_core::{Executor, Runtime};
use laneway_embedded::Database;
use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::PostgresStore;
use laneway_tests::isolation::store_options;
use laneway_tests::need;
use laneway_tests::release::deploy;

use crate::Document;
use crate::table::Table;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long more is handed over than the database takes.
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,
    /// How often what goes on beside a load begins and ends.
    #[arg(long, default_value_t = 3)]
    turns: usize,
    #[command(flatten)]
    document: Document,
}

pub(crate) async fn run(options: Options) -> bool {
    let Some(flood) = flood::run(Duration::from_secs_f64(options.minutes * 60.0)).await else { return false };
    let Some(beside) = beside::run(options.turns).await else { return false };
    let Some(disk) = disk::run().await else { return false };
    let tables = [&flood, &beside, &disk];
    let text: Vec<&str> = tables.iter().map(|table| table.text()).collect();
    options.document.put("overload", &text.join("\n")) && [flood, beside, disk].into_iter().all(Table::kept)
}

/// A store of its own.
async fn store() -> Option<Database> {
    let database = need::server()?.create_database("laneway_scenario").await.expect("a database");
    deploy(database.config()).await.expect("a store");
    Some(database)
}

async fn open(config: &Config, plugins: &Plugins, limits: Limits) -> Arc<Runtime> {
    let store = PostgresStore::open(config, store_options()).await.unwrap_or_else(|error| panic!("{error}"));
    Arc::new(Runtime::start(Executor::new(store), Arc::new(plugins.clone()), limits).expect("threads"))
}

/// A document that has to do with no other.
fn standard(prefix: &str, number: usize) -> (&'static str, String) {
    ("learningStandards", format!(r#"{{"learningStandardId":"{prefix} {number}","description":"{:200}"}}"#, number))
}
