//! The seam between the dispatcher, which cuts batches, and the executor, which writes them.

use std::sync::Arc;
use std::time::Duration;

use laneway_model::{LimitError, Limits, Operation, OperationId, Outcome, ReferentialId};
use tokio::sync::mpsc;

use crate::wait::Wait;

/// An operation with its number in the order of acceptance.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its number in the order of acceptance.
    pub id: OperationId,
    /// The operation.
    pub operation: Arc<Operation>,
    /// How long after the start of its flush its deadline is; `None`: it has none.
    pub time_left: Option<Duration>,
    /// Stands in its identity's line behind another of the batch, and is not to overtake it: it is written in that one's
    /// transaction, or stays in line.
    pub in_line: bool,
}

/// How a batch is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// All operations in one transaction.
    Batched,
    /// One transaction an operation, in order: the single path.
    Single,
}

macro_rules! flush_reasons {
    ($($reason:ident $name:literal,)*) => {
        /// Why a lane flushed.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[expect(missing_docs, reason = "the names are the reasons")]
        pub enum FlushReason {
            $($reason,)*
        }

        impl FlushReason {
            /// All of them, in the order of their declaration.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$reason),*];

            /// The name used in JSON, metrics and logs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }
        }
    };
}

flush_reasons! {
    Idle "idle",
    Items "items",
    Bytes "bytes",
    Linger "linger",
    Cycle "cycle",
    Checkpoint "checkpoint",
    Drain "drain",
    Single "single",
    Locked "locked",
}

/// The bounds of one flush: those of the store when the batch was cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlushLimits {
    /// How often it is repeated before it is halved ([`Limits::retries_max`]).
    pub retries_max: u32,
    /// The most advisory locks that one transaction may ask for ([`Limits::locks_per_flush_max`]).
    pub locks_max: usize,
    /// How long it is repeated while the store cannot be used ([`Limits::outage_max`]).
    pub outage_max: Duration,
}

impl From<&Limits> for FlushLimits {
    fn from(limits: &Limits) -> Self {
        Self { retries_max: limits.retries_max, locks_max: limits.locks_per_flush_max, outage_max: limits.outage_max }
    }
}

/// What one flush carries, in order of acceptance.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The lane that it was cut from.
    pub lane: usize,
    /// Why it was cut.
    pub reason: FlushReason,
    /// How it is written.
    pub mode: Mode,
    /// Within which bounds.
    pub limits: FlushLimits,
    /// The operations.
    pub operations: Vec<Accepted>,
}

/// The result of one operation in a flush.
#[derive(Clone, Debug)]
pub enum Settlement {
    /// It is over.
    Settled(Outcome),
    /// It was not written: these references name nothing that is stored. The dispatcher refuses it (with
    /// `refusal`) unless an operation that may have brought one of them was in flight meanwhile.
    Missing {
        /// The identities that were not found, distinct.
        ids: Vec<ReferentialId>,
        /// The outcome if it is refused: invalid descriptors or invalid references.
        refusal: Outcome,
    },
    /// It was not written: it stands in its identity's line behind an operation that is not settled, or was not written
    /// together with it. The dispatcher keeps it in line.
    InLine,
    /// It was not written: another client holds a lock that it needs. The dispatcher sets it aside and tries it again.
    Locked {
        /// The outcome if it is given up.
        refusal: Outcome,
    },
}

/// How an operation was written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FlushInfo {
    /// The number of the flush in the order of resolve's reads, over the whole runtime, from 1; 0: none. The order
    /// in which operations took effect is (`sequence`, `position`).
    pub sequence: u64,
    /// The operation's position in batch order.
    pub position: u32,
    /// How many operations the transaction carried.
    pub batch_size: u32,
    /// How many transactions were begun for it.
    pub attempts: u32,
}

/// One operation's result.
#[derive(Clone, Debug)]
pub struct Flushed {
    /// Which operation.
    pub id: OperationId,
    /// What became of it.
    pub settlement: Settlement,
    /// How it was written.
    pub info: FlushInfo,
}

/// Totals of one batch, for statistics.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FlushStats {
    /// Transactions begun.
    pub transactions: u64,
    /// Transactions repeated after a failure.
    pub retries: u64,
    /// Times that the executor waited for the server.
    pub round_trips: u64,
    /// Operations that went by the single path although batched.
    pub singles: u64,
    /// From the start to the last result.
    pub elapsed: Duration,
    /// Of that, what the transactions took that went through, without their locks and reads.
    pub writing: Duration,
    /// Of the transactions that went through.
    pub phases: PhaseTimes,
}

/// How long operations spent in the phases of their transactions: each transaction's times, once for each operation that it
/// carried, as that is how long each of them waited.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PhaseTimes {
    /// Locks and reads.
    pub resolve: Duration,
    /// What is written, up to the answer of the last statement before COMMIT.
    pub apply: Duration,
    /// From there to COMMIT's answer.
    pub commit: Duration,
}

impl PhaseTimes {
    /// Adds a transaction's times, of so many operations.
    pub(crate) fn add(&mut self, transaction: Self, operations: usize) {
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        self.resolve += transaction.resolve * operations;
        self.apply += transaction.apply * operations;
        self.commit += transaction.commit * operations;
    }
}

/// Where the executor puts results, a group at a time, as soon as each group's transaction is over. What is locked comes
/// in groups of what must be written together.
pub type Report = mpsc::UnboundedSender<Vec<Flushed>>;

/// Writes batches. The executor over a store implements it; tests use scripts.
pub trait Flush: Send + Sync + 'static {
    /// Runs the batch to its end: each of its operations is reported exactly once, whatever happens.
    fn run(&self, batch: Batch, report: Report) -> impl Future<Output = FlushStats> + Send;

    /// Takes the bounds under which flushes run from now on.
    ///
    /// # Errors
    /// When it cannot serve as many flushes at a time; the bounds stay as they are then.
    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        let _ = limits;
        Ok(())
    }

    /// What flushes wait for now, other than their turn; `None`: nothing is known.
    fn wait(&self) -> Option<Wait> {
        None
    }
}
