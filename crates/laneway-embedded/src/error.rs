//! Why there is no server or database; each message names the next step.

use laneway_pgbin::{DISTRIBUTIONS, MAJOR_MIN, Unusable};
use laneway_pgconfig::{ConfigError, ConnectError, chain, tokio_postgres};

/// Why there is no server or database.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EmbeddedError(#[from] pub(crate) Cause);

#[derive(Debug, thiserror::Error)]
#[cfg_attr(not(unix), allow(dead_code, reason = "only Unix starts servers"))]
pub(crate) enum Cause {
    #[error("LANEWAY_DATABASE_URL: {0}")]
    Url(#[source] ConfigError),
    #[error(transparent)]
    Connect(ConnectError),
    #[error(
        "the role may not create databases on this server ({server}); \
         grant it with ALTER ROLE … CREATEDB, or name another server"
    )]
    MayNotCreate { server: String },
    #[error("cannot {verb} database {name}: {}", chain(source))]
    Refused { verb: &'static str, name: String, source: tokio_postgres::Error },
    #[error(
        "no PostgreSQL (version {MAJOR_MIN} or newer) was found on PATH or in {}; and {download}. \
         Install it (Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; \
         Alpine: apk add postgresql; macOS: brew install postgresql), or set LANEWAY_POSTGRES_BIN to the folder \
         that holds initdb and postgres, or set LANEWAY_DATABASE_URL to a server on which databases may be created",
        DISTRIBUTIONS.join(", ")
    )]
    NotFound { download: String },
    #[error("LANEWAY_POSTGRES_BIN={0}; it must be the folder that holds initdb and postgres")]
    Binaries(#[source] Unusable),
    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor one without rights; \
         run as another user, or set LANEWAY_DATABASE_URL"
    )]
    NoAccount,
    #[error("cannot {action}: {source}")]
    Io { action: String, source: std::io::Error },
    #[error("the throw-away PostgreSQL did not start: {reason}. Its log:\n{log}")]
    Start { reason: String, log: String },
    #[cfg(not(unix))]
    #[error("a throw-away PostgreSQL is started on Unix only; set LANEWAY_DATABASE_URL to a server")]
    Unsupported,
}

#[cfg(unix)]
impl EmbeddedError {
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Cause::Io { action, source }.into()
    }
}

impl From<ConnectError> for EmbeddedError {
    fn from(error: ConnectError) -> Self {
        Cause::Connect(error).into()
    }
}
