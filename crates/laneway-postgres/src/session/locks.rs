//! The lock statements of a flush: which are needed, with what, and in which order they are sent.
//!
//! Every flush takes its locks in one order, so that two of them wait for each other in one direction only: the
//! hierarchy, then students, staff and contacts ([`PersonKind::ALL`]), each person once in its strongest mode and in key
//! order within its statement, then the rows of documents in key order. Contacts come after students because the
//! contacts to be locked are those of students, which do not change while the students are locked.

use std::collections::{BTreeMap, BTreeSet};

use laneway_core::store::{LockMode, ResolveRequest};
use laneway_core::{FaultPoint, skips};
use laneway_model::{Operation, PersonKind};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::pipeline::Sent;
use crate::statement::Statements;

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

    fn parameters(&self, kind: PersonKind) -> Vec<&(dyn ToSql + Sync)> {
        let mut parameters: Vec<&(dyn ToSql + Sync)> =
            vec![&self.shared, &self.exclusive, &self.partitions, &self.identities];
        if kind == PersonKind::Contact {
            parameters.push(&self.students);
        }
        parameters
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

/// The parameters of `lock_named.sql`: place, name and mode of each lock.
pub(super) type NamedLocks = (Vec<i16>, Vec<String>, Vec<bool>);

/// The locks that `request` names, for operations whose identities are new; `None` where only the database knows whom else to
/// lock: the contacts of students whose associations change.
pub(super) fn named_locks(request: &ResolveRequest<'_>) -> Option<NamedLocks> {
    let persons = person_locks(request);
    if persons.values().any(|locks| !locks.students.is_empty()) {
        return None;
    }
    let mut named = NamedLocks::default();
    let mut lock = |place: usize, name: String, is_exclusive: bool| {
        // At most as many places as kinds, and the hierarchy's.
        named.0.push(place as i16);
        named.1.push(name);
        named.2.push(is_exclusive);
    };
    if let Some(mode) = request.hierarchy.filter(|_| !skips(FaultPoint::HierarchyLock)) {
        lock(0, "hierarchy".to_owned(), mode == LockMode::Exclusive);
    }
    for (place, kind) in PersonKind::ALL.into_iter().enumerate() {
        let Some(locks) = persons.get(&kind) else { continue };
        let modes = locks.shared.iter().map(|person| (person, false));
        for (person, is_exclusive) in modes.chain(locks.exclusive.iter().map(|person| (person, true))) {
            lock(place + 1, format!("{} {person}", lock_word(kind)), is_exclusive);
        }
    }
    Some(named)
}

/// The word before a person's id in the name of its lock, as the lock statements have it.
pub(crate) fn lock_word(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Student => "student",
        PersonKind::Staff => "staff",
        PersonKind::Contact => "contact",
    }
}

/// Each kind's parameters, in the order of its statement.
pub(super) type LockParameters<'a> = Vec<(PersonKind, Vec<&'a (dyn ToSql + Sync)>)>;

pub(super) fn lock_parameters<'a>(locks: &'a BTreeMap<PersonKind, PersonLocks<'_>>) -> LockParameters<'a> {
    locks.iter().map(|(kind, locks)| (*kind, locks.parameters(*kind))).collect()
}

/// Sends the statements that lock the hierarchy and persons behind what was sent before, in the order of locks. Returns where in
/// the pipeline the persons' begin.
pub(super) async fn send_locks<'a>(
    pipeline: &mut Vec<Sent<'a, Vec<Row>>>,
    client: &'a Client,
    statements: &'a Statements,
    hierarchy: Option<LockMode>,
    persons: &'a LockParameters<'_>,
) -> usize {
    if let Some(mode) = hierarchy.filter(|_| !skips(FaultPoint::HierarchyLock)) {
        let statement = match mode {
            LockMode::Shared => &statements.lock_hierarchy_shared,
            LockMode::Exclusive => &statements.lock_hierarchy_exclusive,
        };
        pipeline.push(Sent::new(client.query(statement, &[])).await);
    }
    let persons_at = pipeline.len();
    for (kind, parameters) in persons {
        pipeline.push(Sent::new(client.query(lock_statement(statements, *kind), parameters)).await);
    }
    persons_at
}

/// Sends the statement that locks the rows of the documents under `identities`: behind all other locks, and in the transaction
/// that writes, since a row's lock ends with its transaction.
pub(super) async fn send_document_locks<'a>(
    pipeline: &mut Vec<Sent<'a, Vec<Row>>>,
    client: &'a Client,
    statements: &'a Statements,
    identities: &'a [&'a (dyn ToSql + Sync)],
) {
    if !skips(FaultPoint::DocumentLocks) {
        pipeline.push(Sent::new(client.query(&statements.lock_documents, identities)).await);
    }
}

fn lock_statement(statements: &Statements, kind: PersonKind) -> &Statement {
    match kind {
        PersonKind::Student => &statements.lock_students,
        PersonKind::Staff => &statements.lock_staff,
        PersonKind::Contact => &statements.lock_contacts,
    }
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
