//! Room for instances: what all workers of an engine have alive, and who gives way when the system has no memory for
//! another. Knows neither plugins nor documents.
//!
//! Each instance reserves the address space of its largest memory, so that many plugins on many workers can use up what
//! `ulimit -v` or a container allows. An instance that only waits for its plugin's next document then goes, and is made
//! again when that comes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

/// Where a worker's instances are, so that others can ask for some.
pub(crate) trait GiveWay: Send {
    /// Lets go of idle instances, if there are any; how many.
    fn give_way(&mut self) -> usize;
}

/// How often whoever waits for room asks again: those who had no idle instance may have one by now.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// The room of an engine.
#[derive(Default)]
pub(crate) struct Room {
    alive: AtomicUsize,
    /// How many may be alive: fewer than there were when one more could not be had. The rest is for all else that needs
    /// address space, which has no idle instance to let go of. 0: no bound has been met.
    alive_max: AtomicUsize,
    /// Locked when a worker begins, and while room is short.
    workers: Mutex<Vec<Weak<Mutex<dyn GiveWay>>>>,
    /// How many wait for room.
    waiting: AtomicUsize,
    /// Guards nothing; the condition is what the workers have.
    answered_lock: Mutex<()>,
    answered: Condvar,
}

/// An instance counts while this lives.
pub(crate) struct Alive(Arc<Room>);

impl Drop for Alive {
    fn drop(&mut self) {
        // Relaxed, as below: a count that decides when to look for room, and nothing else.
        self.0.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Room {
    /// A worker begins, with its instances.
    pub(crate) fn join(&self, worker: &Arc<Mutex<impl GiveWay + 'static>>) {
        let worker: Weak<Mutex<dyn GiveWay>> = Arc::downgrade(worker) as _;
        let mut workers = self.workers();
        workers.retain(|worker| worker.strong_count() > 0);
        workers.push(worker);
    }

    /// An instance was made.
    pub(crate) fn made(self: &Arc<Self>) -> Alive {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Alive(Arc::clone(self))
    }

    /// Whether one more is too many.
    pub(crate) fn is_full(&self) -> bool {
        let max = self.alive_max.load(Ordering::Relaxed);
        max != 0 && self.alive.load(Ordering::Relaxed) >= max
    }

    /// One more could not be had: from now on there are fewer, so that something is left.
    pub(crate) fn met_bound(&self) {
        let alive = self.alive.load(Ordering::Relaxed);
        let max = alive.saturating_sub((alive / 8).max(1)).max(1);
        let lower = |before: usize| (before == 0 || max < before).then_some(max);
        if self.alive_max.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower).is_ok() {
            tracing::warn!(
                alive,
                max,
                "the system has no memory for one more instance of a plugin (ulimit -v, or the container's memory); \
                 instances give way to each other from now on, which costs time"
            );
        }
    }

    /// Asks the workers for idle instances, until one lets go of some; those that are at work are not kept from it, and
    /// the caller, who holds its own, is one of them. Whether some went.
    pub(crate) fn ask(&self) -> bool {
        let workers: Vec<_> = self.workers().iter().filter_map(Weak::upgrade).collect();
        workers.iter().any(|worker| match worker.try_lock() {
            Ok(mut instances) => instances.give_way() > 0,
            Err(TryLockError::Poisoned(instances)) => instances.into_inner().give_way() > 0,
            Err(TryLockError::WouldBlock) => false,
        })
    }

    /// Asks, and where all are at work waits for one of them. `false`: `until` has come, and none let go of anything.
    pub(crate) fn wait(&self, until: Instant) -> bool {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut gave = self.ask();
        while !gave && Instant::now() < until {
            let lock = self.answered_lock.lock().unwrap_or_else(PoisonError::into_inner);
            // Whether it was notified or not, the workers are asked.
            drop(self.answered.wait_timeout(lock, ASK_EVERY));
            gave = self.ask();
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        gave
    }

    /// A worker is done with a document.
    pub(crate) fn answered(&self) {
        // Relaxed, for each document: who waits asks again by itself, if a little later.
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.answered.notify_all();
        }
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Weak<Mutex<dyn GiveWay>>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Idle(usize);

    impl GiveWay for Idle {
        fn give_way(&mut self) -> usize {
            std::mem::take(&mut self.0)
        }
    }

    #[test]
    fn an_idle_worker_gives_way_and_one_at_work_is_waited_for() {
        let room = Room::default();
        let (idle, busy) = (Arc::new(Mutex::new(Idle(1))), Arc::new(Mutex::new(Idle(1))));
        room.join(&idle);
        room.join(&busy);
        let at_work = busy.lock().unwrap();
        assert!(room.ask());
        assert!(!room.ask(), "one has nothing left, the other is at work");
        assert!(!room.wait(Instant::now()));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| room.wait(Instant::now() + Duration::from_secs(60)));
            drop(at_work);
            room.answered();
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn a_worker_that_has_ended_is_asked_no_more() {
        let room = Room::default();
        room.join(&Arc::new(Mutex::new(Idle(1))));
        assert!(!room.ask());
        room.join(&Arc::new(Mutex::new(Idle(1))));
        assert_eq!(room.workers().len(), 1);
    }

    #[test]
    fn after_a_bound_was_met_there_is_an_eighth_less() {
        let room = Arc::new(Room::default());
        let mut alive: Vec<_> = (0..80).map(|_| room.made()).collect();
        assert!(!room.is_full());
        room.met_bound();
        assert!(room.is_full());
        alive.truncate(70);
        assert!(room.is_full());
        alive.truncate(69);
        assert!(!room.is_full());
    }
}
