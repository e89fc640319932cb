//! One operation as a member of a transaction: the facts about it that need no store. Pure.

use laneway_model::{AssociationKind, Operation, ReferentialId, TokenKind, Value};

use crate::flush::Accepted;
use crate::jsonb;
use crate::order::{Ordered, Shares};
use crate::store::PersonKind;
use crate::suspicion::is_suspicious;

/// The two sides of an association as the store's triggers will read them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Parties {
    pub(crate) kind: AssociationKind,
    pub(crate) person: Option<String>,
    pub(crate) other: Option<String>,
}

impl Parties {
    /// Whose arrays the association changes.
    pub(crate) fn person_kind(&self) -> PersonKind {
        match self.kind {
            AssociationKind::StudentSchool
            | AssociationKind::StudentContact
            | AssociationKind::StudentResponsibility => PersonKind::Student,
            AssociationKind::StaffEmployment | AssociationKind::StaffAssignment => PersonKind::Staff,
        }
    }

    /// The organization on the other side; `None` for a contact, or where it is no plain integer.
    pub(crate) fn organization(&self) -> Option<i64> {
        if self.kind == AssociationKind::StudentContact { None } else { self.other.as_ref()?.parse().ok() }
    }
}

/// An operation with what can be said about it beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) accepted: Accepted,
    pub(crate) parties: Option<Parties>,
    /// Must have a transaction of its own: the database may refuse it, or the triggers read it otherwise than we do.
    pub(crate) alone: bool,
}

impl Member {
    pub(crate) fn new(accepted: Accepted) -> Self {
        let operation = &accepted.operation;
        let values = operation.extraction.resource.association().map(|a| operation.extraction.association(&a));
        let parties = values.map(|values| Parties {
            kind: values.kind,
            person: values.person.and_then(|v| trigger_text(operation, v)),
            other: values.other.and_then(|v| trigger_text(operation, v)),
        });
        let read_otherwise = values.is_some_and(|values| {
            let differs = |value: Option<Value>| {
                value.is_none_or(|v| trigger_text(operation, v).as_deref() != Some(operation.extraction.text(v)))
            };
            differs(values.person) || differs(values.other)
        });
        let no_organization =
            parties.as_ref().is_some_and(|p| p.kind != AssociationKind::StudentContact && p.organization().is_none());
        let alone = read_otherwise || no_organization || is_suspicious(operation);
        Self { accepted, parties, alone }
    }

    pub(crate) fn operation(&self) -> &Operation {
        &self.accepted.operation
    }

    /// The person of this kind whose arrays the document carries: the first, when the resource has the key.
    pub(crate) fn first_person(&self, kind: PersonKind) -> Option<&str> {
        first_person(self.operation(), kind)
    }
}

/// See [`Member::first_person`].
pub(crate) fn first_person(operation: &Operation, kind: PersonKind) -> Option<&str> {
    let extraction = &operation.extraction;
    let (has, persons) = match kind {
        PersonKind::Student => (extraction.resource.securable.student, &extraction.security.students),
        PersonKind::Staff => (extraction.resource.securable.staff, &extraction.security.staff),
        PersonKind::Contact => (extraction.resource.securable.contact, &extraction.security.contacts),
    };
    persons.first().filter(|_| has).map(|value| extraction.text(*value))
}

/// Whether documents of the operation's resource carry persons of this kind.
pub(crate) fn has_person_key(operation: &Operation, kind: PersonKind) -> bool {
    let securable = operation.extraction.resource.securable;
    match kind {
        PersonKind::Student => securable.student,
        PersonKind::Staff => securable.staff,
        PersonKind::Contact => securable.contact,
    }
}

fn trigger_text(operation: &Operation, value: Value) -> Option<String> {
    let text = operation.extraction.text(value);
    match value.token {
        TokenKind::String | TokenKind::Boolean => Some(text.to_owned()),
        TokenKind::Number => jsonb::number_text(text),
    }
}

impl Ordered for Member {
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.operation().own_ids()
    }

    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.operation().referenced_ids()
    }
}

impl Shares for Member {
    fn is_alone(&self) -> bool {
        self.alone
    }

    /// What the operation itself names (stored persons come on top: at most as many).
    fn locks_max(&self) -> usize {
        let carried = PersonKind::ALL.into_iter().filter(|kind| self.first_person(*kind).is_some()).count();
        let changed = self.parties.as_ref().map_or(0, |parties| {
            let contact = parties.kind == AssociationKind::StudentContact && parties.other.is_some();
            usize::from(parties.person.is_some()) + usize::from(contact)
        });
        carried + changed
    }
}
