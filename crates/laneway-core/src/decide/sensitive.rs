//! What must not share a transaction with what stands before it: operations whose effect on the authorization
//! data depends on the exact order of rows. They run alone, in their place.

use laneway_model::AssociationKind;

use super::{hierarchy, world::World};
use crate::member::{Member, has_person_key};
use crate::store::{PersonKind, StoredDocument};

/// Whether an insert is order-sensitive: an association whose organization the triggers will not find, which
/// fails as the database says.
pub(super) fn insert(member: &Member, world: &World<'_>) -> bool {
    member.parties.as_ref().filter(|parties| parties.kind != AssociationKind::StudentContact).is_some_and(|parties| {
        parties.organization().and_then(|id| world.organization(id)).is_none_or(|organization| organization.cyclic)
    })
}

/// Whether an update is order-sensitive: it moves an association to another person or organization, an
/// organization to another parent, or a document to another person.
pub(super) fn update(member: &Member, stored: &StoredDocument, world: &World<'_>) -> bool {
    moves_association(member, stored)
        || hierarchy::moves(member.operation(), world)
        || PersonKind::ALL.into_iter().any(|kind| {
            has_person_key(member.operation(), kind)
                && stored.securable.get(&kind).map(String::as_str) != member.first_person(kind)
        })
}

/// Whether the caller's strategies look at a person whose associations stand before the operation in the batch:
/// what they grant is read from the store once they are in it.
pub(super) fn authorization(member: &Member, world: &World<'_>) -> bool {
    member.operation().authorization.is_some()
        && world.associations().iter().any(|(parties, _)| match parties.person_kind() {
            PersonKind::Staff => parties.person.as_deref() == member.first_person(PersonKind::Staff),
            PersonKind::Student | PersonKind::Contact => {
                (parties.person.is_some() && parties.person.as_deref() == member.first_person(PersonKind::Student))
                    || member.first_person(PersonKind::Contact).is_some()
            }
        })
}

fn moves_association(member: &Member, stored: &StoredDocument) -> bool {
    member.parties.as_ref().is_some_and(|parties| {
        // The association of a contact has no update trigger.
        parties.kind != AssociationKind::StudentContact
            && (&parties.person, &parties.other) != (&stored.parties.0, &stored.parties.1)
    })
}
