//! What must not share a transaction with what stands before it, given what is stored: operations whose effect on the
//! authorization data depends on the exact order of rows. Each runs in a transaction of its own, in its turn. Pure.

use laneway_model::{Association, PersonKind};

use crate::planned_operation::PlannedOperation;
use crate::snapshot::{Organization, StoredDocument};

/// The association with an organization that the document is, if it is one.
fn with_organization(member: &PlannedOperation) -> Option<&Association<String>> {
    member.association.as_ref().filter(|association| association.kind.has_organization())
}

/// Whether an insert is order-sensitive: an association whose organization the triggers will not find, which
/// fails with the database's own error. `find` looks organizations up in the store and in what stands before.
pub(crate) fn insert<'o>(member: &PlannedOperation, find: impl Fn(i64) -> Option<&'o Organization>) -> bool {
    with_organization(member)
        .is_some_and(|association| association.organization().and_then(find).is_none_or(|found| found.cyclic))
}

/// Whether an update is order-sensitive: it moves an association to another person or organization, an
/// organization to another parent, or a document to another person.
pub(crate) fn update(member: &PlannedOperation, stored: &StoredDocument, organization_moves: bool) -> bool {
    organization_moves || association_moves(member, stored) || person_changes(member, stored)
}

/// Whether the caller's strategies look at a person whose associations stand `before` the operation in the
/// transaction: what they grant is read from the store once they are in it.
pub(crate) fn authorization<'a>(
    member: &PlannedOperation,
    mut before: impl Iterator<Item = &'a Association<String>>,
) -> bool {
    let has_contact = member.first_person(PersonKind::Contact).is_some();
    member.operation().authorization.is_some()
        && before.any(|association| {
            let (kind, person) = (association.kind.person(), association.person.as_deref());
            // Whose contact it is is not known here: any student's association may concern it.
            (has_contact && kind == PersonKind::Student) || (person.is_some() && person == member.first_person(kind))
        })
}

fn association_moves(member: &PlannedOperation, stored: &StoredDocument) -> bool {
    with_organization(member).is_some_and(|association| stored.association.as_ref() != Some(association))
}

fn person_changes(member: &PlannedOperation, stored: &StoredDocument) -> bool {
    PersonKind::ALL.into_iter().any(|kind| {
        member.operation().extraction.resource.securable.has_person(kind)
            && stored.securable.get(&kind).map(String::as_str) != member.first_person(kind)
    })
}
