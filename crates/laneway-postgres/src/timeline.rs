//! Which database system it is that is written to, and on which timeline: after a failover another may answer, which lacks what had
//! not reached it. Says so, once; repairs nothing.

use std::sync::{Mutex, PoisonError};

use tokio_postgres::{Client, Error};

use crate::statement::TIMELINE;

/// What was known last; `None`: the server withholds it.
pub(crate) struct Timeline(Option<Mutex<Known>>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Known {
    system: String,
    timeline: String,
}

impl Timeline {
    /// Of the server that `client` is connected to.
    pub(crate) async fn of(client: &Client) -> Self {
        Self(Known::read(client).await.ok().map(Mutex::new))
    }

    /// Looks at it again from a new connection.
    pub(crate) async fn look(&self, client: &Client) -> Result<(), Error> {
        let Some(known) = &self.0 else { return Ok(()) };
        let found = Known::read(client).await?;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = known.change(&found) {
            tracing::warn!("{change}");
            *known = found;
        }
        Ok(())
    }
}

impl Known {
    async fn read(client: &Client) -> Result<Self, Error> {
        let text = format!("SELECT system_identifier::text, {TIMELINE} FROM pg_control_system()");
        let row = client.query_one(&text, &[]).await?;
        Ok(Self { system: row.try_get(0)?, timeline: row.try_get(1)? })
    }

    /// What is to be reported of another one; `None`: it is the same.
    fn change(&self, found: &Self) -> Option<String> {
        let Self { system, timeline } = found;
        if *system != self.system {
            let before = &self.system;
            return Some(format!(
                "another database system answers ({system} instead of {before}): what was reported as stored before may not \
                 be in it; load it again"
            ));
        }
        let before = &self.timeline;
        (timeline != before).then(|| {
            format!(
                "a standby has been promoted (timeline {timeline} instead of {before}): where replication is asynchronous, \
                 what was reported as stored shortly before may be lost; load it again"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(system: &str, timeline: &str) -> Known {
        Known { system: system.to_owned(), timeline: timeline.to_owned() }
    }

    #[test]
    fn what_may_be_lost_is_reported_by_what_has_changed() {
        let before = known("7", "00000001");
        assert_eq!(before.change(&before), None);
        let promoted = before.change(&known("7", "00000002")).unwrap();
        assert!(
            promoted.starts_with("a standby has been promoted (timeline 00000002 instead of 00000001)"),
            "{promoted}"
        );
        let other = before.change(&known("8", "00000001")).unwrap();
        assert!(other.starts_with("another database system answers (8 instead of 7)"), "{other}");
    }
}
