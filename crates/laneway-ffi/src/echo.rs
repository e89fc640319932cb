//! The store behind an echo: no database, no plugins. The endpoint of an operation names its outcome, which comes at
//! once, or when it is let go. For testing and measuring bindings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use laneway_core::{Completion, FlushInfo, Rejected, Stats, Submission};
use laneway_model::{DocumentUuid, InvalidDescriptor, Limits, OperationId, Outcome, SqlState};
use tokio::sync::Notify;
use tokio::time::{sleep_until, timeout_at};

use crate::abi::laneway_limits_t;
use crate::held::Held;
use crate::limits;
use crate::outlet::Outlet;

/// How long a caller is asked to wait.
const RETRY_AFTER_MS: u64 = 1;

/// An echo.
pub(crate) struct Echo(Arc<Shared>);

struct Shared {
    /// Locked while records are delivered, so that what waits for them finds them delivered.
    state: Mutex<State>,
    /// Something went out, or the rules changed.
    changed: Notify,
    outlet: Arc<Outlet>,
}

#[derive(Default)]
struct State {
    held: bool,
    closed: bool,
    waiting: Held<u64, Waiting>,
    bytes: usize,
    limits: Limits,
    stats: Stats,
}

/// An operation that is held.
struct Waiting {
    bytes: usize,
    since: Instant,
    outcome: Outcome,
}

impl Echo {
    pub(crate) fn new(limits: &laneway_limits_t, outlet: Arc<Outlet>) -> Self {
        let state = State { limits: limits::of_runtime(limits), ..State::default() };
        Self(Arc::new(Shared { state: Mutex::new(state), changed: Notify::new(), outlet }))
    }

    /// Takes an operation; it completes in the call unless it is held.
    pub(crate) fn submit(&self, submission: &Submission<'_>, token: u64) -> Result<(), Rejected> {
        let bytes = submission.bytes();
        let document_bytes = submission.document_bytes();
        let outcome = outcome(endpoint(submission), submission.document_uuid());
        let mut state = self.0.lock();
        state.admit(document_bytes, bytes)?;
        state.stats.accepted += 1;
        let id = state.stats.accepted;
        if !state.held {
            state.count(&outcome);
            self.0.outlet.complete(token, &completion(id, outcome, Duration::ZERO));
            return Ok(());
        }
        state.bytes += bytes;
        state.waiting.insert(id, token, Waiting { bytes, since: Instant::now(), outcome });
        drop(state);
        if let Some(deadline) = submission.deadline() {
            self.expire(id, deadline);
        }
        Ok(())
    }

    /// Holds what comes from now on, or lets everything go.
    pub(crate) fn hold(&self, held: bool) {
        let mut state = self.0.lock();
        state.held = held;
        if !held {
            let all = state.waiting.numbers();
            self.0.complete(state, all, None);
        }
    }

    pub(crate) fn cancel(&self, token: u64) {
        let state = self.0.lock();
        let last = state.waiting.last_with(token);
        self.0.complete(state, last, Some(&Outcome::Cancelled));
    }

    /// Waits for room; `false`: there will be none.
    pub(crate) async fn room(&self, bytes: usize) -> bool {
        self.0.until(|state| state.closed || state.has_room(bytes)).await;
        !self.0.lock().closed
    }

    /// Waits until everything accepted before now has completed.
    pub(crate) async fn checkpoint(&self) {
        let last = self.0.lock().stats.accepted;
        self.0.until(|state| state.waiting.first().is_none_or(|first| first > last)).await;
    }

    /// Takes nothing more; completes what is held as closed at `until`, or now.
    pub(crate) async fn close(&self, until: Option<Instant>) {
        self.0.lock().closed = true;
        self.0.changed.notify_waiters();
        if let Some(until) = until {
            // What was not let go by then is dealt with below.
            let _ = timeout_at(until.into(), self.0.until(|state| state.waiting.len() == 0)).await;
        }
        let state = self.0.lock();
        let all = state.waiting.numbers();
        self.0.complete(state, all, Some(&Outcome::Closed));
    }

    pub(crate) fn set_limits(&self, limits: &laneway_limits_t) {
        self.0.lock().limits = limits::of_runtime(limits);
        self.0.changed.notify_waiters();
    }

    pub(crate) fn stats(&self) -> Stats {
        let state = self.0.lock();
        let oldest_pending_us = state.waiting.oldest().map_or(0, |oldest| limits::micros(oldest.since.elapsed()));
        Stats { oldest_pending_us, ..state.stats.clone() }
    }

    /// Completes the operation at its deadline if it is still held then.
    fn expire(&self, id: u64, deadline: Instant) {
        let shared = Arc::clone(&self.0);
        self.0.outlet.runtime.handle.spawn(async move {
            sleep_until(deadline.into()).await;
            shared.complete(shared.lock(), [id], Some(&Outcome::Deadline));
        });
    }
}

impl Shared {
    /// Completes those of these numbers that are held, each with its own outcome or with this one.
    fn complete(
        &self,
        mut state: MutexGuard<'_, State>,
        numbers: impl IntoIterator<Item = u64>,
        instead: Option<&Outcome>,
    ) {
        for id in numbers {
            let Some((token, waiting)) = state.waiting.remove(id) else { continue };
            state.bytes -= waiting.bytes;
            let outcome = instead.cloned().unwrap_or(waiting.outcome);
            state.count(&outcome);
            self.outlet.complete(token, &completion(id, outcome, waiting.since.elapsed()));
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Returns when the condition holds, looked at again after every change.
    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            // Made before the look: a change in between wakes it.
            let changed = self.changed.notified();
            if holds(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, outcome: &Outcome) {
        self.stats.outcomes[outcome.kind() as usize] += 1;
        self.stats.documents_at_fault += u64::from(outcome.is_document_at_fault());
    }

    fn admit(&self, document_bytes: usize, bytes: usize) -> Result<(), Rejected> {
        let Limits { document_bytes_max, store_bytes_max, .. } = self.limits;
        for (bytes, bytes_max) in [(document_bytes, document_bytes_max), (bytes, store_bytes_max)] {
            if bytes > bytes_max {
                return Err(Rejected::TooLarge { bytes, bytes_max });
            }
        }
        if self.closed {
            return Err(Rejected::Closed);
        }
        if !self.has_room(bytes) {
            return Err(Rejected::QueueFull { retry_after_ms: RETRY_AFTER_MS });
        }
        Ok(())
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.waiting.len() < self.limits.store_items_max && self.bytes + bytes <= self.limits.store_bytes_max
    }
}

fn endpoint<'a>(submission: &'a Submission<'_>) -> &'a str {
    match submission {
        Submission::Raw(request) => request.endpoint,
        Submission::Extracted(extracted) => &extracted.operation.extraction.resource.endpoint,
    }
}

fn completion(id: u64, outcome: Outcome, queued: Duration) -> Completion {
    Completion {
        id: OperationId(id),
        outcome,
        referential_id: None,
        info: FlushInfo::default(),
        queued,
        elapsed: queued,
    }
}

/// The outcome that the endpoint names, by the vocabulary's own words; `inserted` where it names none. `document_at_fault`
/// names a failure of the document's own, `panic` a defect of the library, so that its guard can be tried.
fn outcome(endpoint: &str, document_uuid: DocumentUuid) -> Outcome {
    match endpoint {
        "panic" => panic!("asked for by the endpoint `panic`"),
        "updated" => Outcome::Updated { document_uuid },
        "invalid_descriptors" => Outcome::InvalidDescriptors(vec![InvalidDescriptor {
            path: "$.addresses[0].addressTypeDescriptor".into(),
            resource: "AddressTypeDescriptor".into(),
            value: "uri://ed-fi.org/addresstypedescriptor#echo".into(),
        }]),
        "invalid_document" => Outcome::InvalidDocument { code: "echo".into(), message: "an echo’s message".into() },
        "unknown_resource" => Outcome::UnknownResource { code: "echo".into(), message: "an echo’s message".into() },
        "invalid_references" => Outcome::InvalidReferences { resources: vec!["School".into(), "Student".into()] },
        "identity_conflict" => {
            Outcome::IdentityConflict { resource: "School".into(), identity: vec![("schoolId".into(), "1".into())] }
        }
        "write_conflict" => Outcome::WriteConflict { sqlstate: SqlState::new("40001") },
        "not_authorized" => {
            Outcome::NotAuthorized { messages: vec!["an echo’s message".into()], hints: vec!["a hint".into()] }
        }
        "failed" => Outcome::Failed { sqlstate: SqlState::new("XX000"), message: "an echo’s message".into() },
        "document_at_fault" => {
            Outcome::Failed { sqlstate: SqlState::new("22P05"), message: "an echo’s message".into() }
        }
        "plugin_failed" => Outcome::PluginFailed { message: "an echo’s message".into() },
        "in_doubt" => Outcome::InDoubt,
        _ => Outcome::Inserted { document_uuid },
    }
}
