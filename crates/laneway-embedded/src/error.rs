//! Why there is no server or database; each message names the next step.

use laneway_pgbin::{DISTRIBUTIONS, MAJOR_MIN, Unusable};
use laneway_pgconfig::{ConfigError, ConnectError};

/// Why there is no server or database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// `LANEWAY_DATABASE_URL` is set to something that is no address.
    #[error("LANEWAY_DATABASE_URL: {0}")]
    Url(#[source] ConfigError),
    /// The server cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The role lacks the right to create databases.
    #[error(
        "the role may not create databases on this server ({server}); \
         grant it with ALTER ROLE … CREATEDB, or name another server"
    )]
    MayNotCreate {
        /// The server, without its password.
        server: String,
    },
    /// The server refused to create or drop a database.
    #[error("cannot {verb} database {name}: {cause}")]
    Refused {
        /// `create` or `drop`.
        verb: &'static str,
        /// The database.
        name: String,
        /// The server's message.
        cause: String,
    },
    /// No installed PostgreSQL was found, and none was downloaded.
    #[error(
        "no PostgreSQL (version {MAJOR_MIN} or newer) was found on PATH or in {}; and {download}. \
         Install it (Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; \
         Alpine: apk add postgresql; macOS: brew install postgresql), or set LANEWAY_POSTGRES_BIN to the folder \
         that holds initdb and postgres, or set LANEWAY_DATABASE_URL to a server on which databases may be created",
        DISTRIBUTIONS.join(", ")
    )]
    NotFound {
        /// Why there was no download.
        download: String,
    },
    /// `LANEWAY_POSTGRES_BIN` is set to something else.
    #[error("LANEWAY_POSTGRES_BIN={}: {}; it must be the folder that holds initdb and postgres", .0.path.display(), .0.reason)]
    Binaries(Unusable),
    /// PostgreSQL refuses to run as root, and there is no one else.
    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor one without rights; \
         run as another user, or set LANEWAY_DATABASE_URL"
    )]
    NoAccount,
    /// A file or process operation failed.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was to be done.
        action: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The server did not come up.
    #[error("the throw-away PostgreSQL did not start: {reason}. Its log:\n{log}")]
    Start {
        /// What happened.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// This system is not one on which a server can be started.
    #[error("a throw-away PostgreSQL is started on Unix only; set LANEWAY_DATABASE_URL to a server")]
    Unsupported,
}

impl EmbeddedError {
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
