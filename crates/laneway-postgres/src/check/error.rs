//! A check that cannot go on.

use laneway_pgconfig::{Config, ConnectError, chain};

/// A check that cannot go on. The message names the database and what was being done.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CheckError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Connect(ConnectError),
    #[error("{database} cannot be checked: {found}")]
    Store { database: String, found: String },
    #[error("{doing} on {database}: {}", chain(source))]
    Database { doing: &'static str, database: String, source: tokio_postgres::Error },
    #[error("the check of {database} ended unexpectedly: {cause}")]
    Broken { database: String, cause: String },
}

impl CheckError {
    pub(super) fn connect(error: ConnectError) -> Self {
        Cause::Connect(error).into()
    }

    /// The database holds something else.
    pub(super) fn store(config: &Config, found: impl Into<String>) -> Self {
        Cause::Store { database: config.to_string(), found: found.into() }.into()
    }

    pub(super) fn database<'a>(
        doing: &'static str,
        config: &'a Config,
    ) -> impl Fn(tokio_postgres::Error) -> Self + Copy + 'a {
        move |source| Cause::Database { doing, database: config.to_string(), source }.into()
    }

    /// A task that panicked.
    pub(super) fn broken(config: &Config, cause: &dyn std::fmt::Display) -> Self {
        Cause::Broken { database: config.to_string(), cause: cause.to_string() }.into()
    }
}
