//! Watches one run: how long its parts take, how long documents wait that are not counted apart, how much memory the process has
//! while as many are queued as there are callers.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::memory::resident;
use super::parts::Parts;
use super::variant::Apart;
use crate::load::{Latencies, Percentiles, Watch};

/// One look at the memory in so many times that the queue is full: a look takes as long as a document.
const FULL_EVERY: usize = 256;
const MIB: f64 = 1_048_576.0;

/// The memory of this process, in MiB.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub(crate) struct Memory {
    /// Resident before the first document.
    pub(crate) before_mib: f64,
    /// The most beyond that and beyond the bodies of what was queued, while as many documents were as there are callers.
    pub(crate) beyond_mib: f64,
    /// The bodies that were queued then.
    pub(crate) bodies_mib: f64,
}

/// What is seen of one run.
pub(super) struct Observer {
    parts: Parts,
    apart: Option<Apart>,
    /// Of documents that are not counted apart.
    others: Mutex<Latencies>,
    before: Option<u64>,
    fulls: AtomicUsize,
    /// Resident memory and bodies' bytes, when there was most beyond these.
    most: Mutex<Option<(u64, usize)>>,
}

impl Observer {
    /// Of a load of so many documents, from now on.
    pub(super) fn start(documents: usize, parts: NonZeroUsize, apart: Option<Apart>) -> Self {
        Self {
            parts: Parts::start(documents, parts),
            apart,
            others: Mutex::new(Latencies::new()),
            before: resident(),
            fulls: AtomicUsize::new(0),
            most: Mutex::new(None),
        }
    }

    /// How long each part took, in seconds.
    pub(super) fn parts_s(&self) -> Vec<f64> {
        self.parts.times().iter().map(Duration::as_secs_f64).collect()
    }

    /// What documents waited that are not counted apart; `None`: none are.
    pub(super) fn others_ms(&self) -> Option<Percentiles> {
        self.apart.and(self.others.lock().ok()).map(|others| others.percentiles())
    }

    /// The memory; `None` where the queue never was full, or the system does not tell.
    pub(super) fn memory(&self) -> Option<Memory> {
        let before = self.before?;
        let (resident, bodies) = (*self.most.lock().ok()?)?;
        let beyond = resident.saturating_sub(before).saturating_sub(bodies as u64);
        let mib = |bytes: u64| bytes as f64 / MIB;
        Some(Memory { before_mib: mib(before), beyond_mib: mib(beyond), bodies_mib: mib(bodies as u64) })
    }
}

impl Watch for Observer {
    fn settled(&self, number: usize, latency: Duration) {
        self.parts.add(1);
        if self.apart.is_some_and(|apart| !apart.holds(number))
            && let Ok(mut others) = self.others.lock()
        {
            others.record(latency);
        }
    }

    fn full(&self, bytes: usize) {
        // `Relaxed`: it stands for nothing else in memory.
        if !self.fulls.fetch_add(1, Ordering::Relaxed).is_multiple_of(FULL_EVERY) {
            return;
        }
        let Some(now) = resident() else { return };
        let Ok(mut most) = self.most.lock() else { return };
        let beyond = |(resident, bodies): (u64, usize)| resident.saturating_sub(bodies as u64);
        if most.is_none_or(|most| beyond(most) < beyond((now, bytes))) {
            *most = Some((now, bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_what_is_there_beyond_the_bodies() {
        let observer = Observer::start(1, NonZeroUsize::MIN, None);
        assert_eq!(observer.memory(), None, "the queue was never full");
        let bodies = vec![1_u8; 64 << 20];
        observer.full(32 << 20);
        let memory = observer.memory().unwrap();
        assert!(memory.before_mib > 0.0 && memory.bodies_mib == 32.0, "{memory:?}");
        // Half of what came since is no body. Other tests run in this process: they may give memory back.
        assert!((8.0..500.0).contains(&memory.beyond_mib), "{memory:?}");
        assert_eq!(bodies.len(), 64 << 20);
        assert_eq!(observer.others_ms(), None);
    }
}
