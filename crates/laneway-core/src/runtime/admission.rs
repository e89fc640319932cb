//! Room: how many operations, and how many bytes they were handed over with, may be accepted and not settled. First
//! come, first served; who waits has not been accepted. Knows no operations.

use std::sync::atomic::{AtomicUsize, Ordering};

use laneway_model::{Limits, PartitionKey};
use tokio::sync::{Notify, Semaphore, SemaphorePermit, TryAcquireError};

use super::debt::Debt;
use crate::dispatcher::LANES_MAX;
use crate::request::Rejected;

/// Why there is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoRoom {
    Full,
    Closed,
    /// There never will be, within the bound in force now.
    TooLarge {
        bytes_max: usize,
    },
}

/// What one operation occupies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Charge {
    pub(super) lane: usize,
    pub(super) bytes: u32,
}

/// The bounds of one store.
#[derive(Debug)]
pub(super) struct Admission {
    lanes: [Gauge; LANES_MAX],
    items: Gauge,
    bytes: Gauge,
    // Relaxed, all three: an operation that is submitted while limits change may go by the old ones or the new.
    lane_count: AtomicUsize,
    document_bytes_max: AtomicUsize,
    /// The most that one operation may occupy.
    bytes_max: AtomicUsize,
    /// What waits for more must not wait for ever: it looks again, in its turn, when that has changed.
    bytes_max_changed: Notify,
}

/// Room for one operation, given back on drop unless it is [`Room::taken`].
pub(super) struct Room<'a> {
    charge: Charge,
    permits: [SemaphorePermit<'a>; 3],
}

impl Room<'_> {
    /// Keeps the room; [`Admission::release`] gives it back.
    pub(super) fn taken(self) -> Charge {
        self.permits.into_iter().for_each(SemaphorePermit::forget);
        self.charge
    }
}

/// What a group of settled operations gives back together.
#[derive(Default, Debug)]
pub(super) struct Released {
    lanes: [usize; LANES_MAX],
    items: usize,
    bytes: usize,
}

impl Released {
    pub(super) fn add(&mut self, charge: Charge) {
        self.lanes[charge.lane] += 1;
        self.items += 1;
        self.bytes += charge.bytes as usize;
    }
}

impl Admission {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            lanes: std::array::from_fn(|_| Gauge::new(limits.lane_items_max)),
            items: Gauge::new(limits.store_items_max),
            bytes: Gauge::new(limits.store_bytes_max),
            lane_count: AtomicUsize::new(limits.lanes_first()),
            document_bytes_max: AtomicUsize::new(limits.document_bytes_max),
            bytes_max: AtomicUsize::new(bytes_max(limits)),
            bytes_max_changed: Notify::new(),
        }
    }

    /// Refuses what could never be admitted, however long it waited: a document of `document_bytes`, which occupies
    /// `bytes` with all that was handed over with it.
    pub(super) fn check_size(&self, document_bytes: usize, bytes: usize) -> Result<(), Rejected> {
        let within = |bytes, bytes_max| {
            if bytes > bytes_max { Err(Rejected::TooLarge { bytes, bytes_max }) } else { Ok(()) }
        };
        within(document_bytes, self.document_bytes_max.load(Ordering::Relaxed))?;
        within(bytes, self.bytes_max.load(Ordering::Relaxed))
    }

    /// Waits for room. Dropping the future leaves the queue.
    ///
    /// The lane comes first: an operation that waits for a full lane holds nothing that others need.
    pub(super) async fn enter(&self, partition: PartitionKey, bytes: usize) -> Result<Room<'_>, NoRoom> {
        let charge = self.charge(partition, bytes);
        let lane = self.lanes[charge.lane].enter(1).await?;
        let items = self.items.enter(1).await?;
        let bytes = self.enter_bytes(charge.bytes).await?;
        Ok(Room { charge, permits: [lane, items, bytes] })
    }

    /// The bound may fall below what a waiter wants. First in a fair queue, it would wait for ever and keep all others
    /// out: it leaves instead.
    async fn enter_bytes(&self, bytes: u32) -> Result<SemaphorePermit<'_>, NoRoom> {
        if let Ok(permit) = self.bytes.try_enter(bytes) {
            return Ok(permit);
        }
        let too_large = async {
            loop {
                // Taken before the look: it counts from here on, so that no change is missed in between.
                let changed = self.bytes_max_changed.notified();
                let bytes_max = self.bytes_max.load(Ordering::Relaxed);
                if bytes as usize > bytes_max {
                    return NoRoom::TooLarge { bytes_max };
                }
                changed.await;
            }
        };
        tokio::select! {
            biased;
            permit = self.bytes.enter(bytes) => permit,
            no_room = too_large => Err(no_room),
        }
    }

    /// Takes room if there is some and none waits for it.
    pub(super) fn try_enter(&self, partition: PartitionKey, bytes: usize) -> Result<Room<'_>, NoRoom> {
        let charge = self.charge(partition, bytes);
        let lane = self.lanes[charge.lane].try_enter(1)?;
        let items = self.items.try_enter(1)?;
        let bytes = self.bytes.try_enter(charge.bytes)?;
        Ok(Room { charge, permits: [lane, items, bytes] })
    }

    /// Takes how many lanes operations are spread over from now on.
    pub(super) fn set_lane_count(&self, lanes: usize) {
        self.lane_count.store(lanes, Ordering::Relaxed);
    }

    fn charge(&self, partition: PartitionKey, bytes: usize) -> Charge {
        let lane = partition.index() % self.lane_count.load(Ordering::Relaxed);
        // More was refused before (`check_size`).
        Charge { lane, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) }
    }

    /// Gives room back.
    pub(super) fn release(&self, released: &Released) {
        for (lane, items) in self.lanes.iter().zip(released.lanes) {
            lane.leave(items);
        }
        self.items.leave(released.items);
        self.bytes.leave(released.bytes);
    }

    /// Admits nothing any more; all waits end.
    pub(super) fn close(&self) {
        self.lanes.iter().chain([&self.items, &self.bytes]).for_each(|gauge| gauge.room.close());
    }

    /// Changes the bounds; what is inside beyond smaller ones stays, and its room is not given out again. Room that a
    /// waiter has gathered counts as inside: should it leave, another may have that much beyond the smaller bound.
    ///
    /// Not to be called from two threads at once: `from` has to be what is in force.
    pub(super) fn resize(&self, from: &Limits, to: &Limits) {
        self.lanes.iter().for_each(|lane| lane.resize(from.lane_items_max, to.lane_items_max));
        self.items.resize(from.store_items_max, to.store_items_max);
        self.bytes.resize(from.store_bytes_max, to.store_bytes_max);
        if to.lanes > 0 {
            self.set_lane_count(to.lanes);
        }
        self.document_bytes_max.store(to.document_bytes_max, Ordering::Relaxed);
        // Last: a waiter that looks at it then finds the semaphore's new size too.
        self.bytes_max.store(bytes_max(to), Ordering::Relaxed);
        self.bytes_max_changed.notify_waiters();
    }
}

/// The most that one operation may occupy: what a gauge can ever give at once.
fn bytes_max(limits: &Limits) -> usize {
    limits.store_bytes_max.min(u32::MAX as usize)
}

/// One bound. Fair: a semaphore serves its waiters in order, and one that does not wait never passes them.
#[derive(Debug)]
struct Gauge {
    room: Semaphore,
    /// How much of what leaves is not given out again, after the bound was lowered.
    debt: Debt,
}

impl Gauge {
    fn new(max: usize) -> Self {
        Self { room: Semaphore::new(max.min(Semaphore::MAX_PERMITS)), debt: Debt::new() }
    }

    async fn enter(&self, amount: u32) -> Result<SemaphorePermit<'_>, NoRoom> {
        self.room.acquire_many(amount).await.map_err(|_| NoRoom::Closed)
    }

    fn try_enter(&self, amount: u32) -> Result<SemaphorePermit<'_>, NoRoom> {
        self.room.try_acquire_many(amount).map_err(|error| match error {
            TryAcquireError::NoPermits => NoRoom::Full,
            TryAcquireError::Closed => NoRoom::Closed,
        })
    }

    fn leave(&self, amount: usize) {
        if amount > 0 {
            self.room.add_permits(self.debt.pay(amount));
        }
    }

    fn resize(&self, from: usize, to: usize) {
        let (from, to) = (from.min(Semaphore::MAX_PERMITS), to.min(Semaphore::MAX_PERMITS));
        if to > from {
            self.leave(to - from);
        } else {
            let forgotten = self.room.forget_permits(from - to);
            self.debt.add(from - to - forgotten);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lowered_bound_holds_once_enough_has_left() {
        let gauge = Gauge::new(4);
        (0..4).for_each(|_| gauge.try_enter(1).unwrap().forget());
        gauge.resize(4, 2);
        gauge.leave(2);
        assert!(gauge.try_enter(1).is_err(), "two are inside, and two is the bound");
        gauge.leave(1);
        assert!(gauge.try_enter(1).is_ok());
        gauge.resize(2, 3);
        assert!(gauge.try_enter(2).is_ok());
        assert!(gauge.try_enter(3).is_err());
    }
}
