//! The rules that are checked when a world is over, as they are about all of it: outcomes against what was stored, refusals against
//! what was there and in flight, failures against what went wrong.

use std::collections::VecDeque;

use laneway_core::store::StoreErrorKind;
use laneway_model::{Outcome, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::documents::{BASE, RESOURCES, Target, id};
use crate::ledger::{Change, End, Ledger, Record};

/// What may end in a write conflict.
const CONFLICTS: [StoreErrorKind; 4] =
    [StoreErrorKind::Transient, StoreErrorKind::OutOfLocks, StoreErrorKind::Locked, StoreErrorKind::LostRace];
/// What may end in a failure, beside an outage.
const FAILURES: [StoreErrorKind; 4] =
    [StoreErrorKind::StaleSession, StoreErrorKind::LostRace, StoreErrorKind::Permanent, StoreErrorKind::Document];

impl Ledger {
    /// Judges the whole.
    pub(crate) fn judge(&mut self) {
        let mut violations = Vec::new();
        let stored_by: FxHashMap<usize, &Change> =
            (self.changes.values().flatten()).filter_map(|change| Some((change.serial?, change))).collect();
        for (serial, record) in self.records.iter().enumerate() {
            let change = stored_by.get(&serial).copied();
            if record.rank == 0 {
                violations.extend(change.map(|_| format!("{serial} was not accepted, and is stored")));
                continue;
            }
            let Some(end) = &record.end else {
                violations.push(format!("{serial} has no outcome"));
                continue;
            };
            let what = self.misjudged(record, end, change);
            violations.extend(what.map(|what| format!("{serial} ended as {:?}, but {what}", end.outcome)));
        }
        violations.into_iter().for_each(|violation| self.violated(violation));
    }

    /// What contradicts an outcome.
    fn misjudged(&self, record: &Record, end: &End, change: Option<&Change>) -> Option<String> {
        let between = |kinds: &[StoreErrorKind]| self.met_between(kinds, record.accepted, end.step);
        match &end.outcome {
            Outcome::Inserted { .. } | Outcome::Updated { .. } => self.not_stored(record, end, change),
            Outcome::InDoubt => None,
            _ if change.is_some() => Some("it left a trace".into()),
            Outcome::InvalidReferences { resources } => {
                let names: Vec<&str> = resources.iter().map(String::as_str).collect();
                self.wrongly_refused(record, end, &names)
            }
            Outcome::InvalidDescriptors(descriptors) => {
                let names: FxHashSet<&str> = descriptors.iter().map(|of| &*of.resource).collect();
                self.wrongly_refused(record, end, &names.into_iter().collect::<Vec<_>>())
            }
            Outcome::IdentityConflict { .. } => {
                let conflicts = between(&[StoreErrorKind::UniqueViolation]) || self.was_taken(record, end);
                (!conflicts).then(|| "nothing had its identities".into())
            }
            Outcome::WriteConflict { .. } => (!between(&CONFLICTS)).then(|| "nothing was in its way".into()),
            Outcome::Failed { message, .. } if message.starts_with("the flush ") => Some("no flush breaks off".into()),
            Outcome::Failed { message, .. } => match message.strip_prefix("refuses ") {
                Some(culprit) => self.wrongly_blamed(record, culprit),
                None => {
                    let failed = between(&FAILURES) || self.met_outage(record, end.step);
                    (!failed).then(|| "nothing failed".into())
                }
            },
            _ => None,
        }
    }

    /// What is wrong with a success: its body was stored, or one of the same transaction behind it in its run, or it was equal to
    /// what was stored. Of what replaced it the outcome may not be known.
    fn not_stored(&self, record: &Record, end: &End, change: Option<&Change>) -> Option<String> {
        let later = |is_same: fn(&End, &End) -> bool| {
            self.changes_of(record).iter().find(|change| {
                let later = change.serial.map(|serial| &self.records[serial]).filter(|later| later.rank > record.rank);
                later.and_then(|later| later.end.as_ref()).is_some_and(|of| is_same(of, end))
            })
        };
        let Some(change) = change.or_else(|| later(|of, end| of.info.sequence == end.info.sequence)) else {
            let in_doubt = || later(|of, _| of.outcome == Outcome::InDoubt).is_some_and(|of| is_of(of, &end.outcome));
            let is_wrong = !self.was_equal(record, end) && !in_doubt();
            return is_wrong.then(|| "neither it nor what replaced it was stored".into());
        };
        (!is_of(change, &end.outcome)).then(|| format!("what is stored is {change:?}"))
    }

    fn changes_of(&self, record: &Record) -> &[Change] {
        self.changes.get(&record.own[0]).map_or(&[], Vec::as_slice)
    }

    /// Whether a document with its `_etag` was stored at some moment of its life, or written before it in its transaction.
    fn was_equal(&self, record: &Record, end: &End) -> bool {
        let Some(etag) = record.document.etag.filter(|_| matches!(end.outcome, Outcome::Updated { .. })) else {
            return false;
        };
        let text = etag.to_string();
        let changes = self.changes_of(record);
        let in_force = changes.iter().enumerate().any(|(at, change)| {
            let until = changes.get(at + 1).map_or(u64::MAX, |next| next.step);
            change.etag.as_deref() == Some(&*text) && change.step <= end.step && until >= record.accepted
        });
        in_force
            || self.records.iter().any(|other| {
                let is_before =
                    other.own[0] == record.own[0] && other.rank < record.rank && other.document.etag == Some(etag);
                is_before
                    && other
                        .end
                        .as_ref()
                        .is_some_and(|of| of.outcome.is_stored() && of.info.sequence == end.info.sequence)
            })
    }

    /// Whether another document may have held one of the identities, or the id.
    fn was_taken(&self, record: &Record, end: &End) -> bool {
        let aliases = record.own.iter().skip(1);
        aliases.into_iter().any(|id| self.was_there(*id, record.accepted, end.step))
            || self.records.iter().filter(|other| other.document.uuid == record.document.uuid).count() > 1
    }

    /// Whether an identity was there at some moment between two steps.
    fn was_there(&self, id: ReferentialId, from: u64, to: u64) -> bool {
        let presence = self.presence.get(&id).map_or(&[][..], Vec::as_slice);
        presence.iter().enumerate().any(|(at, (step, there))| {
            let until = presence.get(at + 1).map_or(u64::MAX, |(next, _)| *next);
            *there && *step <= to && until >= from
        })
    }

    /// A failure that the database blames on one operation is that one's, or that of one that could only be written with it.
    fn wrongly_blamed(&self, record: &Record, culprit: &str) -> Option<String> {
        let culprit: usize = culprit.parse().ok()?;
        let serial = record.document.serial;
        let together = culprit == serial || self.cyclic(serial).contains(&culprit);
        (!together).then(|| format!("{culprit} is another"))
    }

    /// A refusal is right if, of each resource that it names, a reference may have been missing.
    fn wrongly_refused(&self, record: &Record, end: &End, names: &[&str]) -> Option<String> {
        let wrong = names.iter().find(|name| {
            let is_of = |target: &&Target| RESOURCES.get(target.0).copied().unwrap_or("Base") == **name;
            let mut references = record.document.references.iter().filter(is_of);
            !references.any(|target| self.may_be_missing(record, end, *target))
        })?;
        Some(format!("each {wrong} that it refers to was stored, or accepted before it and stored then"))
    }

    fn may_be_missing(&self, record: &Record, end: &End, target: Target) -> bool {
        let id = id(target);
        debug_assert!(target.0 <= BASE, "a resource or the superclass");
        if self.stays(id, record.accepted, end.step) {
            return false;
        }
        let mut cyclic: Option<FxHashSet<usize>> = None;
        let brings = |other: &&Record| {
            let was_in_flight = other.rank > 0
                && other.rank < record.rank
                && other.end.as_ref().is_some_and(|of| of.step > record.accepted);
            let is_foreign = other.own.iter().all(|own| !record.own.contains(own));
            was_in_flight
                && is_foreign
                && other.own.contains(&id)
                && other.end.as_ref().is_some_and(|of| of.outcome.is_stored())
                && !self.went(id, other.accepted, end.step)
        };
        let mut bringers = self.records.iter().filter(brings);
        // Those that wait for each other may have had to stop waiting.
        !bringers.any(|other| {
            let cyclic = cyclic.get_or_insert_with(|| self.cyclic(record.document.serial));
            !cyclic.contains(&other.document.serial)
        })
    }

    /// Whether an identity was there at a step, and did not go until another.
    fn stays(&self, id: ReferentialId, from: u64, to: u64) -> bool {
        let presence = self.presence.get(&id).map_or(&[][..], Vec::as_slice);
        let at = presence.partition_point(|(step, _)| *step <= from);
        at > 0 && presence[at - 1].1 && !self.went(id, from, to)
    }

    fn went(&self, id: ReferentialId, from: u64, to: u64) -> bool {
        let presence = self.presence.get(&id).map_or(&[][..], Vec::as_slice);
        presence.iter().any(|(step, there)| !there && (from..=to).contains(step))
    }

    /// The operations that are in one cycle with this one, in the graph of references and shared identities.
    fn cyclic(&self, serial: usize) -> FxHashSet<usize> {
        let forth = self.reach(serial, |from, to| self.leads(from, to));
        let back = self.reach(serial, |from, to| self.leads(to, from));
        forth.intersection(&back).copied().collect()
    }

    fn leads(&self, from: &Record, to: &Record) -> bool {
        from.own.iter().any(|id| to.own.contains(id)) || self.refers(from, to)
    }

    fn reach(&self, from: usize, leads: impl Fn(&Record, &Record) -> bool) -> FxHashSet<usize> {
        let mut seen = FxHashSet::default();
        let mut next = VecDeque::from([from]);
        while let Some(at) = next.pop_front() {
            for (serial, other) in self.records.iter().enumerate() {
                if other.rank > 0 && leads(&self.records[at], other) && seen.insert(serial) {
                    next.push_back(serial);
                }
            }
        }
        seen
    }
}

/// Whether a change is what an outcome reports.
fn is_of(change: &Change, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Inserted { document_uuid } => change.uuid == Some(*document_uuid) && change.is_insert,
        Outcome::Updated { document_uuid } => change.uuid == Some(*document_uuid),
        _ => false,
    }
}
