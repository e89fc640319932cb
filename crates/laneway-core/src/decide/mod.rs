//! What becomes of each operation of a transaction, given the store's snapshot. Pure.
//!
//! The operations are walked in batch order, each seeing what those before it will have written; the members
//! of a cycle also see each other's identities. What must not share a transaction with what stands before it
//! ends the walk: the rest is for the next transaction. A cycle is never torn: if one of its members must be
//! isolated, the cycle as a whole is.

mod decision;
mod hierarchy;
mod isolated;
mod references;
mod rows;
mod run;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeMap;

use laneway_model::Outcome;

use crate::authorization;
use crate::changes::Changes;
use crate::failpoints::{FaultPoint, skips};
use crate::order::isolation::{Bounds, Burden, Transaction};
use crate::planned_operation::PlannedOperation;
use crate::snapshot::{DocumentKey, Found, NewIds, Snapshot, StoredDocument};
pub(crate) use decision::Decision;
use decision::{NewDocument, ReplacedDocument};
use world::World;

/// The decisions about a prefix of a transaction's members.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    /// One a member, for the first so many members.
    pub(crate) decisions: Vec<Decision>,
    /// What they write.
    pub(crate) changes: Changes<'a>,
}

/// Decides about `members` (batch order, identities twice only in runs), whose cycles are `units`: `units[i]` is the number of
/// the unit that member `i` belongs to. Decides at least about the first unit.
pub(crate) fn decide<'a>(members: &'a [PlannedOperation], units: &[usize], snapshot: &'a Snapshot) -> Decided<'a> {
    // Members of a cycle that turn out to fail take with them those that counted on them: walk again without,
    // until no more fail. Without cycles the first walk is the last.
    let mut failed = BTreeMap::new();
    loop {
        let (decisions, world) = walk(members, units, World::new(members, snapshot), &failed);
        let failing = decisions.iter().enumerate().filter(|(position, decision)| {
            decision.failed() && in_cycle(units, *position) && !failed.contains_key(position)
        });
        let failing = failing.map(|(position, decision)| (position, decision.clone()));
        // What is refused when it is written is refused only where nothing before that refuses it: with what one walk shows a
        // member may miss what another brings, whichever of them stands first, and whether the conflict is known yet or not.
        let (writing, before): (BTreeMap<usize, Decision>, BTreeMap<usize, Decision>) =
            failing.partition(|(_, decision)| decision.failed_writing());
        let failing = if before.is_empty() { writing } else { before };
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
    members: &'a [PlannedOperation],
    units: &[usize],
    mut world: World<'a>,
    failed: &BTreeMap<usize, Decision>,
) -> (Vec<Decision>, World<'a>) {
    let mut decisions = Vec::with_capacity(members.len());
    // Identities and locks were looked at before the store was asked: what is left is which must be isolated.
    let bounds = Bounds { locks_max: usize::MAX, single: false };
    let mut transaction = Transaction::new(bounds);
    while decisions.len() < members.len() {
        let start = decisions.len();
        let end = start + units[start..].iter().take_while(|unit| **unit == units[start]).count();
        if end - start > 1 {
            let present = (start..end).filter(|at| !failed.contains_key(at));
            world.expect(present.map(|at| &members[at]));
        }
        let isolated = members[start..end].iter().any(|member| member.isolated || is_sensitive(member, &world));
        if !transaction.admits(std::iter::empty, Burden { isolated, ..Burden::default() }) {
            break;
        }
        for (position, member) in members.iter().enumerate().take(end).skip(start) {
            let decision = failed.get(&position).cloned().unwrap_or_else(|| decide_one(member, &world));
            world.record(member, &decision);
            decisions.push(decision);
        }
    }
    (decisions, world)
}

/// Whether the member must not share a transaction with what stands before it.
fn is_sensitive(member: &PlannedOperation, world: &World<'_>) -> bool {
    let sensitive = match world.found(member) {
        Found::Stored(stored) => isolated::update(member, stored, hierarchy::moves(member.operation(), world)),
        Found::Nothing(_) => isolated::insert(member, |id| world.organization(id)),
    };
    // What writes nothing is not sensitive to anything, but whether it may write can be.
    let before = world.associations().iter().map(|(association, _)| *association);
    let unclear = world.has_unknown_etag(member) || isolated::authorization(member, before);
    unclear || (sensitive && before_writing(member, world).is_ok())
}

fn decide_one(member: &PlannedOperation, world: &World<'_>) -> Decision {
    if let Err(decision) = before_writing(member, world) {
        return decision;
    }
    match world.found(member) {
        Found::Stored(stored) => update(member, stored, world),
        Found::Nothing(ids) => insert(member, *ids, world),
    }
}

/// What comes before any thought of writing, in its order of precedence: authorization, `_etag`, references.
fn before_writing(member: &PlannedOperation, world: &World<'_>) -> Result<(), Decision> {
    if member.accepted.in_line && world.is_held_up(member) {
        return Err(Decision::InLine);
    }
    let operation = member.operation();
    if let Some(strategies) = operation.authorization.as_ref().filter(|_| !skips(FaultPoint::Authorization)) {
        authorization::authorize(operation, strategies, world).map_err(Decision::Refused)?;
    }
    if let Found::Stored(stored) = world.found(member) {
        let etag = operation.extraction.etag.map(|etag| operation.extraction.text(etag));
        let shortcut = !skips(FaultPoint::EtagShortcut);
        if shortcut && etag.is_some() && etag == stored.etag.as_deref() {
            return Err(Decision::Unchanged(stored.uuid));
        }
    }
    if skips(FaultPoint::ReferenceCheck) {
        return Ok(());
    }
    references::check(operation, world).map_err(|(ids, refusal)| Decision::Missing { ids, refusal })
}

fn insert(member: &PlannedOperation, ids: NewIds, world: &World<'_>) -> Decision {
    let operation = member.operation();
    let extraction = &operation.extraction;
    let uuid = operation.document_uuid;
    let taken = extraction.superclass_referential_id.is_some_and(|id| world.is_taken(id))
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

fn update(member: &PlannedOperation, stored: &StoredDocument, world: &World<'_>) -> Decision {
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
