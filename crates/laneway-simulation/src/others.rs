//! Who else acts in a world while it runs: other clients of the database, callers who change their minds, and operators. They stop
//! when they are asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use laneway_core::Runtime;
use laneway_core::store::StoreErrorKind;
use laneway_model::DocumentUuid;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::documents::{Target, id, superclass};
use crate::extractor::SimulatedExtractor;
use crate::plan::{Ending, Plan};
use crate::state::{Shared, State};

/// What kinds of outage there are.
const OUTAGES: [StoreErrorKind; 3] =
    [StoreErrorKind::Connection, StoreErrorKind::Unavailable, StoreErrorKind::LoginRefused];

/// All of them.
pub(crate) struct Others {
    pub(crate) plan: Arc<Plan>,
    pub(crate) state: Shared,
    pub(crate) extractor: Arc<SimulatedExtractor>,
    pub(crate) runtime: std::sync::Weak<Runtime>,
    pub(crate) stop: Arc<AtomicBool>,
}

impl Others {
    /// Acts now and then, until it is asked to stop.
    pub(crate) async fn act(self, mut rng: fastrand::Rng, longest: Duration) {
        loop {
            sleep(Duration::from_micros(rng.u64(1..=longest.as_micros() as u64))).await;
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            match rng.u8(..20) {
                0..4 => self.cancel(&mut rng),
                4..8 => self.write(&mut rng),
                8..11 => self.delete(&mut rng),
                11..14 => self.lock(&mut rng),
                14 => self.lock_table(&mut rng),
                15 => self.outage(&mut rng),
                16 => self.extractor.swap(),
                17 | 18 if self.plan.changes_limits => self.change_limits(&mut rng),
                _ => self.checkpoint(),
            }
        }
    }

    fn cancel(&self, rng: &mut fastrand::Rng) {
        let Some(runtime) = self.runtime.upgrade() else { return };
        let serial = {
            let mut state = self.state.lock();
            let count = state.ledger.records.len();
            if count == 0 {
                return;
            }
            // Mostly one of the last, which may be pending still.
            let serial = if rng.bool() { rng.usize(..count) } else { rng.usize(count.saturating_sub(20)..count) };
            state.count("cancelled");
            state.ledger.cancel_requested(serial);
            state.trace(|| format!("{serial} is cancelled"));
            serial
        };
        runtime.cancel(serial as u64);
    }

    fn write(&self, rng: &mut fastrand::Rng) {
        let target = self.plan.target(rng);
        let etag = rng.bool().then(|| rng.u8(..3).to_string());
        let uuid = DocumentUuid(Uuid::from_u128(rng.u128(..)));
        let mut state = self.state.lock();
        state.count("written by another client");
        write(&mut state, target, uuid, etag);
    }

    fn delete(&self, rng: &mut fastrand::Rng) {
        let mut state = self.state.lock();
        state.count("deleted by another client");
        state.delete_by_other(id(self.plan.target(rng)));
    }

    fn lock(&self, rng: &mut fastrand::Rng) {
        let (target, of_row) = (self.plan.target(rng), rng.bool());
        let longest = if rng.u8(..4) == 0 { 6_000 } else { 400 };
        let pause = Duration::from_millis(rng.u64(1..longest));
        let until = Instant::now() + pause;
        let mut state = self.state.lock();
        if state.database.is_held(id(target)) {
            return;
        }
        state.count("locked by another client");
        state.trace(|| format!("another client locks {target:?} for {pause:?}"));
        state.database.lock(id(target), until, of_row);
        if !of_row && rng.bool() && !state.database.contains(id(target)) {
            // The key that is being inserted is committed in the end.
            let (shared, uuid) = (self.state.clone(), DocumentUuid(Uuid::from_u128(rng.u128(..))));
            tokio::spawn(async move {
                sleep(pause).await;
                write(&mut shared.lock(), target, uuid, None);
            });
        }
    }

    fn lock_table(&self, rng: &mut fastrand::Rng) {
        let mut state = self.state.lock();
        state.count("all locked by another client");
        let until = Instant::now() + Duration::from_millis(rng.u64(1..1_500));
        state.database.lock_table(until);
    }

    fn outage(&self, rng: &mut fastrand::Rng) {
        let kind = OUTAGES[rng.usize(..OUTAGES.len())];
        // Some outlast the patience that operations have.
        let longest = self.plan.limits.outage_max.as_millis() as u64 * if rng.u8(..4) == 0 { 2 } else { 1 };
        let until = Instant::now() + Duration::from_millis(rng.u64(1..longest));
        let mut state = self.state.lock();
        state.count("outage");
        state.trace(|| format!("an outage: {}", kind.as_str()));
        state.trouble.outage(until, kind);
    }

    fn change_limits(&self, rng: &mut fastrand::Rng) {
        let Some(runtime) = self.runtime.upgrade() else { return };
        let limits = self.plan.other_limits(rng);
        if runtime.set_limits(limits.clone()).is_ok() {
            let mut state = self.state.lock();
            state.count("limits changed");
            state.trace(|| format!("{limits:?}"));
            state.ledger.bounds.change(&limits);
        }
    }

    /// All that is accepted by now has its outcome when a checkpoint is reached.
    fn checkpoint(&self) {
        // Who waits for one holds the runtime.
        if self.plan.ending == Ending::Dropped {
            return;
        }
        let Some(runtime) = self.runtime.upgrade() else { return };
        self.state.lock().count("checkpoint");
        let state = self.state.clone();
        let before = state.lock().ledger.accepted_count();
        tokio::spawn(async move {
            runtime.checkpoint().await;
            let open = state.lock().ledger.open_up_to(before);
            if let Some(serial) = open {
                state.lock().violated(format!(
                    "a checkpoint was reached before {serial}, which was accepted before it, had ended"
                ));
            }
        });
    }
}

fn write(state: &mut State, target: Target, uuid: DocumentUuid, etag: Option<String>) {
    let step = state.next_step();
    if let Some(written) = state.database.write_by_other(id(target), superclass(target), uuid, etag, step) {
        state.trace(|| format!("another client writes {target:?}"));
        state.committed(vec![written], step);
    }
}
