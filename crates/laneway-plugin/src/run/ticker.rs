//! The clock of an engine: one thread that advances the epoch while plugins run, and rests while none does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The length of a tick: how precisely a runaway plugin is stopped. Shorter ones cost: a thread that wakes up each millisecond
/// was a fifteenth of the process's time under load.
pub(crate) const TICK: Duration = Duration::from_millis(5);
/// After this many ticks without a call the thread rests. Must be more than a call's first deadline, after
/// which a call in progress keeps the ticker awake by itself.
const REST_AFTER_TICKS: u32 = 200;

/// One ticking thread; dropping it stops the thread.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Set by every call, cleared by the thread; still clear the next time it looks, it rests. SeqCst for
    /// simplicity where it changes, once a round at most; calls only look at it, relaxed.
    active: AtomicBool,
    stop: AtomicBool,
}

/// When to tick and when to rest. Pure.
struct Rhythm {
    ticks_left: u32,
    rest_after: u32,
}

impl Ticker {
    /// Starts the thread, which calls `tick` once in [`TICK`].
    pub(crate) fn start(tick: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        Self::resting_after(REST_AFTER_TICKS, tick)
    }

    fn resting_after(rest_after: u32, tick: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::Builder::new().name("laneway-ticker".into()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.run(Rhythm { ticks_left: 0, rest_after }, &tick)
        });
        let thread = thread.map_err(|error| laneway_threads::refused("to bound plugins' time with", &error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// A call begins or goes on. Costs a read of a shared cache line unless the thread rests.
    pub(crate) fn keep_awake(&self) {
        // Relaxed, for each document. That the read may be old does no harm: the thread clears the flag at the start of
        // a round of ticks, and the round lasts longer than a call's first deadline, at which the call comes here again.
        if !self.shared.active.load(Ordering::Relaxed) {
            self.shared.active.store(true, Ordering::SeqCst);
            if let Some(thread) = &self.thread {
                // Leaves a token if the thread is only about to park, so no wake-up is lost.
                thread.thread().unpark();
            }
        }
    }
}

impl Rhythm {
    /// Whether to tick next, rather than to rest. `take_active` is asked once in a round: whether calls came since it was
    /// asked last.
    fn ticks(&mut self, take_active: impl FnOnce() -> bool) -> bool {
        if self.ticks_left == 0 {
            if !take_active() {
                return false;
            }
            self.ticks_left = self.rest_after;
        }
        self.ticks_left -= 1;
        true
    }
}

impl Shared {
    fn run(&self, mut rhythm: Rhythm, tick: &dyn Fn()) {
        loop {
            let ticks = rhythm.ticks(|| self.active.swap(false, Ordering::SeqCst));
            if ticks {
                std::thread::park_timeout(TICK);
            } else {
                std::thread::park();
            }
            // After each park, so that a drop that unparks waits for no tick.
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            if ticks {
                tick();
            }
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Before the wake-up, so that the thread sees it when it looks.
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread only panics if `tick` does, which cannot.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Far more than a tick takes on any machine; reached only by a hang.
    const LONG: Duration = Duration::from_secs(30);

    fn ticking(rest_after: u32) -> (Ticker, mpsc::Receiver<()>) {
        let (send, receive) = mpsc::channel();
        // A failed send means that the test has seen enough.
        let tick = move || {
            let _ = send.send(());
        };
        let ticker = Ticker::resting_after(rest_after, tick).expect("a thread");
        (ticker, receive)
    }

    #[test]
    fn it_ticks_for_a_round_after_calls_and_rests_after_a_round_without() {
        let mut rhythm = Rhythm { ticks_left: 0, rest_after: 3 };
        // Whether a call came before each round. Asked within a round, it panics for want of an answer.
        let mut asked = [false, true, true, false, false, true].into_iter();
        let steps = [(false, 1), (true, 6), (false, 2), (true, 3)];
        for (number, expected) in steps.into_iter().flat_map(|(ticks, times)| vec![ticks; times]).enumerate() {
            assert_eq!(rhythm.ticks(|| asked.next().unwrap()), expected, "step {number}");
        }
        assert_eq!(asked.next(), None, "asked once a round");
    }

    #[test]
    fn each_call_wakes_it_whether_it_rests_or_not() {
        let (ticker, ticks) = ticking(1);
        assert!(ticks.try_recv().is_err(), "no call has come yet");
        for _ in 0..100 {
            ticker.keep_awake();
            ticks.recv_timeout(LONG).expect("a tick");
        }
    }

    #[test]
    fn a_drop_ends_the_thread_whatever_it_does() {
        for awake in [false, true] {
            let (ticker, ticks) = ticking(REST_AFTER_TICKS);
            if awake {
                ticker.keep_awake();
                ticks.recv_timeout(LONG).expect("a tick");
            }
            drop(ticker);
            // The sender lives in the thread: an end without a message is the thread's end.
            while ticks.recv_timeout(LONG).is_ok() {}
            assert_eq!(ticks.try_recv(), Err(mpsc::TryRecvError::Disconnected));
        }
    }
}
