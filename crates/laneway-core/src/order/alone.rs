//! What must not share a transaction with what stands before it, given what is stored: operations whose effect on the
//! authorization data depends on the exact order of rows. They run alone, in their place. Pure.

use laneway_model::AssociationKind;

use crate::member::{Member, Parties, has_person_key};
use crate::store::{Organization, PersonKind, StoredDocument};

/// The two sides of an association whose trigger copies an organization's ancestors.
fn copying(member: &Member) -> Option<&Parties> {
    member.parties.as_ref().filter(|parties| parties.kind != AssociationKind::StudentContact)
}

/// Whether an insert is order-sensitive: an association whose organization the triggers will not find, which
/// fails as the database says. `find` looks organizations up in the store and in what stands before.
pub(crate) fn insert<'o>(member: &Member, find: impl Fn(i64) -> Option<&'o Organization>) -> bool {
    copying(member)
        .is_some_and(|parties| parties.organization().and_then(find).is_none_or(|organization| organization.cyclic))
}

/// Whether an update is order-sensitive: it moves an association to another person or organization, an
/// organization to another parent, or a document to another person.
pub(crate) fn update(member: &Member, stored: &StoredDocument, organization_moves: bool) -> bool {
    organization_moves || association_moves(member, stored) || person_changes(member, stored)
}

/// Whether the caller's strategies look at a person whose associations stand `before` the operation in the
/// transaction: what they grant is read from the store once they are in it.
pub(crate) fn authorization<'p>(member: &Member, mut before: impl Iterator<Item = &'p Parties>) -> bool {
    let student = member.first_person(PersonKind::Student);
    let has_contact = member.first_person(PersonKind::Contact).is_some();
    member.operation().authorization.is_some()
        && before.any(|parties| {
            let person = parties.person.as_deref();
            match parties.person_kind() {
                PersonKind::Staff => person.is_some() && person == member.first_person(PersonKind::Staff),
                PersonKind::Student | PersonKind::Contact => has_contact || (person.is_some() && person == student),
            }
        })
}

fn association_moves(member: &Member, stored: &StoredDocument) -> bool {
    // The association of a contact has no update trigger.
    copying(member).is_some_and(|parties| (&parties.person, &parties.other) != (&stored.parties.0, &stored.parties.1))
}

fn person_changes(member: &Member, stored: &StoredDocument) -> bool {
    PersonKind::ALL.into_iter().any(|kind| {
        has_person_key(member.operation(), kind)
            && stored.securable.get(&kind).map(String::as_str) != member.first_person(kind)
    })
}
