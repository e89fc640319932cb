//! One world from its beginning to its end: the runtime over the simulated store, on one thread and a clock that jumps to what
//! happens next. Knows no rule but those about time: that everything settles once nothing goes wrong, and that closing ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use laneway_core::{CLOSE_GRACE, Completion, CompletionSink, Extracted, Rejected, Request, Runtime, Submission};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::bounds::Bounds;
use crate::documents::{Document, PROJECT, RESOURCES};
use crate::extractor::SimulatedExtractor;
use crate::ledger::Ledger;
use crate::others::Others;
use crate::plan::{Ending, Plan};
use crate::state::Shared;
use crate::trouble::Trouble;
use crate::watched::Watched;

/// Once nothing goes wrong any more, everything has settled within so much time, and so much for each pending operation: a server
/// that has fallen silent is given up, pauses are over, and a single path takes one operation after another.
const SETTLES_WITHIN: Duration = Duration::from_secs(30);
const SETTLES_WITHIN_EACH: Duration = Duration::from_millis(150);
/// What a close may take beside what it is given: the clock's grain.
const GRAIN: Duration = Duration::from_millis(5);
/// What goes on for longer than this goes on for ever.
const STUCK: Duration = Duration::from_secs(120);

/// What a world came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// The seed that makes it again.
    pub seed: u64,
    /// How many operations were handed over.
    pub operations: usize,
    /// How many of them were accepted.
    pub accepted: u64,
    /// What went wrong on purpose, with how often.
    pub faults: Vec<(&'static str, u64)>,
    /// What must not be; empty: all rules were kept.
    pub violations: Vec<String>,
    /// A number that differs where anything happened otherwise.
    pub digest: u64,
}

/// Plays the world of a seed, with fewer operations if so wanted; `traces`: writes what happens to standard error.
#[must_use]
pub fn play(seed: u64, operations_max: Option<usize>, traces: bool) -> Played {
    crate::panics::remember();
    // Pauses between retries have jitter.
    fastrand::seed(seed);
    let clock = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(clock) = clock else { return Played::broken(seed, "there is no clock".into()) };
    let result = catch_unwind(AssertUnwindSafe(|| clock.block_on(World::play(seed, operations_max, traces))));
    let panics = crate::panics::take();
    match result {
        Ok(mut played) => {
            played.violations.extend(panics);
            played
        }
        Err(_) => Played::broken(seed, panics.join("; ")),
    }
}

impl Played {
    fn broken(seed: u64, why: String) -> Self {
        Self { seed, operations: 0, accepted: 0, faults: Vec::new(), violations: vec![why], digest: 0 }
    }
}

struct World {
    plan: Arc<Plan>,
    state: Shared,
    extractor: Arc<SimulatedExtractor>,
    runtime: Arc<Runtime>,
    sink: Arc<Sink>,
    callers: JoinSet<()>,
}

/// Takes the completions that come without a ticket.
struct Sink(Shared);

impl CompletionSink for Sink {
    fn deliver(&self, group: Vec<(u64, Completion)>) {
        let mut state = self.0.lock();
        for (token, completion) in group {
            state.trace(|| format!("{token} ends as {:?}", completion.outcome));
            state.ledger.delivered(token as usize, &completion);
        }
    }
}

impl World {
    async fn play(seed: u64, operations_max: Option<usize>, traces: bool) -> Played {
        let mut rng = fastrand::Rng::with_seed(seed);
        let plan = Arc::new(Plan::new(&mut rng));
        let (mut load, others, mut reading) = (rng.fork(), rng.fork(), rng.fork());
        let trouble = Trouble::new(rng.fork(), plan.rates.clone(), plan.latency);
        let state = Shared::new(trouble, Ledger::new(Bounds::new(&plan.limits, plan.reads_nothing)), traces);
        state.lock().trace(|| format!("{plan:#?}"));
        let extractor = Arc::new(SimulatedExtractor::new(state.clone()));
        let connections_max = plan.limits.flushes_max() + plan.connections_spare;
        let longest = plan.reading.as_micros() as u64;
        let pause = move || Duration::from_micros(reading.u64(0..=longest));
        let flush = Watched::new(state.clone(), connections_max);
        let dynamic = Arc::clone(&extractor) as Arc<dyn laneway_model::Extractor>;
        let runtime = match Runtime::start_without_threads(flush, dynamic, plan.limits.clone(), pause) {
            Ok(runtime) => Arc::new(runtime),
            Err(error) => return Played::broken(seed, error.to_string()),
        };
        let sink = Arc::new(Sink(state.clone()));
        let stop = Arc::new(AtomicBool::new(false));
        if let Some(longest) = plan.disturbance {
            let weak = Arc::downgrade(&runtime);
            let (plan, state, extractor) = (Arc::clone(&plan), state.clone(), Arc::clone(&extractor));
            let all = Others { plan, state, extractor, runtime: weak, stop: Arc::clone(&stop) };
            tokio::spawn(all.act(others, longest));
        }
        let operations = operations_max.map_or(plan.operations, |max| max.min(plan.operations));
        let mut world = Self { plan, state, extractor, runtime, sink, callers: JoinSet::new() };
        world.load(operations, &mut load).await;
        let state = world.state.clone();
        world.end(&stop, &mut load).await;
        let mut state = state.lock();
        state.ledger.judge();
        Played {
            seed,
            operations,
            accepted: state.ledger.accepted_count(),
            faults: state.faults.clone(),
            violations: state.ledger.violations.clone(),
            digest: state.ledger.digested(),
        }
    }

    /// Hands the operations over, for as long as no rule is broken.
    async fn load(&mut self, operations: usize, rng: &mut fastrand::Rng) {
        while self.count() < operations && self.state.lock().ledger.violations.is_empty() {
            let longest = self.plan.gap.as_micros() as u64;
            // In bursts.
            if longest > 0 && rng.u8(..4) == 0 {
                sleep(Duration::from_micros(rng.u64(0..=longest))).await;
            } else if rng.u8(..8) == 0 {
                tokio::task::yield_now().await;
            }
            let document = self.plan.document(self.count(), rng);
            if self.hand_over(document, rng) {
                continue;
            }
            sleep(Duration::from_millis(rng.u64(1..20))).await;
        }
    }

    fn count(&self) -> usize {
        self.state.lock().ledger.records.len()
    }

    /// Hands an operation over in one of the ways that there are. Whether there was room for it, as far as that is known.
    fn hand_over(&mut self, document: Document, rng: &mut fastrand::Rng) -> bool {
        let one_in = |every: u32, rng: &mut fastrand::Rng| every > 0 && rng.u32(..every) == 0;
        let (serial, resource) = (document.serial, document.resource);
        let deadline =
            one_in(self.plan.deadline_every, rng).then(|| Instant::now() + self.plan.deadline.mul_f64(rng.f64()));
        let is_read = self.plan.reads_nothing || rng.bool();
        let submission: Submission<'static> = if is_read {
            let operation = document.operation(self.extractor.resource(resource));
            Submission::from(Extracted { operation, deadline: deadline.map(Instant::into_std) })
        } else {
            Submission::from(Request {
                project: PROJECT,
                endpoint: RESOURCES[resource],
                document: document.body(),
                document_uuid: document.uuid,
                trace_id: document.trace_id(),
                authorization: None,
                deadline: deadline.map(Instant::into_std),
            })
        };
        let (bytes, generation) = (submission.bytes(), self.extractor.generation());
        let has_ticket = one_in(self.plan.ticket_every, rng);
        self.state
            .lock()
            .trace(|| format!("{document:?}, ticket: {has_ticket}, read: {is_read}, deadline: {deadline:?}"));
        self.state.lock().ledger.handed_over(document, deadline, bytes, generation, has_ticket);
        if has_ticket {
            let cancels = rng.u8(..4) == 0;
            return self.with_ticket(serial, submission, cancels);
        }
        if one_in(self.plan.waiter_every, rng) {
            let patience = (rng.u8(..6) == 0).then(|| Duration::from_millis(rng.u64(1..200)));
            self.wait_for_room(serial, submission, patience);
            return rng.u8(..20) > 0;
        }
        let result =
            self.runtime.try_submit_to(submission, Arc::clone(&self.sink) as Arc<dyn CompletionSink>, serial as u64);
        answered(&self.state, serial, result)
    }

    fn with_ticket(&mut self, serial: usize, submission: Submission<'static>, cancels: bool) -> bool {
        let ticket = match self.runtime.try_submit(submission) {
            Ok(ticket) => ticket,
            Err(rejected) => return answered(&self.state, serial, Err(rejected)),
        };
        self.state.lock().ledger.accepted(serial);
        let state = self.state.clone();
        self.callers.spawn(async move {
            let mut answer = None;
            if cancels {
                state.lock().ledger.cancel_requested(serial);
                answer = Some(ticket.cancel().await);
            }
            let completion = ticket.await;
            let mut state = state.lock();
            state.trace(|| format!("{serial} ends as {:?}, by its ticket", completion.outcome));
            state.ledger.delivered(serial, &completion);
            answer.into_iter().for_each(|answer| state.ledger.cancel_answered(serial, answer));
        });
        true
    }

    fn wait_for_room(&mut self, serial: usize, submission: Submission<'static>, patience: Option<Duration>) {
        let (runtime, sink, state) = (Arc::clone(&self.runtime), Arc::clone(&self.sink), self.state.clone());
        let extractor = Arc::clone(&self.extractor);
        state.lock().ledger.bounds.waiting += 1;
        self.callers.spawn(async move {
            let _waiting = Waiting(state.clone());
            let submits = async {
                // By now there may be another one.
                state.lock().ledger.records[serial].generation = extractor.generation();
                let result = runtime.submit_to(submission, sink, serial as u64).await;
                answered(&state, serial, result);
            };
            match patience {
                // Whoever loses patience leaves the queue.
                Some(patience) => drop(timeout(patience, submits).await),
                None => submits.await,
            }
        });
    }

    async fn end(mut self, stop: &AtomicBool, rng: &mut fastrand::Rng) {
        let ending = self.plan.ending;
        if ending == Ending::Settled {
            stop.store(true, Ordering::Relaxed);
            self.settle().await;
            self.probe(rng).await;
        }
        let until = match ending {
            Ending::Settled => Some(Duration::ZERO),
            Ending::Drained(within) => Some(within),
            Ending::DrainedThenClosed => Some(Duration::from_secs(60)),
            Ending::Closed | Ending::Dropped => None,
        };
        let now = Instant::now();
        let closes_after = match ending {
            Ending::DrainedThenClosed => Duration::from_millis(rng.u64(1..500)),
            _ => until.unwrap_or(Duration::ZERO),
        };
        self.state.lock().trace(|| format!("the end: {ending:?}"));
        self.state.lock().ledger.closes(now + closes_after);
        let runtime = self.runtime;
        let ends = async {
            match ending {
                Ending::Settled | Ending::Drained(_) => runtime.drain((now + closes_after).into_std()).await,
                Ending::Closed => runtime.close().await,
                Ending::DrainedThenClosed => {
                    let drain = runtime.drain((now + Duration::from_secs(60)).into_std());
                    let close = async {
                        sleep(closes_after).await;
                        runtime.close().await;
                    };
                    tokio::join!(drain, close);
                }
                Ending::Dropped => {
                    drop(runtime);
                    // Nothing says when it is over.
                    sleep(CLOSE_GRACE).await;
                }
            }
        };
        if timeout(closes_after + STUCK, ends).await.is_err() {
            self.state.lock().violated("the end did not come");
        }
        stop.store(true, Ordering::Relaxed);
        let took = now.elapsed();
        if took > closes_after + CLOSE_GRACE + GRAIN {
            self.state.lock().violated(format!("the end took {took:?}, and was to take {closes_after:?}"));
        }
        let answered = async { while self.callers.join_next().await.is_some() {} };
        if timeout(STUCK, answered).await.is_err() {
            self.state.lock().violated("a caller waits for ever");
        }
        // What was given up lets go of its connections.
        sleep(GRAIN).await;
        let mut state = self.state.lock();
        let open = state.sessions_open();
        if open > 0 {
            state.violated(format!("{open} connections were not given back"));
        }
    }

    /// Nothing goes wrong any more: everything settles.
    async fn settle(&mut self) {
        let within = {
            let mut state = self.state.lock();
            state.trouble.ends();
            state.database.unlock_all();
            state.trace(|| "nothing goes wrong from now on".to_owned());
            let open = state.ledger.pending() + state.ledger.bounds.waiting;
            SETTLES_WITHIN + SETTLES_WITHIN_EACH * open as u32
        };
        let settled = async {
            loop {
                self.runtime.checkpoint().await;
                if self.state.lock().ledger.bounds.waiting == 0 {
                    break;
                }
                sleep(GRAIN).await;
            }
            self.runtime.checkpoint().await;
        };
        if timeout(within, settled).await.is_err() {
            let mut state = self.state.lock();
            let (pending, waiting) = (state.ledger.pending(), state.ledger.bounds.waiting);
            let first = state.ledger.open_up_to(u64::MAX);
            state.violated(format!(
                "within {within:?} after all faults {pending} operations did not settle, and {waiting} found no room; the first is {first:?}"
            ));
        }
    }

    /// Where nothing is pending there is room.
    async fn probe(&mut self, rng: &mut fastrand::Rng) {
        // Tickets are heard of in the next moment.
        sleep(GRAIN).await;
        if self.state.lock().ledger.pending() > 0 {
            return;
        }
        let document = Document { padding: 0, ..self.plan.document(self.count(), rng) };
        let (serial, operation) = (document.serial, document.operation(self.extractor.resource(document.resource)));
        let submission = Submission::from(Extracted { operation, deadline: None });
        let bytes = submission.bytes();
        self.state.lock().ledger.handed_over(document, None, bytes, 0, false);
        let result =
            self.runtime.try_submit_to(submission, Arc::clone(&self.sink) as Arc<dyn CompletionSink>, serial as u64);
        if let Err(Rejected::QueueFull { .. }) = result {
            self.state.lock().violated("nothing is pending, and there is no room");
        }
        answered(&self.state, serial, result);
        if timeout(STUCK, self.runtime.checkpoint()).await.is_err() {
            self.state.lock().violated("one operation alone does not settle");
        }
    }
}

/// Waits for room, or has ceased to.
struct Waiting(Shared);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.lock().ledger.bounds.waiting -= 1;
    }
}

/// Takes note of the answer to an operation that was handed over. Whether there was room.
fn answered(state: &Shared, serial: usize, answer: Result<(), Rejected>) -> bool {
    let mut state = state.lock();
    match answer {
        Ok(()) => state.ledger.accepted(serial),
        Err(rejected) => {
            state.trace(|| format!("{serial} is not accepted: {rejected}"));
            let Rejected::QueueFull { .. } = rejected else { return true };
            return false;
        }
    }
    true
}
