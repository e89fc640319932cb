//! A proxy before a server that reads along. It can fall silent, and something can happen to a connection at a chosen step of a
//! flush. Knows the protocol's messages and the names of the store's statements; what becomes of a flush, its users know.

mod fault;
mod link;
mod messages;
mod plan;
mod statements;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use laneway_pgconfig::Config;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub use fault::{Disturbance, Fault, Side, XactStatus};
use plan::Plan;
pub use statements::{BEGIN, COMMIT, STATUS};

/// Passes on what it reads, statement by statement, until it is made silent (connections stay open then, new ones are taken, and
/// nothing passes) or a fault happens. Dropped, it closes all connections.
pub struct Proxy {
    config: Config,
    plan: Arc<Plan>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// One before the server of `config`, which has an address of its own (no socket).
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn before(config: &Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let parsed: laneway_pgconfig::tokio_postgres::Config = config.url().parse().expect("an address");
        let target = parsed.get_ports()[0];
        let plan = Arc::new(Plan::new());
        let accepting = tokio::spawn(accept(listener, target, Arc::clone(&plan)));
        let through = config.url().replace(&format!(":{target}"), &format!(":{port}"));
        Self { config: Config::parse(&through).expect("an address"), plan, accepting }
    }

    /// The address through it.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Makes it silent, or lets it go on with what it has kept.
    pub fn set_silent(&self, silent: bool) {
        self.plan.silent.send_replace(silent);
    }

    /// Has a fault happen; of several for one step the first that is not over yet.
    pub fn arm(&self, fault: Fault) {
        self.plan.arm(fault);
    }

    /// How often each step of a flush has come.
    #[must_use]
    pub fn seen(&self) -> BTreeMap<String, usize> {
        self.plan.seen()
    }

    /// When the first fault happened; `None`: none has yet.
    #[must_use]
    pub fn first_fault(&self) -> Option<Instant> {
        *self.plan.first.borrow()
    }

    /// Returns when a fault has happened.
    pub async fn fault(&self) {
        // The sender lives as long as `self`.
        let _ = self.plan.first.subscribe().wait_for(Option::is_some).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, target: u16, plan: Arc<Plan>) {
    let mut links = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while links.try_join_next().is_some() {}
        let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { continue };
        // What a batch is sent by is many small writes.
        if client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).is_ok() {
            links.spawn(link::run(client, server, Arc::clone(&plan)));
        }
    }
}
