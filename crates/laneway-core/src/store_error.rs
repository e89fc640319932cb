//! How a store can fail, and what is done about each kind. Which code of a database is of which kind, the store knows.

use laneway_model::SqlState;

macro_rules! failure_kinds {
    ($($kind:ident $name:literal $reaction:literal,)*) => {
        /// The kind of a failure: what the executor does next depends on it alone.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum StoreErrorKind {
            $(#[doc = $reaction] $kind,)*
        }

        impl StoreErrorKind {
            /// All of them, in the order of their declaration.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// The name used in logs and documents.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What is done about it, as the documents say it.
            #[must_use]
            pub fn reaction(self) -> &'static str {
                match self {
                    $(Self::$kind => $reaction,)*
                }
            }
        }
    };
}

failure_kinds! {
    Transient "transient"
        "Again after a short pause, `retries_max` times; then in halves. Alone and still failing: *write conflict*.",
    Locked "locked"
        "Another transaction holds a lock for longer than a flush waits: what needs it is set aside and tried again until its \
         deadline or `outage_max` has passed, the rest is written. Still locked then: *write conflict*.",
    LostRace "lost race"
        "Another transaction was faster: resolved again, reading more. Alone and still failing: *failed*.",
    UniqueViolation "unique violation"
        "As a lost race. Alone and still failing, another document holds the identity: *identity conflict*.",
    OutOfLocks "out of locks"
        "The server's lock table is full: in halves. Alone: *write conflict*.",
    StaleSession "stale session"
        "What the session holds no longer fits the database: the connection is closed, and again on another, `retries_max` \
         times; then in halves. Alone and still failing: *failed*.",
    Connection "connection"
        "The connection is closed, and again on another until `outage_max` has passed; a batch that keeps losing its \
         connection goes on in halves. A connection lost at COMMIT is settled first.",
    Unavailable "wait"
        "The resource will come back: everything waits, one connection attempt at a time, until `outage_max` has passed.",
    LoginRefused "pause"
        "Asking again does harm: everything waits while one attempt is made after growing pauses, until `outage_max` has \
         passed.",
    Permanent "permanent"
        "Nothing that is written can succeed until an operator changes something: everything fails at once, unhalved, and \
         the store reports it once.",
    InDoubt "in doubt"
        "The connection was lost at COMMIT, and whether it took effect could not be found out: *in doubt*.",
    Document "document"
        "The database refuses something that a document holds: in halves until it stands alone: *failed*.",
}

/// A failure of a store: its kind, the database's code where it was the database, and a message without secrets.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}{}", .sqlstate.map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default())]
pub struct StoreError {
    kind: StoreErrorKind,
    sqlstate: Option<SqlState>,
    message: String,
}

impl StoreError {
    /// A failure that is not the database's report.
    #[must_use]
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, sqlstate: None, message: message.into() }
    }

    /// The same with the database's code.
    #[must_use]
    pub fn with_sqlstate(self, sqlstate: Option<SqlState>) -> Self {
        Self { sqlstate, ..self }
    }

    /// The same as another kind of failure.
    #[must_use]
    pub fn with_kind(self, kind: StoreErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The database's code, where it was the database.
    #[must_use]
    pub fn sqlstate(&self) -> Option<SqlState> {
        self.sqlstate
    }

    /// What happened, for people; never a secret.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
