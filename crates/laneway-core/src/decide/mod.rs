//! What becomes of each operation of a transaction, given the store's snapshot. Pure.
//!
//! The operations are walked in batch order, each seeing what those before it will have written; the members
//! of a cycle also see each other's identities. What must not share a transaction with what stands before it
//! ends the walk: the rest is for the next transaction. A cycle is never torn: if one of its members must be alone,
//! the cycle as a whole is.

mod hierarchy;
mod references;
mod rows;
#[cfg(test)]
mod tests;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use laneway_model::{DocumentUuid, Outcome, PersonKind, ReferentialId};

use crate::authorization;
use crate::changes::Changes;
use crate::failpoints::{FaultPoint, Faults};
use crate::member::Member;
use crate::order::{Bounds, Burden, Transaction, alone};
use crate::store::{DocumentKey, Found, NewIds, Snapshot, StoredDocument};
use world::World;

/// What becomes of one operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Decision {
    /// A new document.
    Insert(NewDocument),
    /// A stored document is replaced.
    Update(ReplacedDocument),
    /// The stored document has the same `_etag`: nothing is written.
    Unchanged(DocumentUuid),
    /// References name nothing.
    Missing { ids: Vec<ReferentialId>, refusal: Outcome },
    /// The outcome is known, and nothing is written.
    Refused(Outcome),
}

impl Decision {
    /// The outcome once the transaction is committed; `Missing` is for the dispatcher to settle.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Insert(new) => Some(Outcome::Inserted { document_uuid: new.uuid }),
            Self::Update(ReplacedDocument { uuid, .. }) | Self::Unchanged(uuid) => {
                Some(Outcome::Updated { document_uuid: *uuid })
            }
            Self::Refused(outcome) => Some(outcome.clone()),
            Self::Missing { .. } => None,
        }
    }

    fn failed(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Refused(_))
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NewDocument {
    pub(crate) key: DocumentKey,
    pub(crate) uuid: DocumentUuid,
    pub(crate) ids: NewIds,
    /// Of the hierarchy: the parent's row.
    pub(crate) parent: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReplacedDocument {
    pub(crate) key: DocumentKey,
    pub(crate) uuid: DocumentUuid,
    /// The parent's row, where the organization gets another parent.
    pub(crate) moved: Option<Option<i64>>,
    /// The kinds of person whose securable row is there.
    pub(crate) securable: BTreeSet<PersonKind>,
}

/// The decisions about a prefix of a transaction's members.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    /// One a member, for the first so many members.
    pub(crate) decisions: Vec<Decision>,
    /// What they write.
    pub(crate) changes: Changes<'a>,
}

/// Decides about `members` (batch order, no identity twice), whose cycles are `units`: `units[i]` is the number of
/// the unit that member `i` belongs to. Decides at least about the first unit.
pub(crate) fn decide<'a>(
    members: &'a [Member],
    units: &[usize],
    snapshot: &'a Snapshot,
    faults: Faults,
) -> Decided<'a> {
    // Members of a cycle that turn out to fail take with them those that counted on them: walk again without,
    // until no more fail. Without cycles the first walk is the last.
    let mut failed = BTreeMap::new();
    loop {
        let (decisions, world) = walk(members, units, World::new(snapshot, faults), &failed);
        let failing = decisions
            .iter()
            .enumerate()
            .filter(|(place, decision)| decision.failed() && in_cycle(units, *place) && !failed.contains_key(place));
        let failing: BTreeMap<usize, Decision> = failing.map(|(place, decision)| (place, decision.clone())).collect();
        if failing.is_empty() {
            let changes = rows::changes(&members[..decisions.len()], &decisions, &world);
            return Decided { decisions, changes };
        }
        failed.extend(failing);
    }
}

fn in_cycle(units: &[usize], member: usize) -> bool {
    (member > 0 && units[member - 1] == units[member]) || units.get(member + 1) == Some(&units[member])
}

/// One walk; `failed` are the members of cycles that failed in an earlier one, and how.
fn walk<'a>(
    members: &'a [Member],
    units: &[usize],
    mut world: World<'a>,
    failed: &BTreeMap<usize, Decision>,
) -> (Vec<Decision>, World<'a>) {
    let snapshot = world.snapshot;
    let mut decisions = Vec::with_capacity(members.len());
    // Identities and locks were looked at before the store was asked: what is left is who must be alone.
    let bounds = Bounds { locks_max: usize::MAX, single: false, faults: world.faults };
    let mut transaction = Transaction::new(bounds);
    while decisions.len() < members.len() {
        let start = decisions.len();
        let end = start + units[start..].iter().take_while(|unit| **unit == units[start]).count();
        if end - start > 1 {
            let present = (start..end).filter(|place| !failed.contains_key(place));
            world.expect(present.map(|place| (&members[place], &snapshot.documents[place])));
        }
        let alone = (start..end).any(|place| members[place].alone || is_sensitive(place, members, snapshot, &world));
        if !transaction.admits(std::iter::empty, Burden { alone, locks: 0 }) {
            break;
        }
        for (place, member) in members.iter().enumerate().take(end).skip(start) {
            let decision = failed.get(&place).cloned().unwrap_or_else(|| decide_one(place, member, snapshot, &world));
            world.record(member, &decision);
            decisions.push(decision);
        }
    }
    (decisions, world)
}

/// Whether the member must not share a transaction with what stands before it.
fn is_sensitive(place: usize, members: &[Member], snapshot: &Snapshot, world: &World<'_>) -> bool {
    let member = &members[place];
    let sensitive = match &snapshot.documents[place] {
        Found::Stored(stored) => alone::update(member, stored, hierarchy::moves(member.operation(), world)),
        Found::Nothing(_) => alone::insert(member, |id| world.organization(id)),
    };
    // What writes nothing is not sensitive to anything, but whether it may write can be.
    let before = world.associations().iter().map(|(association, _)| *association);
    alone::authorization(member, before) || (sensitive && before_writing(place, member, snapshot, world).is_ok())
}

fn decide_one(place: usize, member: &Member, snapshot: &Snapshot, world: &World<'_>) -> Decision {
    if let Err(decision) = before_writing(place, member, snapshot, world) {
        return decision;
    }
    match &snapshot.documents[place] {
        Found::Stored(stored) => update(member, stored, world),
        Found::Nothing(ids) => insert(place, member, *ids, snapshot, world),
    }
}

/// What comes before any thought of writing, in its order of precedence: authorization, `_etag`, references.
fn before_writing(place: usize, member: &Member, snapshot: &Snapshot, world: &World<'_>) -> Result<(), Decision> {
    let operation = member.operation();
    if let Some(strategies) = operation.authorization.as_ref().filter(|_| !world.faults.has(FaultPoint::Authorization))
    {
        authorization::authorize(operation, strategies, world).map_err(Decision::Refused)?;
    }
    if let Found::Stored(stored) = &snapshot.documents[place] {
        let etag = operation.extraction.etag.map(|etag| operation.extraction.text(etag));
        let shortcut = !world.faults.has(FaultPoint::EtagShortcut);
        if shortcut && etag.is_some() && etag == stored.etag.as_deref() {
            return Err(Decision::Unchanged(stored.uuid));
        }
    }
    if world.faults.has(FaultPoint::ReferenceCheck) {
        return Ok(());
    }
    references::check(operation, world).map_err(|(ids, refusal)| Decision::Missing { ids, refusal })
}

fn insert(place: usize, member: &Member, ids: NewIds, snapshot: &Snapshot, world: &World<'_>) -> Decision {
    let operation = member.operation();
    let extraction = &operation.extraction;
    let uuid = operation.document_uuid;
    let taken = extraction.superclass_referential_id.is_some_and(|id| world.is_taken(id))
        || snapshot.uuids_taken.contains(&place)
        || world.is_uuid_taken(uuid)
        || extraction.hierarchy.is_some_and(|h| world.organization(h.id).is_some());
    if taken {
        return Decision::Refused(Outcome::identity_conflict(extraction));
    }
    match hierarchy::parent_of_new(operation, world) {
        Ok(parent) => Decision::Insert(NewDocument {
            key: DocumentKey { partition: uuid.partition().get(), id: ids.document },
            uuid,
            ids,
            parent,
        }),
        Err(outcome) => Decision::Refused(outcome),
    }
}

fn update(member: &Member, stored: &StoredDocument, world: &World<'_>) -> Decision {
    match hierarchy::parent_of_stored(member.operation(), world) {
        Ok(moved) => Decision::Update(ReplacedDocument {
            key: stored.key,
            uuid: stored.uuid,
            moved,
            securable: stored.securable.keys().copied().collect(),
        }),
        Err(outcome) => Decision::Refused(outcome),
    }
}
