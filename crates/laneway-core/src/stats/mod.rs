//! What a runtime counts, as a snapshot for callers.

mod counter;
mod histogram;
pub(crate) mod meter;
mod throughput;

use laneway_model::OutcomeKind;

use crate::FlushReason;
pub use histogram::Histogram;

/// What a runtime has done since it was started. The counts are not of one moment: they are read while it runs.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Operations accepted.
    pub accepted: u64,
    /// Operations completed, by outcome, in the order of [`OutcomeKind::ALL`].
    pub outcomes: [u64; OutcomeKind::ALL.len()],
    /// Those that failed because the database refuses the document itself, whatever state it is in
    /// ([`laneway_model::Outcome::is_document_at_fault`]).
    pub documents_at_fault: u64,
    /// Flushes started, by reason, in the order of [`FlushReason::ALL`].
    pub reasons: [u64; FlushReason::ALL.len()],
    /// Operations carried by those flushes; one that is flushed again counts again.
    pub batch_operations: u64,
    /// Transactions begun.
    pub transactions: u64,
    /// Transactions repeated after a failure.
    pub retries: u64,
    /// Times that the executor waited for the server.
    pub round_trips: u64,
    /// Operations that went by the single path although batched.
    pub singles: u64,
    /// Flushes that broke off.
    pub flushes_lost: u64,
    /// Operations that had to wait for an identity, since another had it.
    pub awaiting_identity: u64,
    /// Waits of operations for others that they refer to, before a flush or after one that missed a reference.
    pub awaiting_references: u64,
    /// Cycles of references cut as one.
    pub cycles: u64,
    /// Operations that stopped waiting because of those behind them in an identity's line.
    pub gave_way: u64,
    /// How long the oldest of the operations accepted and not completed has been so, in microseconds; 0: there is none.
    pub oldest_pending_us: u64,
    /// Where their time went.
    pub phases: Phases,
    /// From acceptance to completion, in microseconds.
    pub latency_us: Histogram,
    /// Operations a flush.
    pub batch_size: Histogram,
}

/// Where operations' time went: sums over operations, in microseconds. What a transaction took counts for each operation that
/// it carried, as each waited for all of it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Phases {
    /// From acceptance to the first flush, or to the end without one; extraction included.
    pub queued_us: u64,
    /// From acceptance to the end of extraction: waiting for a worker, and its work.
    pub extraction_us: u64,
    /// Locks and reads of the transactions that went through.
    pub resolve_us: u64,
    /// What they wrote.
    pub apply_us: u64,
    /// Their COMMITs.
    pub commit_us: u64,
}

impl Stats {
    /// Operations completed.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// Operations accepted and not completed.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.accepted.saturating_sub(self.completed())
    }

    /// Flushes started.
    #[must_use]
    pub fn flushes(&self) -> u64 {
        self.reasons.iter().sum()
    }

    /// How many operations ended so.
    #[must_use]
    pub fn outcome(&self, kind: OutcomeKind) -> u64 {
        self.outcomes[kind as usize]
    }

    /// How many flushes were cut for this reason.
    #[must_use]
    pub fn reason(&self, reason: FlushReason) -> u64 {
        self.reasons[reason as usize]
    }
}
