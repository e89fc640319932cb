//! From decisions to the rows that they write.

use std::collections::BTreeSet;

use laneway_model::{PersonKind, ReferentialId};

use super::decision::{Decision, NewDocument, ReplacedDocument};
use super::run::{self, Write};
use super::world::World;
use crate::changes::{
    AliasInsert, Changes, DocumentArrays, DocumentWrite, HierarchyInsert, HierarchyUpdate, ReferenceRow, SecurableRow,
    StaffRefresh,
};
use crate::failpoints::{FaultPoint, skips};
use crate::planned_operation::PlannedOperation;
use crate::snapshot::DocumentKey;

pub(super) fn changes<'a>(members: &'a [PlannedOperation], decisions: &[Decision], world: &World<'a>) -> Changes<'a> {
    let mut changes = Changes::default();
    let writes = run::writes(members, decisions);
    for write in &writes {
        match write.decision {
            Decision::Insert(new) => add_insert(write, new, world, &mut changes),
            Decision::Update(old) => add_update(write.last, old, world, &mut changes),
            Decision::Unchanged(_) | Decision::Missing { .. } | Decision::Refused(_) | Decision::InLine => {}
        }
    }
    if !skips(FaultPoint::AliasKeyOrder) {
        changes.aliases.sort_unstable_by_key(|alias| (alias.referential_id.partition(), alias.referential_id));
    }
    if skips(FaultPoint::HierarchyParentsFirst) {
        changes.hierarchy_inserts.reverse();
    }
    // Alone, the triggers and the arrays as read leave what a serial run leaves: it is one.
    if members.len() > 1 {
        add_refreshes(&writes, world, &mut changes);
    }
    changes
}

fn add_insert<'a>(write: &Write<'a, '_>, new: &NewDocument, world: &World<'a>, changes: &mut Changes<'a>) {
    let member = write.last;
    let operation = member.operation();
    let extraction = &operation.extraction;
    if let Some(hierarchy) = extraction.hierarchy {
        changes.hierarchy_inserts.push(HierarchyInsert {
            operation,
            row: new.ids.hierarchy,
            organization: hierarchy.id,
            parent: new.parent,
            document: new.key,
        });
    }
    let arrays = arrays(member, world);
    let is_replaced = write.is_replaced;
    changes.inserts.push(DocumentWrite { operation, key: new.key, uuid: new.uuid, arrays, is_replaced });
    let superclass = extraction.superclass_referential_id.filter(|_| !skips(FaultPoint::SuperclassAliases));
    let ids = [Some(extraction.referential_id), superclass];
    for (referential_id, id) in ids.into_iter().zip([new.ids.alias, new.ids.superclass_alias]) {
        changes.aliases.extend(referential_id.map(|referential_id| AliasInsert {
            id,
            referential_id,
            document: new.key,
        }));
    }
    push_references(member, new.key, world, &mut changes.references);
    for kind in PersonKind::ALL {
        if let Some(person) = member.first_person(kind) {
            changes.securable_inserts.entry(kind).or_default().push(SecurableRow { person, document: new.key });
        }
    }
}

fn add_update<'a>(member: &'a PlannedOperation, old: &ReplacedDocument, world: &World<'a>, changes: &mut Changes<'a>) {
    let operation = member.operation();
    let behind = changes.hierarchy_inserts.len();
    changes.hierarchy_updates.extend(old.moved.map(|parent| HierarchyUpdate { document: old.key, parent, behind }));
    let arrays = arrays(member, world);
    changes.updates.push(DocumentWrite { operation, key: old.key, uuid: old.uuid, arrays, is_replaced: false });
    push_references(member, old.key, world, &mut changes.reference_sets);
    for kind in PersonKind::ALL {
        // An update never inserts a missing securable row.
        if let Some(person) = member.first_person(kind).filter(|_| old.securable.contains(&kind)) {
            changes.securable_updates.entry(kind).or_default().push(SecurableRow { person, document: old.key });
        }
    }
}

/// One row for each distinct ReferentialId.
fn push_references(member: &PlannedOperation, parent: DocumentKey, world: &World<'_>, rows: &mut Vec<ReferenceRow>) {
    let mut ids: Vec<ReferentialId> = member.operation().extraction.referenced_ids().collect();
    ids.sort_unstable();
    ids.dedup();
    rows.extend(ids.into_iter().filter_map(|id| {
        let alias = world.alias(member.operation(), id)?;
        Some(ReferenceRow { parent, referential_id: id, alias })
    }));
}

fn arrays<'a>(member: &'a PlannedOperation, world: &World<'a>) -> DocumentArrays<'a> {
    let of = |kind| {
        let person = member.first_person(kind).filter(|_| !skips(FaultPoint::ArraysAsRead));
        person.and_then(|person| world.stored_arrays(kind, person))
    };
    let student = of(PersonKind::Student);
    DocumentArrays {
        student: student.and_then(|arrays| arrays.main.as_deref()),
        responsibility: student.and_then(|arrays| arrays.responsibility.as_deref()),
        contact: of(PersonKind::Contact).and_then(|arrays| arrays.main.as_deref()),
        staff: of(PersonKind::Staff).and_then(|arrays| arrays.main.as_deref()),
    }
}

/// Documents of the batch that its associations concern: they were not there when the associations' triggers
/// ran, or were read before them.
fn add_refreshes<'a>(writes: &[Write<'a, '_>], world: &World<'a>, changes: &mut Changes<'a>) {
    let associations = world.associations();
    if associations.is_empty() {
        return;
    }
    let changing = |kind| associations.iter().filter(move |(association, _)| association.kind.changes(kind));
    let students: BTreeSet<&str> =
        changing(PersonKind::Student).filter_map(|(association, _)| association.person.as_deref()).collect();
    // Whose contacts a student has is not known here: the statement finds out.
    let contacts = changing(PersonKind::Contact).next().is_some();
    let staff = last_staff_associations(writes);
    for Write { last, position, document, .. } in writes {
        let row = |kind| last.first_person(kind).map(|person| SecurableRow { person, document: *document });
        changes.student_refreshes.extend(row(PersonKind::Student).filter(|row| students.contains(row.person)));
        changes.contact_refreshes.extend(row(PersonKind::Contact).filter(|_| contacts));
        changes.staff_refreshes.extend(row(PersonKind::Staff).and_then(|row| {
            let (_, last, association) = staff.iter().rev().find(|(person, _, _)| *person == row.person)?;
            let decides = last >= position && !skips(FaultPoint::StaffLastWins);
            Some(StaffRefresh { row, association: decides.then_some(*association) })
        }));
    }
}

/// The batch's inserted staff associations in batch order: person, position, document.
fn last_staff_associations<'a>(writes: &[Write<'a, '_>]) -> Vec<(&'a str, usize, DocumentKey)> {
    let inserted = writes.iter().filter(|write| matches!(write.decision, Decision::Insert(_)));
    inserted
        .filter_map(|write| Some((write.last.associated_person(PersonKind::Staff)?, write.position, write.document)))
        .collect()
}
