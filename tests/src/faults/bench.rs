//! A load through a proxy, a fault in the middle of it, and its account afterwards. Knows no list of faults.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use laneway_core::{Executor, Runtime};
use laneway_embedded::{Database, Server};
use laneway_model::Limits;
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres::{PostgresStore, StoreOptions};
use laneway_sample::Document;

use super::case::{Case, Load};
use crate::account::Account;
use crate::isolation::store_options;
use crate::need;
use crate::proxy::{Fault, Proxy};
use crate::release::deploy;
use crate::samples::plugins;
use crate::swap::{Settled, load, sample_documents};
use crate::wait::within;

/// What each load hands over: all resources of the sample are among them.
const DOCUMENTS: u64 = 300;
/// How many of them are unsettled at a time.
const CALLERS: usize = 64;
/// How long a server may be silent, and a transaction idle.
pub(super) const ANSWER: Duration = Duration::from_secs(2);

/// What came of one try.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What callers saw, against what the store held.
    pub account: Account,
    /// From the fault to the last outcome; `None`: it did not happen.
    pub recovered: Option<Duration>,
    /// Accepted operations that did not end exactly once.
    pub unsettled: u64,
    /// How long it may take.
    pub recovers_within: Option<Duration>,
}

impl Tried {
    /// Whether the fault happened, and each operation got one outcome, which is true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        let is_in_time = |took: Duration| self.recovers_within.is_none_or(|within| took <= within);
        self.recovered.is_some_and(is_in_time) && self.unsettled == 0 && self.account.is_true()
    }
}

/// Stores to begin with, and what is loaded into copies of them.
pub struct Bench {
    pub(super) server: &'static Server,
    plugins: Plugins,
    documents: Vec<Document>,
    pub(super) empty: Database,
    full: Database,
}

impl Bench {
    /// A new one; `None`, after saying so, where there is no server.
    ///
    /// # Panics
    /// When the server fails.
    pub async fn set_up() -> Option<Self> {
        let server = need::server()?;
        let empty = server.create_database("laneway_test").await.expect("a database");
        deploy(empty.config()).await.expect("a store");
        let full = server.copy_database(&empty, "laneway_test").await.expect("a database");
        let bench = Self { server, plugins: plugins(), documents: sample_documents(DOCUMENTS), empty, full };
        let runtime = open(bench.full.config(), &bench.plugins, None, Limits::default()).await;
        let settled = within("the first load", load(&runtime, &bench.documents, CALLERS, |_| {})).await;
        runtime.close().await;
        let account = Account::of(&settled, bench.full.config()).await;
        assert!(account.is_clean(), "without a fault: {account}");
        Some(bench)
    }

    /// The steps that a load takes when nothing happens, and how often.
    ///
    /// # Panics
    /// When something happens all the same.
    pub async fn steps(&self, load: Load) -> BTreeMap<String, usize> {
        let (tried, proxy) = self.through_proxy(load, &[], None).await;
        assert!(tried.account.is_clean() && tried.unsettled == 0, "without a fault: {tried:?}");
        proxy.seen()
    }

    /// Tries a case, on a store of its own.
    pub async fn try_one(&self, case: &Case) -> Tried {
        self.through_proxy(case.load, &case.faults, case.outage_max).await.0
    }

    async fn through_proxy(&self, what: Load, faults: &[Fault], outage_max: Option<Duration>) -> (Tried, Proxy) {
        let (template, before) = match what {
            Load::New => (&self.empty, 0),
            Load::Changed => (&self.full, self.documents.len()),
        };
        let database = self.server.copy_database(template, "laneway_test").await.expect("a database");
        let tcp = self.server.tcp_config().with_database(database.name()).expect("an address");
        let proxy = Proxy::before(&tcp).await;
        let runtime = open(proxy.config(), &self.plugins, outage_max, Limits::default()).await;
        faults.iter().for_each(|fault| proxy.arm(fault.clone()));
        let settled = within("the load", load(&runtime, &self.documents, CALLERS, |_| {})).await;
        let ended = Instant::now();
        let tried = account(&runtime, settled, before, database.config()).await;
        let recovered = proxy.first_fault().map(|at| ended.duration_since(at));
        (Tried { recovered, ..tried }, proxy)
    }
}

/// A runtime whose store notices soon that a server is silent.
pub(super) async fn open(config: &Config, plugins: &Plugins, outage_max: Option<Duration>, limits: Limits) -> Runtime {
    let limits = Limits { outage_max: outage_max.unwrap_or(limits.outage_max), ..limits };
    let options = StoreOptions {
        statement_timeout: ANSWER - Duration::from_millis(100),
        answer_timeout: ANSWER,
        idle_in_transaction_timeout: ANSWER,
        ..store_options()
    };
    let store = PostgresStore::open(config, options).await.unwrap_or_else(|error| panic!("{error}"));
    Runtime::start(Executor::new(store), Arc::new(plugins.clone()), limits).expect("threads")
}

/// Closes the runtime, and looks at the store.
pub(super) async fn account(runtime: &Runtime, settled: Vec<Settled>, before: usize, config: &Config) -> Tried {
    runtime.close().await;
    let stats = runtime.stats();
    let unsettled = stats.accepted.abs_diff(stats.completed());
    let account = Account::beside(before, &settled, config).await;
    Tried { account, recovered: None, unsettled, recovers_within: None }
}
