//! The gate of a store: how many are inside, and that the last one out of a closed gate knows that it is the last. So
//! *closed* is reported once, and after every completion. Knows neither tokio nor wasmtime; loom runs it in all orders
//! (in a package of its own, `crates/laneway-ffi/loom`).

#[cfg(laneway_loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(laneway_loom))]
use std::sync::atomic::{AtomicU64, Ordering};

/// Set once the gate is closed; the other bits count who is inside.
const CLOSED: u64 = 1 << 63;

/// Counts what is inside: calls under way, and accepted operations that have not completed.
#[derive(Debug)]
pub(crate) struct Gate(AtomicU64);

/// What closing found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Close {
    /// None was inside: whoever closed it reports that.
    Empty,
    /// The last one out will report it.
    Waiting,
    /// It had been closed before.
    Again,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Goes in; `false` when the gate is closed.
    #[must_use]
    pub(crate) fn enter(&self) -> bool {
        // Relaxed: a guess, which the exchange verifies.
        let mut state = self.0.load(Ordering::Relaxed);
        while state & CLOSED == 0 {
            // Acquire: what is done inside stays behind the entering.
            match self.0.compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// `count` go out. `true`: the gate is closed and none is left, which is returned to one alone.
    #[must_use]
    pub(crate) fn leave(&self, count: u64) -> bool {
        // Release, for what was done inside; Acquire, so that the last one, who reports the end, has seen all of it.
        self.0.fetch_sub(count, Ordering::AcqRel) == CLOSED + count
    }

    /// Lets none in any more.
    pub(crate) fn close(&self) -> Close {
        // AcqRel, as in `leave`: who finds the gate empty reports the end.
        match self.0.fetch_or(CLOSED, Ordering::AcqRel) {
            0 => Close::Empty,
            state if state & CLOSED == 0 => Close::Waiting,
            _ => Close::Again,
        }
    }

    /// Whether it is closed.
    pub(crate) fn is_closed(&self) -> bool {
        // Acquire: what was done before the close is seen.
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }
}

#[cfg(all(test, not(laneway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_call_to_leave_a_closed_gate_is_the_last() {
        let gate = Gate::new();
        assert!(gate.enter() && gate.enter() && gate.enter());
        assert!(!gate.leave(1), "the gate is open");
        assert_eq!(gate.close(), Close::Waiting);
        assert!(!gate.enter());
        assert!(!gate.leave(1));
        assert!(gate.leave(1));
        assert_eq!(gate.close(), Close::Again);
    }

    #[test]
    fn closing_an_empty_gate_returns_that_it_is_empty() {
        let gate = Gate::new();
        assert_eq!((gate.close(), gate.close()), (Close::Empty, Close::Again));
    }
}

#[cfg(all(test, laneway_loom))]
mod loom_tests {
    use loom::sync::{Arc, Mutex};
    use loom::thread;

    use super::*;

    /// What a consumer of completions gets, in order.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Record {
        Completion,
        Closed,
    }

    #[derive(Clone)]
    struct Store {
        gate: Arc<Gate>,
        records: Arc<Mutex<Vec<Record>>>,
    }

    impl Store {
        fn report(&self, record: Record) {
            self.records.lock().unwrap().push(record);
        }

        /// As `laneway_store_submit` with a store that completes at once; whether it was accepted.
        fn submit(&self) -> bool {
            if !self.gate.enter() {
                return false;
            }
            self.report(Record::Completion);
            if self.gate.leave(1) {
                self.report(Record::Closed);
            }
            true
        }

        fn close(&self) {
            if self.gate.close() == Close::Empty {
                self.report(Record::Closed);
            }
        }
    }

    #[test]
    fn closed_is_reported_once_and_after_every_completion() {
        let mut model = loom::model::Builder::new();
        // Without a bound it takes minutes; defects of two parties show with two preemptions, and here are three.
        model.preemption_bound = Some(3);
        model.check(|| {
            let store = Store { gate: Arc::new(Gate::new()), records: Arc::default() };
            let submitters: Vec<_> = (0..2)
                .map(|_| {
                    let store = store.clone();
                    thread::spawn(move || store.submit())
                })
                .collect();
            store.close();
            store.close();
            assert!(!store.submit(), "nothing is accepted after a close");
            let accepted = submitters.into_iter().map(|thread| thread.join().unwrap()).filter(|yes| *yes).count();
            let records = store.records.lock().unwrap();
            assert_eq!(records.iter().filter(|record| **record == Record::Closed).count(), 1, "{records:?}");
            assert_eq!(records.last(), Some(&Record::Closed), "{records:?}");
            assert_eq!(records.len() - 1, accepted, "{records:?}");
        });
    }
}
