//! What was reported to the callers of a load, against what the store holds afterwards. Each document is handed over once, under an
//! identity and an id of its own.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use laneway_model::OutcomeKind;
use laneway_pgconfig::Config;

use crate::swap::Settled;
use crate::wait::within;

/// The account of one load.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Account {
    /// Handed over.
    pub documents: usize,
    /// Neither reported as stored nor in doubt, by outcome.
    pub failed: BTreeMap<&'static str, usize>,
    /// Reported as in doubt, and stored.
    pub in_doubt_stored: usize,
    /// Reported as in doubt, and not there.
    pub in_doubt_absent: usize,
    /// Reported as stored, and not there.
    pub lost: usize,
    /// Written twice: reported as updates of what they had inserted themselves, or stored beside their own rows.
    pub doubled: usize,
    /// The longest time from handing one over to its outcome.
    pub waited_max: Duration,
}

impl Account {
    /// Of a load whose documents are all that the store holds.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn of(settled: &[Settled], config: &Config) -> Self {
        // The load's own connections may be all that the role has, and end with a delay.
        let connected = async {
            loop {
                if let Ok(client) = config.connect().await {
                    return client;
                }
            }
        };
        let client = within("a connection to the store", connected).await;
        let rows = client.query("SELECT documentuuid FROM dms.document", &[]).await.expect("documents");
        let stored: HashSet<uuid::Uuid> = rows.iter().map(|row| row.get(0)).collect();
        let mut account = Self { documents: settled.len(), ..Self::default() };
        let mut known = 0;
        for one in settled {
            let is_there = stored.contains(&one.document_uuid.0);
            known += usize::from(is_there);
            account.waited_max = account.waited_max.max(one.latency);
            match one.kind {
                OutcomeKind::Inserted => account.lost += usize::from(!is_there),
                OutcomeKind::Updated => account.doubled += 1,
                OutcomeKind::InDoubt if is_there => account.in_doubt_stored += 1,
                OutcomeKind::InDoubt => account.in_doubt_absent += 1,
                kind => *account.failed.entry(kind.as_str()).or_default() += 1,
            }
        }
        account.doubled += rows.len() - known;
        account
    }

    /// How many failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed.values().sum()
    }

    /// How many are in doubt.
    #[must_use]
    pub fn in_doubt(&self) -> usize {
        self.in_doubt_stored + self.in_doubt_absent
    }

    /// Whether each document was reported as stored, and is, once.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed() + self.in_doubt() + self.lost + self.doubled == 0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { documents, failed, in_doubt_stored, in_doubt_absent, lost, doubled, waited_max } = self;
        write!(
            f,
            "{documents} documents: {} failed {failed:?}, {} in doubt ({in_doubt_stored} stored, {in_doubt_absent} not), \
             {lost} lost, {doubled} doubled; the longest waited {:.1} s",
            self.failed(),
            self.in_doubt(),
            waited_max.as_secs_f64()
        )
    }
}
