//! The lock statements of a flush: which are needed, and with what.
//!
//! Every flush takes its locks in one order, so that two of them wait for each other in one direction only: the
//! hierarchy, then students, staff and contacts ([`PersonKind::ALL`]), each person once in its strongest mode and in key
//! order within its statement, then the rows of documents in key order. Contacts come after students because the
//! contacts to be locked are those of students, which do not change while the students are locked.

use std::collections::{BTreeMap, BTreeSet};

use laneway_core::store::{LockMode, ResolveRequest};
use laneway_core::{FaultPoint, skips};
use laneway_model::{Operation, PersonKind};
use uuid::Uuid;

/// The parameters of one of the three person statements.
#[derive(Default, Debug)]
pub(super) struct PersonLocks<'a> {
    pub(super) shared: Vec<&'a str>,
    pub(super) exclusive: Vec<&'a str>,
    /// Identities whose stored documents may name further persons.
    pub(super) partitions: Vec<i16>,
    pub(super) identities: Vec<Uuid>,
    /// Contacts only: the students that are locked exclusively.
    pub(super) students: Vec<&'a str>,
}

impl PersonLocks<'_> {
    fn is_needed(&self) -> bool {
        !(self.shared.is_empty() && self.exclusive.is_empty() && self.identities.is_empty() && self.students.is_empty())
    }
}

/// The statements that `request` needs, in the order of locks.
pub(super) fn person_locks<'a>(request: &'a ResolveRequest<'_>) -> BTreeMap<PersonKind, PersonLocks<'a>> {
    PersonKind::ALL
        .into_iter()
        .filter(|kind| !skips(fault_point(*kind)))
        .map(|kind| (kind, locks_of(kind, request)))
        .filter(|(_, locks)| locks.is_needed())
        .collect()
}

fn fault_point(kind: PersonKind) -> FaultPoint {
    match kind {
        PersonKind::Student => FaultPoint::StudentLocks,
        PersonKind::Staff => FaultPoint::StaffLocks,
        PersonKind::Contact => FaultPoint::ContactLocks,
    }
}

fn locks_of<'a>(kind: PersonKind, request: &'a ResolveRequest<'_>) -> PersonLocks<'a> {
    let mut locks = PersonLocks::default();
    for (person, mode) in request.persons.get(&kind).into_iter().flatten() {
        match mode {
            LockMode::Shared => locks.shared.push(person),
            LockMode::Exclusive => locks.exclusive.push(person),
        }
    }
    for operation in request.operations.iter().filter(|operation| may_have_stored(kind, operation)) {
        let id = operation.extraction.referential_id;
        locks.partitions.push(id.partition().get());
        locks.identities.push(id.0);
    }
    if kind == PersonKind::Contact {
        let students = request.persons.get(&PersonKind::Student).into_iter().flatten();
        locks.students.extend(students.filter(|(_, mode)| **mode == LockMode::Exclusive).map(|(person, _)| &**person));
    }
    locks
}

/// Whether the stored document carries such a person, or is an association whose update changes one's arrays.
fn may_have_stored(kind: PersonKind, operation: &Operation) -> bool {
    let resource = &operation.extraction.resource;
    let changes = resource.association.is_some_and(|of| of.kind.has_organization() && of.kind.changes(kind));
    resource.securable.has_person(kind) || changes
}

/// The persons that are locked, as the statements returned them.
#[derive(Default, Debug)]
pub(super) struct Locked(BTreeMap<PersonKind, BTreeSet<String>>);

impl Locked {
    pub(super) fn add(&mut self, kind: PersonKind, person: String) {
        self.0.entry(kind).or_default().insert(person);
    }

    pub(super) fn holds(&self, kind: PersonKind, person: &str) -> bool {
        self.0.get(&kind).is_some_and(|persons| persons.contains(person))
    }
}
