//! How a store's connections behave, and the settings of the server that would have them behave otherwise.

use std::time::Duration;

use laneway_model::Limits;
use tokio_postgres::{Client, Error};

use crate::isolation::Isolation;

/// Has functions and operators found where PostgreSQL has them, whatever the role's own path puts before. The rest of the path
/// stays: the store's triggers may count on it. The same where statements are prepared and where they run: a statement is
/// analysed anew when the path is another.
pub(crate) const SEARCH_PATH: &str =
    "SELECT pg_catalog.set_config('search_path', 'pg_catalog, ' || pg_catalog.current_setting('search_path'), true)";

/// Lifts `transaction_timeout` for the transaction, where the server has it (17 and newer), which is not known yet.
const LIFT_TRANSACTION_TIMEOUT: &str = "SELECT pg_catalog.set_config('transaction_timeout', '0', true) \
    WHERE pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL";

/// How a store's connections behave.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The most connections that flushes hold at a time; a few more are opened for maintenance. `None`: as many as flushes may
    /// run at a time ([`Limits::flushes_max`]); fewer are refused. A server that grants fewer is no error.
    pub connections_max: Option<usize>,
    /// How long a flush waits for a lock that another session holds, before the documents that need it are set aside and
    /// the others written. Longer, up to 2 s, where flushes take long.
    pub lock_timeout: Duration,
    /// How long one statement of a flush may run.
    pub statement_timeout: Duration,
    /// How long the server may take to answer a phase of a flush, before its connection is given up as silent: longer than
    /// `statement_timeout`, with which a server that still answers ends a statement.
    pub answer_timeout: Duration,
    /// How long a transaction may stand idle before the server ends it: a vanished process must not hold its locks.
    pub idle_in_transaction_timeout: Duration,
    /// How flushes are isolated.
    pub isolation: Isolation,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            connections_max: None,
            lock_timeout: Duration::from_millis(250),
            statement_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(45),
            idle_in_transaction_timeout: Duration::from_secs(60),
            isolation: Isolation::default(),
        }
    }
}

impl StoreOptions {
    /// The same where they fit each other and the runtime's bounds: a server that still answers ends a statement before it
    /// counts as silent, and what a vanished connection has locked is free before those who wait for it give up.
    #[must_use]
    pub fn fitting(self, limits: &Limits) -> Self {
        Self {
            answer_timeout: self.answer_timeout.max(self.statement_timeout),
            idle_in_transaction_timeout: self.idle_in_transaction_timeout.min(limits.outage_max),
            ..self
        }
    }

    /// The batch that begins the transaction in which a store is looked at and statements are prepared: the role's own
    /// timeouts are meant for what it does otherwise. Preparing locks the tables, so that one which another session has locked
    /// refuses new connections; a flush would otherwise wait for one where it could go on with those there are.
    pub(crate) fn prologue(&self) -> String {
        format!("BEGIN; {}; {SEARCH_PATH}", self.bounds())
    }

    /// What bounds a transaction beside a flush.
    pub(crate) fn bounds(&self) -> String {
        format!(
            "{LIFT_TRANSACTION_TIMEOUT}; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}",
            self.lock_timeout.as_millis(),
            self.answer_timeout.as_millis(),
            self.idle_in_transaction_timeout.as_millis(),
        )
    }
}

/// Which timeouts of whole transactions the server has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Timeouts {
    /// `transaction_timeout` too (17 and newer).
    WithTransaction,
    /// That of statements only.
    WithoutTransaction,
}

impl Timeouts {
    /// Of the server that `client` is connected to.
    pub(crate) async fn of(client: &Client) -> Result<Self, Error> {
        let row = client.query_one("SELECT current_setting('transaction_timeout', true) IS NOT NULL", &[]).await?;
        Ok(if row.try_get(0)? { Self::WithTransaction } else { Self::WithoutTransaction })
    }

    /// Lifts the role's for the transaction. In a transaction the server heeds no other value than 0.
    pub(crate) fn lift(self) -> &'static str {
        match self {
            Self::WithTransaction => "SET LOCAL transaction_timeout = 0; ",
            Self::WithoutTransaction => "",
        }
    }
}
