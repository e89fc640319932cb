//! Callers that hand over one document at a time, until they are stopped, and what became of theirs. Knows no documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use laneway_core::{Rejected, Runtime};
use laneway_model::{Outcome, OutcomeKind};
use laneway_tests::locks::request;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What one document came to: when it was handed over, how long it took, how it ended.
pub(crate) type Ended = (Instant, Duration, OutcomeKind);

/// Callers at work.
pub(crate) struct Callers {
    is_over: Arc<AtomicBool>,
    callers: JoinSet<Vec<Ended>>,
}

impl Callers {
    /// So many, who share the numbers of their documents; `document` makes endpoint and body of a number. Each pauses between
    /// two; one that is refused for as long as it is advised.
    pub(crate) fn start(
        runtime: &Arc<Runtime>,
        callers: usize,
        pause: Duration,
        document: impl Fn(usize) -> (&'static str, String) + Clone + Send + 'static,
    ) -> Self {
        let (is_over, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut running = JoinSet::new();
        for _ in 0..callers {
            let (runtime, is_over, last) = (Arc::clone(runtime), Arc::clone(&is_over), Arc::clone(&last));
            let document = document.clone();
            running.spawn(async move {
                let mut ended = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let (endpoint, body) = document(last.fetch_add(1, Ordering::Relaxed));
                    let begun = Instant::now();
                    let outcome = match runtime.submit(request((endpoint, &body), None)).await {
                        Ok(ticket) => ticket.await.outcome,
                        Err(Rejected::Closed) => break,
                        Err(rejected) => rejected.outcome(),
                    };
                    ended.push((begun, begun.elapsed(), outcome.kind()));
                    let pause = match outcome {
                        Outcome::QueueFull { retry_after_ms } => Duration::from_millis(retry_after_ms),
                        _ => pause,
                    };
                    if !pause.is_zero() {
                        sleep(pause).await;
                    }
                }
                ended
            });
        }
        Self { is_over, callers: running }
    }

    /// Stops them, and waits for what they have handed over.
    pub(crate) async fn end(self) -> Vec<Ended> {
        self.is_over.store(true, Ordering::Relaxed);
        self.callers.join_all().await.into_iter().flatten().collect()
    }
}

/// The latency that so many of a hundred are within.
pub(crate) fn percentile(latencies: impl IntoIterator<Item = Duration>, percent: usize) -> Duration {
    let mut all: Vec<Duration> = latencies.into_iter().collect();
    all.sort_unstable();
    all.get(all.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
}

pub(crate) fn is_stored(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::Inserted | OutcomeKind::Updated)
}
