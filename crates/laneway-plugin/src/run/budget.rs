//! How long one call into a plugin may take: CPU time first, ticks behind it. Reads no clock itself.

use std::time::Duration;

use crate::run::ticker::TICK;

/// Ticks until a call is looked at for the first time. Until then it costs no system call: nearly every call
/// ends long before.
pub(crate) const FIRST_LOOK_TICKS: u64 = 2;

/// What is left to a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    cpu_max: Duration,
    wall_max: Duration,
    /// The thread's CPU time when the call was looked at first.
    cpu_at_first_look: Option<Duration>,
    ticks_granted: u64,
    overrun: Option<Overrun>,
}

/// Which bound a call ran into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Overrun {
    /// It computed for longer than this.
    Cpu(Duration),
    /// It was on its way for longer than this.
    Wall(Duration),
}

impl Budget {
    /// A call that may compute for `cpu_max` and be on its way for `wall_max` from its first look.
    pub(crate) fn new(cpu_max: Duration, wall_max: Duration) -> Self {
        // Runs for each document: what only a late call needs is computed when it is looked at.
        Self { cpu_max, wall_max, cpu_at_first_look: None, ticks_granted: 0, overrun: None }
    }

    /// The call's deadline has passed, at `cpu_now` of its thread: how many ticks more, or an end.
    ///
    /// The wall is counted in ticks granted, not by a clock: while the machine is paused no tick passes.
    pub(crate) fn look(&mut self, cpu_now: Duration) -> Option<u64> {
        let cpu_at_first_look = *self.cpu_at_first_look.get_or_insert(cpu_now);
        let left = self.cpu_max.saturating_sub(cpu_now.saturating_sub(cpu_at_first_look));
        if left.is_zero() {
            self.overrun = Some(Overrun::Cpu(self.cpu_max));
            return None;
        }
        let ticks_left = ticks(self.wall_max).saturating_sub(self.ticks_granted);
        if ticks_left == 0 {
            self.overrun = Some(Overrun::Wall(self.wall_max));
            return None;
        }
        // A thread cannot use more CPU than time passes, so looking earlier would be in vain. A tick that is late only
        // gives the call a little more.
        let more = ticks(left).min(ticks_left);
        self.ticks_granted += more;
        Some(more)
    }

    /// The bound that ended the call, if one did.
    pub(crate) fn overrun(&self) -> Option<Overrun> {
        self.overrun
    }
}

fn ticks(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX).max(1)
}

/// The CPU time that this thread has used. More than a microsecond: never once per document.
#[cfg(unix)]
pub(crate) fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Without a thread clock, time as such.
#[cfg(not(unix))]
pub(crate) fn thread_cpu_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_computes_gets_its_cpu_time_from_the_first_look_on() {
        let mut budget = Budget::new(10 * TICK, 1000 * TICK);
        assert_eq!(budget.look(500 * TICK), Some(10));
        assert_eq!(budget.look(506 * TICK), Some(4));
        assert_eq!(budget.look(509 * TICK + TICK / 2), Some(1));
        assert_eq!(budget.look(510 * TICK), None);
        assert_eq!(budget.overrun(), Some(Overrun::Cpu(10 * TICK)));
    }

    #[test]
    fn a_call_whose_thread_does_not_run_lives_until_the_wall() {
        let mut budget = Budget::new(10 * TICK, 25 * TICK);
        assert_eq!(budget.look(TICK), Some(10));
        assert_eq!(budget.look(TICK), Some(10));
        assert_eq!(budget.look(TICK), Some(5));
        assert_eq!(budget.look(TICK), None);
        assert_eq!(budget.overrun(), Some(Overrun::Wall(25 * TICK)));
    }

    #[test]
    fn the_thread_clock_advances_with_work() {
        let start = thread_cpu_time();
        let mut sum = 0_u64;
        while thread_cpu_time() - start < TICK {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(sum > 0);
    }
}
