//! What kind of world a seed makes: its bounds, its documents, what goes wrong and how often, and how it ends. Numbers only.

use std::time::Duration;

use laneway_core::store::StoreErrorKind;
use laneway_model::{DocumentUuid, Limits};
use uuid::Uuid;

use crate::documents::{BASE, Document, Flaw, RESOURCES, TERM, Target};
use crate::trouble::{Latency, Rates};

/// The fewest and the most operations of a world, but for those that have more for the sake of bounds and lines.
const OPERATIONS: std::ops::Range<usize> = 20..400;

/// How the references of documents run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    /// Anywhere.
    Anywhere,
    /// Each to the key before its own: chains.
    Chains,
    /// Each to its neighbour, which refers back.
    Pairs,
    /// Each to the next, and the last to the first.
    Rings,
}

/// How a world ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// What goes wrong stops, everything settles, and then it is drained.
    Settled,
    /// It is drained within so much time, whatever goes wrong.
    Drained(Duration),
    /// It is closed, whatever goes wrong.
    Closed,
    /// It is closed while it is drained.
    DrainedThenClosed,
    /// The runtime is dropped.
    Dropped,
}

/// A world before it begins.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) limits: Limits,
    /// How many connections there are beyond what the limits may need.
    pub(crate) connections_spare: usize,
    pub(crate) operations: usize,
    pub(crate) rates: Rates,
    pub(crate) latency: Latency,
    /// How long reading takes at most.
    pub(crate) reading: Duration,
    /// Whether all operations come read already.
    pub(crate) reads_nothing: bool,
    /// The longest pause between two operations, and between two of what other clients and operators do; `None`: they do nothing.
    pub(crate) gap: Duration,
    pub(crate) disturbance: Option<Duration>,
    pub(crate) changes_limits: bool,
    /// One in so many operations has a deadline, and at most so long; 0: none has.
    pub(crate) deadline_every: u32,
    pub(crate) deadline: Duration,
    /// One in so many is awaited by a ticket; 0: none.
    pub(crate) ticket_every: u32,
    /// One in so many waits for room; 0: none.
    pub(crate) waiter_every: u32,
    pub(crate) ending: Ending,
    documents: Documents,
}

/// What the documents of a world are like.
#[derive(Clone, Debug)]
struct Documents {
    keys: u32,
    /// One in so many is the same; 0: none.
    hot_every: u32,
    is_skewed: bool,
    shape: Shape,
    references_max: usize,
    etags: bool,
    flaw_every: u32,
    bytes_max: usize,
    uuid_twice_every: u32,
}

impl Plan {
    pub(crate) fn new(rng: &mut fastrand::Rng) -> Self {
        let limits = limits(rng);
        let is_calm = rng.u8(..5) == 0;
        let often = |rng: &mut fastrand::Rng, most: u32| if is_calm || rng.bool() { 0 } else { rng.u32(1..=most) };
        let mut kinds: Vec<StoreErrorKind> = StoreErrorKind::ALL.to_vec();
        if rng.bool() {
            // Few kinds show what several of one kind do.
            rng.shuffle(&mut kinds);
            kinds.truncate(rng.usize(1..4));
        }
        let rates = Rates {
            fault: if rng.u8(..8) == 0 { often(rng, 400) } else { often(rng, 120) },
            silence: if rng.u8(..3) == 0 { often(rng, 40) } else { 0 },
            lost_commit: often(rng, 150),
            slow: often(rng, 50),
            kinds,
        };
        let usual = Duration::from_micros([200, 2_000, 10_000][rng.usize(..3)]);
        let disturbance = (!is_calm && rng.u8(..4) > 0).then(|| Duration::from_millis(rng.u64(2..60)));
        let ending = match rng.u8(..20) {
            0..13 => Ending::Settled,
            13..15 => Ending::Drained(Duration::from_millis(rng.u64(0..4_000))),
            15..18 => Ending::Closed,
            18 => Ending::DrainedThenClosed,
            _ => Ending::Dropped,
        };
        Self {
            connections_spare: if rng.bool() { 0 } else { rng.usize(..8) },
            operations: rng.usize(OPERATIONS),
            rates,
            latency: Latency { usual, slow: Duration::from_millis(rng.u64(20..1_500)) },
            reading: Duration::from_micros(rng.u64(0..4_000)),
            reads_nothing: rng.u8(..3) == 0,
            gap: Duration::from_micros([0, 500, 4_000][rng.usize(..3)]),
            disturbance,
            changes_limits: rng.u8(..3) == 0,
            deadline_every: if rng.u8(..3) == 0 { rng.u32(1..10) } else { 0 },
            deadline: Duration::from_millis(rng.u64(1..3_000)),
            ticket_every: if rng.u8(..4) == 0 { rng.u32(1..10) } else { 0 },
            // Who waits for room holds the runtime.
            waiter_every: if rng.bool() && ending != Ending::Dropped { rng.u32(1..4) } else { 0 },
            ending,
            documents: documents(rng),
            limits,
        }
    }

    /// The next document of the world.
    pub(crate) fn document(&self, serial: usize, rng: &mut fastrand::Rng) -> Document {
        let of = &self.documents;
        let (mut resource, mut key) = (rng.usize(..RESOURCES.len()), of.key(rng));
        if of.hot_every > 0 && rng.u32(..of.hot_every) == 0 {
            (resource, key) = (2, 0);
        }
        let references = (0..rng.usize(..=of.references_max)).map(|_| of.reference(key, rng)).collect();
        let flaw = match rng.u8(..4) {
            _ if of.flaw_every == 0 || rng.u32(..of.flaw_every) > 0 => Flaw::None,
            0 => Flaw::Suspicious,
            1 => Flaw::Unforeseen,
            2 => Flaw::Unreadable,
            _ => Flaw::Panics,
        };
        let is_twice = of.uuid_twice_every > 0 && rng.u32(..of.uuid_twice_every) == 0;
        let uuid = if is_twice { u128::from(rng.u8(..4)) } else { rng.u128(..) };
        Document {
            serial,
            resource,
            key,
            references: if resource == TERM { Vec::new() } else { references },
            etag: (of.etags && rng.bool()).then(|| rng.u8(..3)),
            uuid: DocumentUuid(Uuid::from_u128(uuid)),
            padding: rng.usize(..of.bytes_max),
            flaw,
        }
    }

    /// An identity that another client writes, locks or takes away.
    pub(crate) fn target(&self, rng: &mut fastrand::Rng) -> Target {
        (rng.usize(..RESOURCES.len()), self.documents.key(rng))
    }

    /// Other bounds, of which those that a running world cannot do without stay.
    pub(crate) fn other_limits(&self, rng: &mut fastrand::Rng) -> Limits {
        let Limits { document_bytes_max, outage_max, .. } = self.limits;
        Limits { document_bytes_max, outage_max, ..limits(rng) }
    }
}

impl Documents {
    fn key(&self, rng: &mut fastrand::Rng) -> u32 {
        let key = rng.u32(..self.keys);
        // Of two the lesser, twice: the first keys are the most frequent.
        if self.is_skewed { key.min(rng.u32(..self.keys)).min(rng.u32(..self.keys)) } else { key }
    }

    fn reference(&self, own: u32, rng: &mut fastrand::Rng) -> Target {
        let key = match self.shape {
            Shape::Anywhere => self.key(rng),
            Shape::Chains => own.saturating_sub(1),
            Shape::Pairs => (own ^ 1).min(self.keys - 1),
            Shape::Rings => (own + 1) % self.keys,
        };
        (rng.usize(..=BASE), key)
    }
}

fn documents(rng: &mut fastrand::Rng) -> Documents {
    Documents {
        keys: [2, 8, 40, 200, 2_000][rng.usize(..5)],
        hot_every: if rng.u8(..3) == 0 { rng.u32(1..8) } else { 0 },
        is_skewed: rng.bool(),
        shape: [Shape::Anywhere, Shape::Chains, Shape::Pairs, Shape::Rings][rng.usize(..4)],
        references_max: rng.usize(..4),
        etags: rng.u8(..4) == 0,
        flaw_every: if rng.u8(..3) == 0 { rng.u32(3..60) } else { 0 },
        bytes_max: [2, 60, 600][rng.usize(..3)],
        uuid_twice_every: if rng.u8(..8) == 0 { rng.u32(2..20) } else { 0 },
    }
}

fn limits(rng: &mut fastrand::Rng) -> Limits {
    let is_tight = rng.u8(..3) == 0;
    Limits {
        lanes: if rng.u8(..6) == 0 { 0 } else { rng.usize(1..=16) },
        batch_items_max: if rng.bool() { 128 } else { rng.usize(1..=12) },
        batch_bytes_max: if rng.u8(..3) > 0 { 4 << 20 } else { rng.usize(60..4_000) },
        linger: Duration::from_millis(if rng.bool() { 0 } else { rng.u64(1..10) }),
        flushes_concurrent_max: if rng.bool() { 16 } else { rng.usize(1..=4) },
        single_concurrent_max: rng.usize(1..=4),
        store_items_max: if is_tight { rng.usize(1..=40) } else { 16_384 },
        store_bytes_max: if is_tight { rng.usize(1_500..20_000) } else { 256 << 20 },
        lane_items_max: if is_tight && rng.bool() { rng.usize(1..=20) } else { 8_192 },
        identity_line_max: if rng.u8(..4) == 0 { rng.usize(1..=8) } else { 1_024 },
        document_bytes_max: if rng.u8(..8) == 0 { 400 } else { 16 << 20 },
        extract_threads: 1,
        retries_max: rng.u32(..4),
        outage_max: Duration::from_millis(rng.u64(200..4_000)),
        reference_recheck: Duration::from_millis(if rng.u8(..3) > 0 { 0 } else { rng.u64(1..=250) }),
        locks_per_flush_max: 512,
        latency_objective: (rng.u8(..5) == 0).then(|| Duration::from_millis(rng.u64(0..40))),
        batching: rng.u8(..6) > 0,
    }
}
