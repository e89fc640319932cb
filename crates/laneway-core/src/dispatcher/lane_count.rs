//! How many lanes are used: as many as make the database write the most. The number is found by comparing: a while with more
//! lanes between two without, three times. Knows no lanes, and has no clock.

use std::time::Duration;

use laneway_model::{Limits, PartitionKey};

use super::event::Moment;

/// How long lanes must have been busy before their number is changed: a burst is over sooner, and a comparison costs.
const PRESSED_MIN: Duration = Duration::from_secs(10);
/// The least time that is measured at once, and the least number of flushes of each lane in it.
const WINDOW_MIN: Duration = Duration::from_millis(200);
const WINDOW_FLUSHES_MIN: usize = 8;
/// Without a flush for so long, what was measured before says nothing about what comes.
const GAP_MAX: Duration = Duration::from_secs(5);
/// The least part of a window's flushes until whose ends all lanes were busy.
const PRESSED_SHARE_MIN: f64 = 0.75;
/// With fewer documents a flush the number of lanes is not what holds them up.
const DOCUMENTS_MIN: f64 = 4.0;
/// How often both numbers are measured.
const PAIRS: usize = 3;
/// The rate that more lanes must bring, and never less than before: each is a connection, and makes batches smaller.
const MORE_GAIN_MIN: f64 = 1.08;
/// The rate that fewer lanes must leave.
const FEWER_GAIN_MIN: f64 = 0.98;
/// A rate so much lower ends a comparison at once.
const LOSS_MAX: f64 = 0.9;
/// How long nothing is compared after neither more nor fewer were better; doubled each time.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(160);

/// The number of lanes.
#[derive(Debug)]
pub(super) struct LaneCount {
    /// An operator chose it.
    is_fixed: bool,
    max: usize,
    batch_items_max: usize,
    /// The number that was found best.
    best: usize,
    comparison: Option<Comparison>,
    window: Window,
    last_flush: Moment,
    pressed_since: Option<Moment>,
    direction: Direction,
    /// How many comparisons in a row have shown that the other number is not better.
    in_vain: u32,
    pause: Duration,
    rests_until: Moment,
}

/// Another number beside the best one, and the rates of both in turn, the best one's first.
#[derive(Debug)]
struct Comparison {
    other: usize,
    rates: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Direction {
    More,
    Fewer,
}

/// What is measured at once.
#[derive(Default, Debug)]
struct Window {
    since: Moment,
    /// How many flushes are left that began before it.
    skipped: usize,
    flushes: usize,
    documents: usize,
    pressed: usize,
}

/// What a window has shown.
#[derive(Clone, Copy, Debug)]
struct Measured {
    /// Documents a second.
    rate: f64,
    /// Documents a flush.
    documents: f64,
    is_pressed: bool,
}

impl LaneCount {
    pub(super) fn new(limits: &Limits) -> Self {
        let mut count = Self {
            max: 1,
            is_fixed: false,
            batch_items_max: 1,
            best: limits.lanes_first(),
            comparison: None,
            window: Window::default(),
            last_flush: Moment::ZERO,
            pressed_since: None,
            direction: Direction::More,
            in_vain: 0,
            pause: PAUSE_FIRST,
            rests_until: Moment::ZERO,
        };
        count.set(limits);
        count
    }

    /// Takes other bounds.
    pub(super) fn set(&mut self, limits: &Limits) {
        self.is_fixed = limits.lanes > 0;
        self.max = PartitionKey::COUNT.min(limits.flushes_concurrent_max).max(1);
        self.batch_items_max = limits.batch_items_max;
        self.best = if self.is_fixed { limits.lanes } else { self.best.min(self.max) };
        self.begin_anew(self.last_flush);
    }

    fn begin_anew(&mut self, now: Moment) {
        self.comparison = None;
        self.window = Window { since: now, ..Window::default() };
        self.pressed_since = None;
    }

    /// How many lanes are used now.
    pub(super) fn get(&self) -> usize {
        match &self.comparison {
            // The best one's turns are the even ones.
            Some(comparison) if comparison.rates.len() % 2 == 1 => comparison.other,
            _ => self.best,
        }
    }

    /// Takes note of the end of a flush; `is_pressed`: until then all lanes were busy.
    pub(super) fn flushed(&mut self, now: Moment, documents: usize, is_pressed: bool) {
        if self.is_fixed {
            return;
        }
        if now.saturating_sub(self.last_flush) > GAP_MAX {
            self.begin_anew(now);
        }
        self.last_flush = now;
        let lanes = self.get();
        let Some(measured) = self.window.add(now, documents, is_pressed, lanes) else { return };
        if measured.is_pressed && measured.documents >= DOCUMENTS_MIN {
            let since = *self.pressed_since.get_or_insert(now);
            match self.comparison.take() {
                Some(comparison) => self.compare(comparison, measured.rate, now),
                None if now >= since + PRESSED_MIN && now >= self.rests_until => self.begin(measured),
                None => {}
            }
        } else {
            self.pressed_since = None;
            self.comparison = None;
        }
        if self.get() != lanes {
            // Those that run were cut for the other number.
            self.window.skipped = 2 * lanes.max(self.get());
        }
    }

    /// Begins a comparison with what can be compared.
    fn begin(&mut self, measured: Measured) {
        let more = self.best + (self.best / 2).max(1);
        let fewer = self.best - (self.best / 3).max(1).min(self.best - 1);
        // A single lane writes nothing while it reads: worth it only where batches have room for what two carry.
        let may_be_one = measured.documents <= self.batch_items_max as f64 / 4.0;
        let other = |direction| match direction {
            Direction::More => (self.best < self.max).then(|| more.min(self.max)),
            Direction::Fewer => (fewer < self.best && (fewer > 1 || may_be_one)).then_some(fewer),
        };
        let found = [self.direction, self.direction.other()].into_iter().find_map(|way| Some((way, other(way)?)));
        if let Some((direction, other)) = found {
            self.direction = direction;
            self.comparison = Some(Comparison { other, rates: vec![measured.rate] });
        }
    }

    fn compare(&mut self, mut comparison: Comparison, rate: f64, now: Moment) {
        comparison.rates.push(rate);
        let mut gains = comparison.gains();
        if gains.len() < PAIRS && gains.iter().all(|gain| *gain >= LOSS_MAX) {
            self.comparison = Some(comparison);
            return;
        }
        gains.sort_unstable_by(f64::total_cmp);
        let is_better = gains.len() == PAIRS
            && match self.direction {
                Direction::More => gains[0] >= 1.0 && gains[PAIRS / 2] >= MORE_GAIN_MIN,
                Direction::Fewer => gains[PAIRS / 2] >= FEWER_GAIN_MIN,
            };
        if is_better {
            self.best = comparison.other;
            self.in_vain = 0;
            self.pause = PAUSE_FIRST;
            return;
        }
        self.direction = self.direction.other();
        self.in_vain += 1;
        if self.in_vain >= 2 {
            self.in_vain = 0;
            self.rests_until = now + self.pause;
            self.pause = (self.pause * 2).min(PAUSE_MAX);
        }
    }
}

impl Comparison {
    /// What the other number brought each time, against the best one before and after it: what is written changes meanwhile.
    fn gains(&self) -> Vec<f64> {
        let around = self.rates.windows(3).step_by(2);
        around.map(|rates| rates[1] / f64::midpoint(rates[0], rates[2])).collect()
    }
}

impl Direction {
    fn other(self) -> Self {
        match self {
            Self::More => Self::Fewer,
            Self::Fewer => Self::More,
        }
    }
}

impl Window {
    /// Takes note of a flush; what was measured, if that was the last.
    fn add(&mut self, now: Moment, documents: usize, is_pressed: bool, lanes: usize) -> Option<Measured> {
        if self.skipped > 0 {
            *self = Self { since: now, skipped: self.skipped - 1, ..Self::default() };
            return None;
        }
        self.flushes += 1;
        self.documents += documents;
        self.pressed += usize::from(is_pressed);
        let elapsed = now.saturating_sub(self.since);
        if elapsed < WINDOW_MIN || self.flushes < WINDOW_FLUSHES_MIN * lanes {
            return None;
        }
        let measured = Measured {
            rate: self.documents as f64 / elapsed.as_secs_f64(),
            documents: self.documents as f64 / self.flushes as f64,
            is_pressed: self.pressed as f64 >= self.flushes as f64 * PRESSED_SHARE_MIN,
        };
        *self = Self { since: now, ..Self::default() };
        Some(measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database of so many cores, met by so many callers of which each waits for its document; in seconds.
    struct Simulation {
        cores: f64,
        callers: usize,
        round_trips: f64,
        fixed: f64,
        document: f64,
    }

    struct Flush {
        lane: usize,
        documents: usize,
        /// What is left: of the way, which costs no core, and of work.
        way: f64,
        work: f64,
    }

    const BATCH_MAX: usize = 128;

    fn count(lanes: usize) -> LaneCount {
        LaneCount::new(&Limits { lanes, batch_items_max: BATCH_MAX, ..Limits::default() })
    }

    impl Simulation {
        /// Documents a second in the last quarter of `seconds`, and the lanes at the end.
        fn run(&self, count: &mut LaneCount, seconds: f64, seed: u64) -> (f64, usize) {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut queues = [0_usize; PartitionKey::COUNT];
            (0..self.callers).for_each(|_| queues[random.usize(0..count.get())] += 1);
            let (mut running, mut now, mut written): (Vec<Flush>, f64, usize) = (Vec::new(), 0.0, 0);
            while now < seconds {
                for (lane, queue) in queues.iter_mut().enumerate() {
                    if *queue > 0 && running.iter().all(|flush| flush.lane != lane) {
                        let documents = (*queue).min(BATCH_MAX);
                        *queue -= documents;
                        // What is written differs.
                        let work = (self.fixed + self.document * documents as f64) * (0.7 + 0.6 * random.f64());
                        running.push(Flush { lane, documents, way: self.round_trips, work });
                    }
                }
                let working = running.iter().filter(|flush| flush.way <= 0.0).count();
                let speed = (self.cores / working as f64).min(1.0);
                let end = |flush: &Flush| if flush.way > 0.0 { flush.way } else { flush.work / speed };
                let step = running.iter().map(end).fold(f64::INFINITY, f64::min);
                now += step;
                for flush in &mut running {
                    if flush.way > 0.0 { flush.way -= step } else { flush.work -= step * speed }
                }
                let lanes_busy = running.len();
                let (over, rest): (Vec<Flush>, Vec<Flush>) =
                    running.into_iter().partition(|flush| flush.way <= 1e-9 && flush.work <= 1e-9);
                running = rest;
                for flush in over {
                    let is_pressed = lanes_busy >= count.get();
                    count.flushed(Duration::from_secs_f64(now), flush.documents, is_pressed);
                    (0..flush.documents).for_each(|_| queues[random.usize(0..count.get())] += 1);
                    written += if now > seconds * 0.75 { flush.documents } else { 0 };
                }
            }
            (written as f64 / (seconds * 0.25), count.get())
        }

        /// The highest rate of a fixed number, and its lanes.
        fn best(&self) -> (f64, usize) {
            let of = |lanes| (self.run(&mut super::tests::count(lanes), 10.0, 1).0, lanes);
            (1..=16).map(of).max_by(|one, other| one.0.total_cmp(&other.0)).expect("sixteen")
        }
    }

    fn database(cores: f64, callers: usize, round_trip_ms: f64) -> Simulation {
        Simulation { cores, callers, round_trips: 3.0 * round_trip_ms / 1e3, fixed: 3e-3, document: 250e-6 }
    }

    #[test]
    fn large_and_small_databases_near_and_far_are_used_as_they_can_be() {
        for cores in [1.0, 2.0, 4.0, 16.0, 32.0] {
            for callers in [64, 256, 2_048] {
                for round_trip_ms in [0.0, 0.2, 1.0, 5.0] {
                    let database = database(cores, callers, round_trip_ms);
                    let (best, lanes) = database.best();
                    for seed in 1..4 {
                        let mut count = count(0);
                        let (rate, found) = database.run(&mut count, 120.0, seed);
                        assert!(
                            rate >= 0.8 * best,
                            "{cores} cores, {callers} callers, {round_trip_ms} ms, seed {seed}: {found} lanes write {rate:.0}, \
                             {lanes} write {best:.0}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_database_of_many_cores_is_filled_and_a_small_one_met_with_few_lanes() {
        let found = |cores, callers| {
            let mut count = count(0);
            database(cores, callers, 0.2).run(&mut count, 120.0, 1);
            count.best
        };
        assert!(found(32.0, 2_048) >= 12, "{}", found(32.0, 2_048));
        assert!((1..=2).contains(&found(1.0, 256)), "{}", found(1.0, 256));
        assert!((1..=3).contains(&found(2.0, 256)), "{}", found(2.0, 256));
    }

    #[test]
    fn without_pressure_nothing_is_compared() {
        let mut count = count(0);
        for at in 0..10_000 {
            count.flushed(Duration::from_millis(10 * at), 64, false);
            count.flushed(Duration::from_millis(10 * at + 5), 1, true);
            assert_eq!(count.get(), 2);
        }
    }

    #[test]
    fn a_pause_is_part_of_no_measurement() {
        let mut count = count(0);
        let mut now = Duration::ZERO;
        let mut flush = |count: &mut LaneCount, pause: Duration| {
            now += pause;
            count.flushed(now, 64, true);
            count.get()
        };
        // Until the other number has its turn.
        let tries = (0..10_000).position(|_| flush(&mut count, Duration::from_millis(10)) == 3);
        assert!(tries.is_some(), "more are compared");
        // After a pause it begins anew: as long as before no number has been compared.
        assert_eq!(flush(&mut count, Duration::from_secs(600)), 2);
        let again = (0..10_000).position(|_| flush(&mut count, Duration::from_millis(10)) == 3);
        assert!(again >= tries.map(|tries| tries - 20), "{again:?} after {tries:?}");
    }

    #[test]
    fn what_an_operator_chose_stays() {
        for lanes in [1, 7, 16] {
            let mut count = super::tests::count(lanes);
            (0..10_000).for_each(|at| count.flushed(Duration::from_millis(10 * at), 64, true));
            assert_eq!(count.get(), lanes);
        }
    }

    #[test]
    fn fewer_flushes_than_lanes_are_never_exceeded() {
        let mut count = count(0);
        database(32.0, 2_048, 0.0).run(&mut count, 30.0, 1);
        assert!(count.get() > 3);
        count.set(&Limits { flushes_concurrent_max: 3, ..Limits::default() });
        assert!(count.get() <= 3);
        database(32.0, 2_048, 0.0).run(&mut count, 30.0, 1);
        assert!(count.get() <= 3);
    }
}
