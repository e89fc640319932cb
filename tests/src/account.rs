//! What was reported to the callers of a load, against what the store holds afterwards. Each document is handed over once, under an
//! identity and an id of its own, which is its trace id as well: the store's row of a document names its last write.

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
    /// How many ended with each outcome.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Neither reported as stored nor in doubt, by outcome.
    pub failed: BTreeMap<&'static str, usize>,
    /// Reported as in doubt, and stored.
    pub in_doubt_stored: usize,
    /// Reported as in doubt, and not there.
    pub in_doubt_absent: usize,
    /// Reported as stored, and not there.
    pub lost: usize,
    /// Reported as failed, and stored all the same.
    pub failed_stored: usize,
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
        Self::beside(0, settled, config).await
    }

    /// Of a load into a store that held so many documents before.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn beside(before: usize, settled: &[Settled], config: &Config) -> Self {
        // The load's own connections may be all that the role has, and end with a delay.
        let connected = async {
            loop {
                if let Ok(client) = config.connect().await {
                    return client;
                }
            }
        };
        let client = within("a connection to the store", connected).await;
        let query = "SELECT documentuuid, lastmodifiedtraceid FROM dms.document";
        let rows = client.query(query, &[]).await.expect("documents");
        let stored: HashSet<uuid::Uuid> = rows.iter().map(|row| row.get(0)).collect();
        let written: HashSet<&str> = rows.iter().map(|row| row.get(1)).collect();
        let mut account = Self { documents: settled.len(), ..Self::default() };
        let mut own = 0;
        for one in settled {
            let is_own = stored.contains(&one.document_uuid.0);
            let is_written = written.contains(one.document_uuid.to_string().as_str());
            own += usize::from(is_own);
            account.waited_max = account.waited_max.max(one.latency);
            *account.outcomes.entry(one.kind.as_str()).or_default() += 1;
            match one.kind {
                OutcomeKind::Inserted => account.lost += usize::from(!is_own || !is_written),
                OutcomeKind::Updated if is_own => account.doubled += 1,
                OutcomeKind::Updated => account.lost += usize::from(!is_written),
                OutcomeKind::InDoubt if is_written => account.in_doubt_stored += 1,
                OutcomeKind::InDoubt => account.in_doubt_absent += 1,
                kind => {
                    *account.failed.entry(kind.as_str()).or_default() += 1;
                    account.failed_stored += usize::from(is_written);
                }
            }
        }
        account.doubled += (rows.len() - own).saturating_sub(before);
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
        self.failed() + self.in_doubt() == 0 && self.is_true()
    }

    /// Whether the store holds what was reported as stored, once, and nothing that was reported as failed.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.lost + self.doubled + self.failed_stored == 0
    }

    /// Adds another load's.
    pub fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        for (of, to) in [(&other.outcomes, &mut self.outcomes), (&other.failed, &mut self.failed)] {
            of.iter().for_each(|(name, count)| *to.entry(*name).or_default() += count);
        }
        self.in_doubt_stored += other.in_doubt_stored;
        self.in_doubt_absent += other.in_doubt_absent;
        self.lost += other.lost;
        self.failed_stored += other.failed_stored;
        self.doubled += other.doubled;
        self.waited_max = self.waited_max.max(other.waited_max);
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            documents, failed, in_doubt_stored, in_doubt_absent, lost, failed_stored, doubled, waited_max, ..
        } = self;
        write!(
            f,
            "{documents} documents: {} failed {failed:?}, {} in doubt ({in_doubt_stored} stored, {in_doubt_absent} not), \
             {lost} lost, {failed_stored} stored though failed, {doubled} doubled; the longest waited {:.1} s",
            self.failed(),
            self.in_doubt(),
            waited_max.as_secs_f64()
        )
    }
}
