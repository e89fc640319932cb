//! What goes wrong in a world: how often each call of the store fails and as what, how long calls take, and outages. Decided by
//! numbers that are drawn from one seed; knows no documents.

use std::time::Duration;

use laneway_core::store::StoreErrorKind;
use tokio::time::Instant;

/// Which call of the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Call {
    Session,
    Resolve,
    Held,
    Apply,
    Rollback,
}

/// What becomes of a call that does not go well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// It fails, and nothing was written.
    Fails(StoreErrorKind),
    /// The server falls silent, until the connection is given up.
    Silent,
    /// The connection is lost at COMMIT, which took effect or did not; and that is found out or is not.
    LosesCommit { took_effect: bool, found_out: bool },
}

/// How often what goes wrong, in thousandths.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    /// Of a call of the store.
    pub(crate) fault: u32,
    /// Of a call, that the server falls silent.
    pub(crate) silence: u32,
    /// Of a COMMIT.
    pub(crate) lost_commit: u32,
    /// Of a call, that it takes long.
    pub(crate) slow: u32,
    /// As what calls fail.
    pub(crate) kinds: Vec<StoreErrorKind>,
}

/// How long calls take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    /// At most, nearly always.
    pub(crate) usual: Duration,
    /// At most, otherwise.
    pub(crate) slow: Duration,
}

/// What goes wrong now.
#[derive(Debug)]
pub(crate) struct Trouble {
    rng: fastrand::Rng,
    rates: Rates,
    latency: Latency,
    outage: Option<(Instant, StoreErrorKind)>,
    is_over: bool,
}

impl Trouble {
    pub(crate) fn new(rng: fastrand::Rng, rates: Rates, latency: Latency) -> Self {
        Self { rng, rates, latency, outage: None, is_over: false }
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn ends(&mut self) {
        self.is_over = true;
        self.outage = None;
    }

    /// No connection can be had until then, for a reason of that kind.
    pub(crate) fn outage(&mut self, until: Instant, kind: StoreErrorKind) {
        self.outage = Some((until, kind));
    }

    /// How long the next call takes.
    pub(crate) fn pause(&mut self) -> Duration {
        let is_slow = !self.is_over && self.hits(self.rates.slow);
        let longest = if is_slow { self.latency.slow } else { self.latency.usual };
        Duration::from_micros(self.rng.u64(0..=longest.as_micros() as u64))
    }

    /// How long a server is silent before its connection is given up.
    pub(crate) fn silence(&mut self) -> Duration {
        Duration::from_millis(self.rng.u64(500..6_000))
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.rng.bool()
    }

    /// What becomes of the next call; `None`: it goes well.
    pub(crate) fn fault(&mut self, call: Call, now: Instant) -> Option<Fault> {
        if self.is_over {
            return None;
        }
        if let Some((until, kind)) = self.outage
            && now < until
        {
            let lost = if call == Call::Session { kind } else { StoreErrorKind::Connection };
            return Some(if call == Call::Apply { self.lost_commit() } else { Fault::Fails(lost) });
        }
        if call == Call::Apply && self.hits(self.rates.lost_commit) {
            return Some(self.lost_commit());
        }
        if self.hits(self.rates.silence) {
            return Some(Fault::Silent);
        }
        if !self.hits(self.rates.fault) || self.rates.kinds.is_empty() {
            return None;
        }
        let kind = self.rates.kinds[self.rng.usize(..self.rates.kinds.len())];
        // Nothing but a COMMIT can be in doubt.
        let is_possible = kind != StoreErrorKind::InDoubt || call == Call::Apply;
        Some(Fault::Fails(if is_possible { kind } else { StoreErrorKind::Connection }))
    }

    fn lost_commit(&mut self) -> Fault {
        Fault::LosesCommit { took_effect: self.rng.bool(), found_out: self.rng.u8(..3) > 0 }
    }

    fn hits(&mut self, thousandths: u32) -> bool {
        // Not drawn where it never happens, so that a quiet world costs nothing.
        thousandths > 0 && self.rng.u32(..1_000) < thousandths
    }
}
