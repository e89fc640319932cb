//! What a store's flushes wait for, in words for health and log. Knows nothing of how it is found out.

use std::fmt;

use tokio::time::Instant;

/// Something that flushes wait for, which is neither their turn nor their own work: a lock of another session, a standby, the
/// database itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    what: String,
    since: Instant,
}

impl Wait {
    /// A wait since then; `what` as in "waits for the database: connection refused", without a secret.
    #[must_use]
    pub fn new(what: impl Into<String>, since: Instant) -> Self {
        Self { what: what.into(), since }
    }

    /// What is waited for.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Since when.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, for {} s", self.what, self.since.elapsed().as_secs())
    }
}
