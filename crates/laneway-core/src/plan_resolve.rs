//! From a transaction's members to the request that they put to the store. Pure.

use std::collections::{BTreeMap, BTreeSet};

use laneway_model::{Association, PersonKind, ReferentialId};
use rustc_hash::FxHashSet;

use crate::planned_operation::PlannedOperation;
use crate::snapshot::{LockMode, ResolveRequest};

type Persons = BTreeMap<PersonKind, BTreeMap<String, LockMode>>;

/// What `members`, in batch order, want to know; `thorough`: also which of their DocumentUuids are taken.
pub(crate) fn plan_resolve(members: &[PlannedOperation], thorough: bool) -> ResolveRequest<'_> {
    let mut references: Vec<ReferentialId> =
        members.iter().flat_map(|member| member.operation().extraction.referenced_ids()).collect();
    references.sort_unstable_by_key(|id| (id.partition(), *id));
    references.dedup();
    let mut persons = Persons::new();
    let mut organizations = BTreeSet::new();
    for member in members {
        add_persons(member, &mut persons);
        add_organizations(member, &mut organizations);
    }
    let in_hierarchy = members.iter().any(|member| member.operation().extraction.resource.in_hierarchy);
    let reads = !persons.is_empty() || !organizations.is_empty() || members.iter().any(may_have_stored_persons);
    let mut identities = FxHashSet::default();
    let firsts = members.iter().map(PlannedOperation::operation);
    let firsts = firsts.filter(|operation| identities.insert(operation.extraction.referential_id)).collect();
    let uuids = members.iter().filter(|_| thorough).map(|member| member.operation().document_uuid).collect();
    let hierarchy = if in_hierarchy { Some(LockMode::Exclusive) } else { reads.then_some(LockMode::Shared) };
    ResolveRequest {
        operations: firsts,
        references,
        persons,
        hierarchy,
        organizations: organizations.into_iter().collect(),
        uuids,
    }
}

/// The stored document may carry persons even where the new one names none.
fn may_have_stored_persons(member: &PlannedOperation) -> bool {
    member.operation().extraction.resource.securable.has_any_person() || member.association.is_some()
}

fn add_persons(member: &PlannedOperation, persons: &mut Persons) {
    let mut lock = |kind, person: &str, mode: LockMode| {
        let modes: &mut BTreeMap<String, LockMode> = persons.entry(kind).or_default();
        match modes.get_mut(person) {
            Some(held) => *held = mode.max(*held),
            None => drop(modes.insert(person.to_owned(), mode)),
        }
    };
    for kind in PersonKind::ALL {
        if let Some(person) = member.first_person(kind) {
            lock(kind, person, LockMode::Shared);
        }
        if let Some((association, person)) = member.association.as_ref().zip(member.associated_person(kind)) {
            // The triggers read the arrays of a person that they do not change: of a contact's student.
            let mode = if association.kind.changes(kind) { LockMode::Exclusive } else { LockMode::Shared };
            lock(kind, person, mode);
        }
    }
}

fn add_organizations(member: &PlannedOperation, organizations: &mut BTreeSet<i64>) {
    let operation = member.operation();
    organizations.extend(member.association.as_ref().and_then(Association::organization));
    if let Some(hierarchy) = operation.extraction.hierarchy {
        organizations.extend([hierarchy.id, hierarchy.parent_id]);
    }
    if operation.authorization.is_some() {
        organizations.extend(operation.extraction.security.education_organizations.iter().map(|o| o.id));
    }
}
