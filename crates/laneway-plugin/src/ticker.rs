//! The clock of an engine: one thread that advances the epoch while plugins run, and rests while none does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The length of a tick: how precisely a runaway plugin is stopped.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// After this many ticks without a call the thread rests. Must be more than a call's first deadline, after
/// which a call in progress keeps the ticker awake by itself.
const REST_AFTER_TICKS: u32 = 1_000;

/// One ticking thread; dropping it stops the thread.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Set by every call, cleared by the thread; still clear the next time it looks, it rests.
    active: AtomicBool,
    stop: AtomicBool,
    /// How often the thread has gone to rest.
    rests: AtomicU64,
}

impl Ticker {
    /// Starts the thread, which calls `tick` once in [`TICK`].
    pub(crate) fn start(tick: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::Builder::new().name("laneway-ticker".into()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.run(&tick)
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Says that a call begins or goes on. Costs a read of a shared cache line unless the thread rests.
    pub(crate) fn keep_awake(&self) {
        if !self.shared.active.load(Ordering::Relaxed) {
            self.shared.active.store(true, Ordering::SeqCst);
            if let Some(thread) = &self.thread {
                thread.thread().unpark();
            }
        }
    }
}

impl Shared {
    fn run(&self, tick: &dyn Fn()) {
        while !self.stop.load(Ordering::SeqCst) {
            if self.active.swap(false, Ordering::SeqCst) {
                for _ in 0..REST_AFTER_TICKS {
                    std::thread::park_timeout(TICK);
                    if self.stop.load(Ordering::SeqCst) {
                        return;
                    }
                    tick();
                }
            } else {
                self.rests.fetch_add(1, Ordering::SeqCst);
                std::thread::park();
            }
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
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

    fn ticking() -> (Ticker, mpsc::Receiver<()>) {
        let (send, receive) = mpsc::channel();
        // A failed send means that the test has seen enough.
        let tick = move || {
            let _ = send.send(());
        };
        let ticker = Ticker::start(tick).expect("a thread");
        (ticker, receive)
    }

    fn wait_for_rests(ticker: &Ticker, rests: u64) {
        while ticker.shared.rests.load(Ordering::SeqCst) < rests {
            std::thread::yield_now();
        }
    }

    #[test]
    fn it_ticks_while_calls_come_and_rests_when_none_do() {
        let (ticker, ticks) = ticking();
        wait_for_rests(&ticker, 1);
        assert!(ticks.try_recv().is_err(), "nothing has happened yet");
        ticker.keep_awake();
        ticks.recv().expect("a tick");
        wait_for_rests(&ticker, 2);
        assert_eq!(ticks.try_iter().count(), REST_AFTER_TICKS as usize - 1);
        ticker.keep_awake();
        ticks.recv().expect("it can be woken again");
    }

    #[test]
    fn a_drop_ends_the_thread_whatever_it_does() {
        for awake in [false, true] {
            let (ticker, ticks) = ticking();
            if awake {
                ticker.keep_awake();
                ticks.recv().expect("a tick");
            } else {
                wait_for_rests(&ticker, 1);
            }
            drop(ticker);
            // The sender lives in the thread: an end without a message is the thread's end.
            while ticks.recv().is_ok() {}
        }
    }
}
