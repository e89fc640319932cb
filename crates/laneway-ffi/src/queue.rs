//! The queue that callers pull records from, in batches. Delivering takes one lock a group, whatever its size. Knows
//! nothing of what records are about.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::record::Record;
use crate::signal::Signal;

/// Records that wait to be taken.
///
/// Two locks, always `going` before `coming`, so that whoever delivers never waits for a reader that copies details.
#[derive(Default)]
pub(crate) struct Queue {
    /// What came and no reader has seen. Locked for moments.
    coming: Mutex<Coming>,
    filled: Condvar,
    /// What a reader took over and has not written yet, locked for as long as it writes: so records leave in order,
    /// though several may read.
    going: Mutex<VecDeque<Record>>,
    /// Made when its descriptor is asked for: most callers wait in a thread, and save the system calls.
    signal: OnceLock<Signal>,
}

#[derive(Default)]
struct Coming {
    records: VecDeque<Record>,
    /// Whether some are left in `going`, which no reader is at.
    left: bool,
    /// How many callers wait.
    waiting: usize,
    /// One that waits was notified, and has not looked yet. Notifying is a system call, and it may be long before the
    /// notified thread runs; meanwhile every group would pay for another.
    notified: bool,
    /// One wait is to end without a record.
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
    /// So many records were written; 0: none came in time, or the wait was woken.
    Records(usize),
    /// The first record's details have so many bytes, more than there is room for; it stays.
    DetailTooLarge(usize),
    /// No record will come any more.
    Ended,
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
        // Under the lock, as the clearing is: a signal set after it was given back could outlive its record.
        if was_empty && let Some(signal) = self.signal.get() {
            signal.set();
        }
        if coming.waiting > 0 && !std::mem::replace(&mut coming.notified, true) {
            // Unlocked first: the notified thread would run into the lock.
            drop(coming);
            self.filled.notify_one();
        }
    }

    /// Waits for a record, then moves records out in order, each by `write`, until that finds no room for one.
    /// `timeout` `None`: without end.
    pub(crate) fn wait(&self, timeout: Option<Duration>, mut write: impl FnMut(&Record) -> bool) -> Taken {
        // A time too far away to be expressed is without end.
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            if let Some(taken) = self.take(&mut write) {
                return taken;
            }
            if !self.wait_for_something(until) {
                // Once more: a record may have come with the end of the time, or with the wake.
                return self.take(&mut write).unwrap_or(Taken::Records(0));
            }
        }
    }

    /// Moves records out in order. `None`: there is none.
    fn take(&self, write: &mut impl FnMut(&Record) -> bool) -> Option<Taken> {
        // Poison: a record is popped after it was written whole, so that what is left is as it was.
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        if going.is_empty() {
            // Swapped and not appended: both keep their memory, and no record is moved under the other lock.
            std::mem::swap(&mut *going, &mut self.lock().records);
        }
        let (mut count, mut ended) = (0, false);
        while let Some(record) = going.front() {
            if !write(record) {
                break;
            }
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

    /// A reader is done; others learn what it left. Called with `going` locked. Whether nothing will come any more.
    fn leave(&self, left: bool, ended: bool) -> bool {
        let mut coming = self.lock();
        coming.left = left;
        coming.ended |= ended;
        if coming.ended {
            self.filled.notify_all();
        } else if coming.has_something() {
            // Whatever `notified` says: that one may be this reader, and more callers may wait than groups came.
            if coming.waiting > 0 {
                self.filled.notify_one();
            }
        } else if let Some(signal) = self.signal.get() {
            signal.clear();
        }
        coming.ended && !coming.has_something()
    }

    /// Waits for a record or the end; `false`: the time is over, or the wait was woken.
    fn wait_for_something(&self, until: Option<Instant>) -> bool {
        let mut coming = self.lock();
        coming.waiting += 1;
        // A loop: condition variables wake without a cause, too.
        while !coming.has_something() && !coming.ended && !coming.woken {
            coming = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.filled.wait(coming).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => self.filled.wait_timeout(coming, left).unwrap_or_else(PoisonError::into_inner).0,
            };
            // Whoever comes out looks, and `leave` notifies another if something is left.
            coming.notified = false;
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
            // Under the lock, so that no push comes between the look and the signal's being there to be set.
            let coming = self.lock();
            if coming.has_something() {
                signal.set();
            }
            // Another caller may have been faster; then this one is dropped.
            let _ = self.signal.set(signal);
        }
        self.signal.get().map(Signal::descriptor)
    }

    fn lock(&self) -> MutexGuard<'_, Coming> {
        // Nothing panics while it is locked.
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::laneway_completion_kind_t::{LANEWAY_KIND_ROOM, LANEWAY_KIND_RUNTIME_CLOSED};

    /// The longest that a test waits: long enough for a machine that is busy otherwise, an end for one that hangs.
    const WAIT_MAX: Duration = Duration::from_secs(60);

    fn record(token: u64) -> Record {
        Record::event(LANEWAY_KIND_ROOM, 1, token)
    }

    /// What a wait gives that has room for so many records, and their tokens.
    fn take_within(timeout: Duration, queue: &Queue, room: usize) -> (Taken, Vec<u64>) {
        let mut tokens = Vec::new();
        let taken = queue.wait(Some(timeout), |record| {
            let fits = tokens.len() < room;
            if fits {
                tokens.push(record.fixed.token);
            }
            fits
        });
        (taken, tokens)
    }

    fn take(queue: &Queue, room: usize) -> (Taken, Vec<u64>) {
        take_within(Duration::ZERO, queue, room)
    }

    #[test]
    fn records_come_in_order_and_in_batches() {
        let queue = Queue::default();
        queue.push_all((0..5).map(record));
        assert_eq!(take(&queue, 3), (Taken::Records(3), vec![0, 1, 2]));
        assert_eq!(take(&queue, 3), (Taken::Records(2), vec![3, 4]));
        assert_eq!(take(&queue, 3), (Taken::Records(0), vec![]));
    }

    #[test]
    fn a_queue_ends_after_the_last_record() {
        let queue = Queue::default();
        queue.push_all([record(1), Record::event(LANEWAY_KIND_RUNTIME_CLOSED, 0, 9)]);
        assert_eq!(take(&queue, 8), (Taken::Records(2), vec![1, 9]));
        assert_eq!(take(&queue, 8), (Taken::Ended, vec![]));
    }

    #[test]
    fn every_record_reaches_one_of_several_waiting_callers() {
        let queue = Queue::default();
        let total: usize = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut count = 0;
                        loop {
                            match take_within(WAIT_MAX, &queue, 2).0 {
                                Taken::Records(0) => panic!("nothing came within {WAIT_MAX:?}"),
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
    fn a_wake_ends_one_wait_alone() {
        let queue = Queue::default();
        queue.wake();
        let begun = Instant::now();
        assert_eq!(take_within(WAIT_MAX, &queue, 1).0, Taken::Records(0));
        assert!(begun.elapsed() < WAIT_MAX, "the wake ended it, not the time");
        queue.push(record(1));
        assert_eq!(take_within(WAIT_MAX, &queue, 1).0, Taken::Records(1));
    }
}
