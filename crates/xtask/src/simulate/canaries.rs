//! Wrong builds of the core, each with the number of operations within which the simulation has to catch it. Knows nothing of how
//! they are tried.

use crate::mutants::mutation::{Mutation, mutation};

/// One wrong build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canary {
    pub(super) mutation: Mutation,
    pub(super) operations_max: u64,
}

/// The faults of all of them, in their order.
pub(super) fn mutations() -> Vec<Mutation> {
    CANARIES.iter().map(|canary| canary.mutation).collect()
}

const fn canary(operations_max: u64, mutation: Mutation) -> Canary {
    Canary { mutation, operations_max }
}

/// All of them.
pub(super) const CANARIES: [Canary; 12] = [
    canary(
        10_000,
        mutation(
            "an outcome is sent before the commit",
            "executor/mod.rs",
            "session.apply(&changes, self.limits.outage_max).await",
            "{
                let early = decisions.iter().zip(&segment.members).filter_map(|(decision, member)| {
                    let settlement = Settlement::Settled(decision.outcome()?);
                    Some(Flushed { id: member.accepted.id, settlement, info: FlushInfo::default() })
                });
                let _ = self.report.send(early.collect());
                session.apply(&changes, self.limits.outage_max).await
            }",
        ),
    ),
    canary(
        50_000,
        mutation(
            "a deadline is not looked at in an identity's line",
            "dispatcher/mod.rs",
            "return self.settle(id, Outcome::Deadline);",
            "if !matches!(entry.stage, Stage::AwaitingIdentity { .. }) { self.settle(id, Outcome::Deadline); } return;",
        ),
    ),
    canary(
        10_000,
        mutation(
            "the order within an identity is lost",
            "dispatcher/identities.rs",
            "self.holder = self.in_line.pop_front();",
            "self.holder = self.in_line.pop_back();",
        ),
    ),
    canary(
        50_000,
        mutation(
            "a batch goes beyond its bytes by one operation",
            "dispatcher/cut.rs",
            "bytes + more > self.limits.batch_bytes_max",
            "bytes > self.limits.batch_bytes_max",
        ),
    ),
    canary(
        50_000,
        mutation(
            "more room is given back than was taken",
            "runtime/admission.rs",
            "self.items.leave(released.items);",
            "self.items.leave(released.items + usize::from(released.items > 2));",
        ),
    ),
    canary(
        50_000,
        mutation(
            "a repetition loses half of its operations",
            "executor/mod.rs",
            "queue.push_front(second);",
            "drop(second);",
        ),
    ),
    canary(
        50_000,
        mutation(
            "a commit in doubt is reported as stored",
            "executor/mod.rs",
            "Done { decisions, sequence, in_doubt: true }",
            "Done { decisions, sequence, in_doubt: false }",
        ),
    ),
    canary(
        50_000,
        mutation(
            "a drain forgets a lane",
            "dispatcher/mod.rs",
            "self.operations.is_empty() && self.flushes.is_empty()",
            "self.lanes.iter().skip(1).all(|lane| lane.items() == 0) && self.flushes.is_empty()",
        ),
    ),
    canary(
        10_000,
        mutation(
            "a connection is leaked",
            "executor/mod.rs",
            "self.executor.permanent.store(false, Ordering::Relaxed);",
            "std::mem::forget(session); return result;",
        ),
    ),
    canary(
        50_000,
        mutation(
            "the single path starves, as its slots are not given back",
            "dispatcher/flushes.rs",
            "*self.count(running.slot) -= 1;",
            "if running.slot != Slot::Single { *self.count(running.slot) -= 1; }",
        ),
    ),
    canary(
        50_000,
        mutation(
            "a reference to what is in flight is refused",
            "dispatcher/references.rs",
            "waits.is_empty() && !settled",
            "!settled",
        ),
    ),
    canary(
        50_000,
        mutation(
            "what is being written can be cancelled",
            "dispatcher/mod.rs",
            "self.operations.get(&id).is_some_and(|entry| !matches!(entry.stage, Stage::Flushing { .. }))",
            "self.operations.contains_key(&id)",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_canary_has_its_place() {
        crate::mutants::mutation::check_places(&mutations());
    }
}
