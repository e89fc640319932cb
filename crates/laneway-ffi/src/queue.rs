//! The queue that callers pull records from, in batches. Delivering takes one lock a group, whatever its size.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::record::Record;
use crate::signal::Signal;

/// Records that wait to be taken.
#[derive(Default)]
pub(crate) struct Queue {
    /// What came and no reader has seen.
    coming: Mutex<Coming>,
    filled: Condvar,
    /// What a reader took over and has not written yet. Locked before `coming`, and for as long as a reader writes:
    /// whoever delivers never waits for a reader's copying.
    going: Mutex<VecDeque<Record>>,
    /// Made when somebody asks for its descriptor.
    signal: OnceLock<Signal>,
}

#[derive(Default)]
struct Coming {
    records: VecDeque<Record>,
    /// Whether some are left in `going`, which no reader is at.
    left: bool,
    /// How many callers wait.
    waiting: usize,
    /// One that waits was told, and has not looked yet. Telling is a system call, and it may be long before who was
    /// told gets to run; meanwhile every group would pay for another.
    told: bool,
    /// Somebody wants one wait to end without a record.
    woken: bool,
    /// No record will come any more.
    ended: bool,
}

impl Coming {
    fn has_something(&self) -> bool {
        self.left || !self.records.is_empty()
    }
}

/// What a wait gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// So many records were written; 0: none came in time, or somebody woke us.
    Records(usize),
    /// The first record's details have so many bytes, more than there is room for; it stays.
    DetailTooLarge(usize),
    /// No record will come any more.
    Ended,
}

/// Where records go, one after another.
pub(crate) trait Place {
    /// Writes the record if there is room for it and its details.
    fn write(&mut self, record: &Record) -> bool;
}

impl Queue {
    /// Adds a record.
    pub(crate) fn push(&self, record: Record) {
        self.add(|records| records.push_back(record));
    }

    /// Adds records in order.
    pub(crate) fn push_all(&self, all: impl IntoIterator<Item = Record>) {
        self.add(|records| records.extend(all));
    }

    fn add(&self, add: impl FnOnce(&mut VecDeque<Record>)) {
        let mut coming = self.lock();
        let was_empty = !coming.has_something();
        add(&mut coming.records);
        if coming.records.is_empty() {
            return;
        }
        if was_empty && let Some(signal) = self.signal.get() {
            signal.set();
        }
        if coming.waiting > 0 && !std::mem::replace(&mut coming.told, true) {
            drop(coming);
            self.filled.notify_one();
        }
    }

    /// Waits for a record, then moves as many as fit into `place`; `taken` sees each. `timeout` `None`: for ever.
    pub(crate) fn wait(
        &self,
        timeout: Option<Duration>,
        place: &mut impl Place,
        mut taken: impl FnMut(&Record),
    ) -> Taken {
        // A time too far away to be told is for ever.
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            if let Some(taken) = self.take(place, &mut taken) {
                return taken;
            }
            if !self.wait_for_something(until) {
                return self.take(place, &mut taken).unwrap_or(Taken::Records(0));
            }
        }
    }

    /// Moves records into `place` in order. `None`: there is none.
    fn take(&self, place: &mut impl Place, taken: &mut impl FnMut(&Record)) -> Option<Taken> {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        if going.is_empty() {
            std::mem::swap(&mut *going, &mut self.lock().records);
        }
        let (mut count, mut ended) = (0, false);
        while let Some(record) = going.front() {
            if !place.write(record) {
                break;
            }
            taken(record);
            ended |= record.is_last();
            going.pop_front();
            count += 1;
        }
        let left = going.front().map(|record| record.detail.len());
        let is_over = self.leave(left.is_some(), ended);
        match (count, left) {
            (0, Some(bytes)) => Some(Taken::DetailTooLarge(bytes)),
            (0, None) => is_over.then_some(Taken::Ended),
            _ => Some(Taken::Records(count)),
        }
    }

    /// A reader is done; others hear of what it left. Called with `going` locked. Whether nothing will come any more.
    fn leave(&self, left: bool, ended: bool) -> bool {
        let mut coming = self.lock();
        coming.left = left;
        coming.ended |= ended;
        if coming.ended {
            self.filled.notify_all();
        } else if coming.has_something() {
            // There may be more callers than the groups that woke them.
            if coming.waiting > 0 {
                self.filled.notify_one();
            }
        } else if let Some(signal) = self.signal.get() {
            signal.clear();
        }
        coming.ended && !coming.has_something()
    }

    /// Waits for a record or the end; `false`: the time is over, or somebody wants this wait to end.
    fn wait_for_something(&self, until: Option<Instant>) -> bool {
        let mut coming = self.lock();
        coming.waiting += 1;
        while !coming.has_something() && !coming.ended && !coming.woken {
            coming = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.filled.wait(coming).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => self.filled.wait_timeout(coming, left).unwrap_or_else(PoisonError::into_inner).0,
            };
            // Whoever comes out looks, and tells another if something is left.
            coming.told = false;
        }
        coming.waiting -= 1;
        let woken = std::mem::take(&mut coming.woken);
        !woken && (coming.has_something() || coming.ended)
    }

    /// Makes one wait, the next if there is none, end without a record.
    pub(crate) fn wake(&self) {
        self.lock().woken = true;
        self.filled.notify_one();
    }

    /// Ends every wait for good.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.filled.notify_all();
    }

    /// A descriptor that is readable while there are records; `None` where the system has none to give.
    pub(crate) fn descriptor(&self) -> Option<i32> {
        if self.signal.get().is_none() {
            let signal = Signal::new()?;
            let coming = self.lock();
            if coming.has_something() {
                signal.set();
            }
            // Another caller may have been faster; then this one goes. Under the lock, so that no push is missed.
            let _ = self.signal.set(signal);
        }
        self.signal.get().map(Signal::descriptor)
    }

    fn lock(&self) -> MutexGuard<'_, Coming> {
        // Nothing panics in between.
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::laneway_completion_kind_t::{LANEWAY_KIND_ROOM, LANEWAY_KIND_RUNTIME_CLOSED};

    /// Room for so many records, and their tokens.
    struct Tokens(usize, Vec<u64>);

    impl Place for Tokens {
        fn write(&mut self, record: &Record) -> bool {
            let fits = self.1.len() < self.0;
            if fits {
                self.1.push(record.fixed.token);
            }
            fits
        }
    }

    fn record(token: u64) -> Record {
        Record::event(LANEWAY_KIND_ROOM, 1, token)
    }

    fn take(queue: &Queue, room: usize) -> (Taken, Vec<u64>) {
        let mut tokens = Tokens(room, Vec::new());
        (queue.wait(Some(Duration::ZERO), &mut tokens, |_| {}), tokens.1)
    }

    #[test]
    fn gives_records_in_order_and_in_batches() {
        let queue = Queue::default();
        queue.push_all((0..5).map(record));
        assert_eq!(take(&queue, 3), (Taken::Records(3), vec![0, 1, 2]));
        assert_eq!(take(&queue, 3), (Taken::Records(2), vec![3, 4]));
        assert_eq!(take(&queue, 3), (Taken::Records(0), vec![]));
    }

    #[test]
    fn ends_after_the_last_record() {
        let queue = Queue::default();
        queue.push_all([record(1), Record::event(LANEWAY_KIND_RUNTIME_CLOSED, 0, 9)]);
        assert_eq!(take(&queue, 8), (Taken::Records(2), vec![1, 9]));
        assert_eq!(take(&queue, 8), (Taken::Ended, vec![]));
    }

    #[test]
    fn every_record_reaches_one_of_several_callers_that_wait_for_ever() {
        let queue = Queue::default();
        let total: usize = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut count = 0;
                        loop {
                            match queue.wait(None, &mut Tokens(2, Vec::new()), |_| {}) {
                                Taken::Records(taken) => count += taken,
                                Taken::Ended => return count,
                                Taken::DetailTooLarge(_) => unreachable!("there are no details"),
                            }
                        }
                    })
                })
                .collect();
            (0..1000).for_each(|token| queue.push(record(token)));
            queue.push(Record::event(LANEWAY_KIND_RUNTIME_CLOSED, 0, 0));
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(total, 1001);
    }

    #[test]
    fn a_wake_ends_a_wait_and_only_one() {
        let queue = Queue::default();
        queue.wake();
        assert_eq!(queue.wait(None, &mut Tokens(1, Vec::new()), |_| {}), Taken::Records(0));
        queue.push(record(1));
        assert_eq!(queue.wait(None, &mut Tokens(1, Vec::new()), |_| {}), Taken::Records(1));
    }
}
